"""The paper's policy: training a T5 that was there before, LoRA, resuming, and its folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
import torch
from peft import PeftModel
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

from envs.errors import UserError
from policies import imitation
from policies.imitation import Schedule
from policies.learned import Examples
from policies.learner import Learner
from policies.pretrained import model_folder
from policies.small import texts_of
from policies.tuned import LAST
from policies.windowed import WindowedPolicy, is_windowed
from policies.windowed_batching import action_losses
from tests.policies import processes, t5s, toys
from tests.policies.stopping import Killed, kill_at

LENGTHS = [3, 9, 1, 5, 9, 4]
ERRANDS = [toys.errand(number, toys.TRAIN_NAMES, length) for number, length in enumerate(LENGTHS)]
ALL: Examples = [(episode, toys.done(episode)) for episode in ERRANDS]
LORA = {"rank": 4, "alpha": 8}
HELD = {"held_out": 0.4}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return t5s.save_t5(tmp_path_factory.mktemp("t5"), texts_of(ERRANDS), dropout=0.1)


def schedule(updates: int, batch_size: int = 8, rate: float = 3e-3) -> Schedule:
    return Schedule(updates, batch_size, rate, 0.0, 0)


def fit(
    folder: Path, updates: int, work: Path | None = None, stop_at: int = 0, **tuning: object
) -> WindowedPolicy:
    policy = t5s.policy(folder, **tuning)
    policy.fit(ALL, schedule(updates), work=work, follow=kill_at(stop_at))
    return policy


def scores(policy: WindowedPolicy) -> list[float]:
    """Minus the losses of what can be done first in an errand."""
    episode = ERRANDS[1]
    prompt = policy.reader.prompt(episode.instruction, [episode.first_observation], [])
    options = [policy.reader.action(each) for each in episode.steps[0].admissible]
    (losses,) = action_losses(policy.model, [prompt], [options])
    return [-float(loss) for loss in losses]


def by_transformers(model: torch.nn.Module, tokenizer: object, policy: WindowedPolicy) -> float:
    """The loss of the first thing that can be done, as transformers alone computes it."""
    episode = ERRANDS[1]
    text = f"Task: {episode.instruction} Observation: {episode.first_observation}"
    inputs = tokenizer(text, return_tensors="pt")["input_ids"]  # type: ignore[operator]
    action = episode.steps[0].admissible[0]
    labels = tokenizer(action, return_tensors="pt")["input_ids"]  # type: ignore[operator]
    with torch.inference_mode():
        return float(model(input_ids=inputs, labels=labels).loss)


def test_it_learns_what_it_is_shown(folder: Path) -> None:
    policy = t5s.policy(folder)
    told: list[float] = []
    one = [ALL[2]]
    policy.fit(one, schedule(100, rate=1e-2), follow=lambda _, losses: told.append(losses["loss"]))
    assert told[-1] < told[0] / 2
    for episode, targets in one:
        session = policy.begin([toys.start(episode)])
        for step, target in zip(episode.steps, targets, strict=True):
            assert session.choose([0], [step.admissible])[0].action == target
            session.observe([0], [step.action], [step.observation])


@pytest.mark.parametrize(
    "tuning", [{}, LORA, {**LORA, "merge": False}, {"checkpointing": True}, HELD, {**LORA, **HELD}]
)
def test_training_after_a_stop_ends_as_without(
    folder: Path, tmp_path: Path, tuning: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the middle of an epoch, with dropout."""
    monkeypatch.setattr(imitation, "CHECKPOINT", 3)
    straight = fit(folder, 7, **tuning)
    for stop in (3, 6):
        with pytest.raises(Killed):
            fit(folder, 7, tmp_path, stop_at=stop, **tuning)
    resumed = fit(folder, 7, tmp_path, **tuning)
    assert torch.equal(t5s.weights(resumed), t5s.weights(straight))
    assert resumed.model.config.chosen == straight.model.config.chosen
    assert not torch.equal(t5s.weights(fit(folder, 1, **tuning)), t5s.weights(straight))


def test_passes_and_checkpointing_change_nothing(tmp_path: Path) -> None:
    folder = t5s.save_t5(tmp_path, texts_of(ERRANDS))
    plain = fit(folder, 5)
    for tuning in ({"checkpointing": True}, {"row_tokens": 100}, {"row_tokens": 1}):
        assert torch.allclose(t5s.weights(fit(folder, 5, **tuning)), t5s.weights(plain), atol=1e-4)


def test_half_precision_is_close(folder: Path) -> None:
    """Weights stay in fp32; only the computing is in bf16."""
    policy = fit(folder, 5, precision="bf16")
    assert policy.half
    assert {each.dtype for each in policy.model.parameters()} == {torch.float32}
    assert scores(policy) == pytest.approx(scores(fit(folder, 5)), abs=0.1)


@pytest.mark.parametrize("tuning", [{}, LORA])
def test_the_best_weights_act_and_the_last_are_kept(
    folder: Path, tmp_path: Path, tuning: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second of three looks is made the best: its loss is what the weights have."""
    monkeypatch.setattr(imitation, "CHECKPOINT", 2)
    found: list[float] = []
    real = Learner.measure

    def measure(learner: Learner, items: Sequence[int]) -> float:
        found.append(real(learner, items))
        return found[-1] + (0.0 if len(found) == 2 else 100.0)

    monkeypatch.setattr(Learner, "measure", measure)
    policy = t5s.policy(folder, **tuning, **HELD)
    told: list[Mapping[str, float]] = []
    policy.fit(ALL, schedule(6), work=tmp_path, follow=lambda _, losses: told.append(losses))
    assert [each["held_out_loss"] for each in told] == [found[0] + 100, found[1], found[2] + 100]
    assert policy.model.config.chosen == {"updates": 4, "held_out_loss": found[1]}
    last = WindowedPolicy.load(tmp_path / LAST)
    assert scores(last) != pytest.approx(scores(policy), abs=1e-3)
    held = [ALL[at][0] for at in imitation.held_out(len(ALL), HELD["held_out"], 0)]
    prompts, options, sizes = [], [], []
    for episode in held:
        seen = [episode.first_observation, *(step.observation for step in episode.steps)]
        done = [step.action for step in episode.steps]
        for at, action in enumerate(done):
            prompts.append(policy.reader.prompt(episode.instruction, seen[: at + 1], done[:at]))
            options.append([policy.reader.action(action)])
            sizes.append(len(options[-1][0]))

    def loss(of: WindowedPolicy) -> float:
        found = action_losses(of.model, prompts, options)
        return sum(float(each[0]) * size for each, size in zip(found, sizes, strict=True)) / sum(
            sizes
        )

    assert loss(policy) == pytest.approx(found[1], rel=1e-4)
    assert loss(last) == pytest.approx(found[2], rel=1e-4)


def test_what_is_held_out_is_not_learned_from(folder: Path) -> None:
    (aside, *_) = imitation.held_out(len(ALL), 0.2, 0)
    other = toys.errand(99, toys.NEW_NAMES, LENGTHS[aside])
    changed = [*ALL[:aside], (other, toys.done(other)), *ALL[aside + 1 :]]
    fitted = []
    for examples in (ALL, changed):
        fitted.append(t5s.policy(folder, held_out=0.2))
        fitted[-1].fit(examples, schedule(3))
    assert torch.equal(*map(t5s.weights, fitted))


def test_merged_and_adapter_act_alike_and_come_back(folder: Path, tmp_path: Path) -> None:
    merged, kept = (fit(folder, 5, **LORA, merge=merge) for merge in (True, False))
    assert scores(merged) == pytest.approx(scores(kept), abs=1e-4)
    assert scores(merged) != pytest.approx(scores(t5s.policy(folder)), abs=1e-3)
    for name, policy in (("merged", merged), ("kept", kept)):
        policy.model.config.privileged = True
        policy.save(tmp_path / name)
        loaded = WindowedPolicy.load(tmp_path / name, 0.5)
        assert (loaded.name, loaded.privileged, loaded.temperature) == (name, True, 0.5)
        assert scores(loaded) == scores(policy)
        assert is_windowed(tmp_path / name)
        weights = {file.name for file in (tmp_path / name).iterdir() if "model" in file.name}
        assert weights == {f"{'adapter_' if name == 'kept' else ''}model.safetensors"}
        loaded.fit(ALL, schedule(2))
        assert scores(loaded) != scores(policy)


def test_transformers_and_peft_alone_can_read_the_folders(folder: Path, tmp_path: Path) -> None:
    for merge in (True, False):
        policy = fit(folder, 5, **LORA, merge=merge)
        policy.save(tmp_path / str(merge))
        plain = AutoModelForSeq2SeqLM.from_pretrained(tmp_path / "True" if merge else folder)
        if not merge:
            plain = PeftModel.from_pretrained(plain, tmp_path / "False")
        tokenizer = AutoTokenizer.from_pretrained(tmp_path / str(merge))
        said = by_transformers(plain.eval(), tokenizer, policy)
        assert -scores(policy)[0] == pytest.approx(said, abs=1e-4)


def test_a_longer_prompt_than_the_tokenizer_says_can_be_read(folder: Path) -> None:
    """Positions are relative, so T5 reads what the setting says."""
    episode = ["balek " * 900]
    lengths = [
        len(t5s.policy(folder, longest=longest).reader.prompt("find", episode, []))
        for longest in (0, 100, 700)
    ]
    assert lengths[:2] == [512, 100]
    assert 512 < lengths[2] <= 700


def test_a_folder_of_something_else_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="T5ForConditionalGeneration"):
        t5s.policy(tmp_path)


def test_a_name_that_nobody_has_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(UserError, match=r"no folder nobody/nothing.*hub"):
        model_folder("nobody/nothing")
    assert model_folder(str(tmp_path)) == tmp_path


def learned(folder: Path) -> tuple[torch.Tensor, dict[str, float]]:
    """What a policy has after a few updates, and how its weights were chosen."""
    policy = fit(folder, 4, row_tokens=300, held_out=0.2)
    return t5s.weights(policy), policy.model.config.chosen


def test_two_processes_learn_what_one_does(folder: Path, tmp_path: Path) -> None:
    """With dropout too, and an odd number of passes."""
    one, told = learned(folder)
    for weights, chosen in processes.in_two(__name__, folder, tmp_path):
        assert torch.allclose(weights, one, atol=1e-5)
        assert chosen["held_out_loss"] == pytest.approx(told["held_out_loss"], abs=1e-5)
    assert not torch.equal(one, t5s.weights(t5s.policy(folder)))
