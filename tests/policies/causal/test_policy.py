"""The causal policy: training, LoRA, resuming, and its folder."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer

from envs.errors import UserError
from experiments.chat_models import FAMILIES
from policies import imitation
from policies.causal.policy import CausalPolicy
from policies.causal.tuning import is_causal
from policies.learned import Examples
from policies.tuning import Tuning
from tests.policies import toys
from tests.policies.causal import worlds
from tests.policies.causal.worlds import ERRANDS, as_done, schedule, weights
from tests.policies.stopping import Killed, kill_at

ALL = as_done(ERRANDS)
LORA = {"rank": 4, "alpha": 8}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return worlds.chat_model(tmp_path_factory.mktemp("chat"))


def fit(
    folder: Path, updates: int, work: Path | None = None, stop_at: int = 0, **tuning: object
) -> CausalPolicy:
    policy = worlds.policy(folder, **tuning)
    policy.fit(ALL, schedule(updates), work=work, follow=kill_at(stop_at))
    return policy


def scores(policy: CausalPolicy) -> list[float]:
    episode = ERRANDS[1]
    session = policy.begin([toys.start(episode)])
    return [float(each) for each in session.scores([0], [episode.steps[0].admissible])[0]]


def right(policy: CausalPolicy, examples: Examples) -> float:
    """The share of the targets that the policy chooses when the episodes go by."""
    hits = []
    for episode, targets in examples:
        session = policy.begin([toys.start(episode)])
        for step, target in zip(episode.steps, targets, strict=True):
            (choice,) = session.choose([0], [step.admissible])
            hits.append(choice.action == target)
            session.observe([0], [step.action], [step.observation])
    return sum(hits) / len(hits)


@pytest.mark.parametrize("family", ["gpt2", "llama"])
def test_it_learns_what_it_is_shown(family: str, tmp_path: Path) -> None:
    policy = worlds.policy(worlds.chat_model(tmp_path, family))
    told: list[float] = []
    updates = 2 * imitation.CHECKPOINT
    policy.fit(
        ALL[:2], schedule(updates, rate=1e-2), follow=lambda _, losses: told.append(losses["loss"])
    )
    assert told[-1] < told[0] / 2
    assert right(policy, ALL[:2]) == 1.0


@pytest.mark.parametrize("tuning", [{}, LORA, {**LORA, "merge": False}, {"checkpointing": True}])
def test_training_after_a_stop_ends_as_without(
    folder: Path, tmp_path: Path, tuning: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the middle of an epoch: five episodes in batches of four are two updates."""
    monkeypatch.setattr(imitation, "CHECKPOINT", 3)
    straight = fit(folder, 7, **tuning)
    for stop in (3, 6):
        with pytest.raises(Killed):
            fit(folder, 7, tmp_path, stop_at=stop, **tuning)
    resumed = fit(folder, 7, tmp_path, **tuning)
    assert torch.equal(weights(resumed), weights(straight))
    assert not torch.equal(weights(fit(folder, 1, **tuning)), weights(straight))


def test_checkpointing_and_rows_change_nothing(folder: Path) -> None:
    plain = fit(folder, 5)
    for tuning in ({"checkpointing": True}, {"row_tokens": 50}):
        other = fit(folder, 5, **tuning)
        assert torch.allclose(weights(other), weights(plain), atol=1e-4)


def test_half_precision_is_close(folder: Path) -> None:
    """Weights stay in fp32; only the computing is in bf16."""
    policy = CausalPolicy.new("toy", folder, Tuning(precision="bf16"))
    policy.fit(ALL, schedule(5))
    assert {each.dtype for each in policy.model.parameters()} == {torch.float32}
    assert scores(policy) == pytest.approx(scores(fit(folder, 5)), abs=0.1)


def test_lora_trains_the_adapter_alone(folder: Path) -> None:
    before = worlds.policy(folder).model.state_dict()
    policy = fit(folder, 5, **LORA, merge=False)
    state = policy.model.state_dict()
    base = {name.replace(".base_layer", ""): tensor for name, tensor in state.items()}
    assert all(torch.equal(base[name], tensor) for name, tensor in before.items())
    assert scores(policy) != scores(worlds.policy(folder))
    trained = [name for name, each in policy.model.named_parameters() if each.requires_grad]
    assert trained
    assert all("lora_" in name for name in trained)


def test_merged_and_adapter_act_alike_and_come_back(folder: Path, tmp_path: Path) -> None:
    merged, kept = (fit(folder, 5, **LORA, merge=merge) for merge in (True, False))
    assert scores(merged) == pytest.approx(scores(kept), abs=1e-4)
    for name, policy in (("merged", merged), ("kept", kept)):
        policy.model.config.privileged = True
        policy.save(tmp_path / name)
        loaded = CausalPolicy.load(tmp_path / name, 0.5)
        assert (loaded.name, loaded.privileged, loaded.temperature) == (name, True, 0.5)
        assert scores(loaded) == scores(policy)
        assert is_causal(tmp_path / name)
    sizes = [(tmp_path / name / file).stat().st_size for name, file in (
        ("merged", "model.safetensors"), ("kept", "adapter_model.safetensors"))]  # fmt: skip
    assert sizes[1] < sizes[0] / 2
    assert not (tmp_path / "kept" / "model.safetensors").exists()


@pytest.mark.parametrize("merge", [True, False])
def test_learning_goes_on_from_a_folder(folder: Path, tmp_path: Path, merge: bool) -> None:
    fit(folder, 5, **LORA, merge=merge).save(tmp_path / "a")
    policy = CausalPolicy.load(tmp_path / "a")
    first = scores(policy)
    policy.fit(ALL, schedule(5))
    assert scores(policy) != first
    policy.save(tmp_path / "b")
    assert scores(CausalPolicy.load(tmp_path / "b")) == scores(policy)


def test_plain_peft_reads_an_adapter(folder: Path, tmp_path: Path) -> None:
    policy = fit(folder, 5, **LORA, merge=False)
    policy.save(tmp_path)
    base = json.loads((tmp_path / "adapter_config.json").read_text())["base_model_name_or_path"]
    assert Path(base) == folder.resolve()
    plain = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(base), tmp_path).eval()
    context = worlds.written(policy.tokenizer, ERRANDS[1], 0)
    replies = map(policy.reader.reply, ERRANDS[1].steps[0].admissible)
    said = [worlds.one_at_a_time(plain, context, reply) for reply in replies]
    assert scores(policy) == pytest.approx(said, abs=2e-5)


@pytest.mark.parametrize("family", FAMILIES)
def test_transformers_alone_can_read_the_folder(family: str, tmp_path: Path) -> None:
    policy = worlds.policy(worlds.chat_model(tmp_path / "a", family))
    policy.fit(ALL, schedule(3))
    policy.save(tmp_path / "b")
    model = AutoModelForCausalLM.from_pretrained(tmp_path / "b").eval()
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "b")
    context = worlds.written(tokenizer, ERRANDS[1], 0)
    replies = map(policy.reader.reply, ERRANDS[1].steps[0].admissible)
    said = [worlds.one_at_a_time(model, context, reply) for reply in replies]
    assert scores(CausalPolicy.load(tmp_path / "b")) == pytest.approx(said, abs=2e-5)


def test_nothing_to_imitate_is_said(folder: Path) -> None:
    with pytest.raises(UserError, match="nothing to imitate"):
        worlds.policy(folder).fit([(ERRANDS[0], [None] * 3)], schedule(1))


@pytest.mark.parametrize("missing", ["config.json", "model.safetensors", "tokenizer.json"])
def test_a_folder_without_a_policy_is_named(tmp_path: Path, missing: str) -> None:
    worlds.chat_model(tmp_path)
    (tmp_path / missing).unlink()
    with pytest.raises(UserError, match=str(tmp_path)):
        CausalPolicy.load(tmp_path)


def test_a_window_is_refused(tmp_path: Path) -> None:
    worlds.chat_model(tmp_path, "qwen2")
    facts = json.loads((tmp_path / "config.json").read_text())
    facts["layer_types"] = ["full_attention", "sliding_attention"]
    facts |= {"use_sliding_window": True, "sliding_window": 8}
    (tmp_path / "config.json").write_text(json.dumps(facts))
    with pytest.raises(UserError, match="sliding_attention"):
        CausalPolicy.load(tmp_path)
