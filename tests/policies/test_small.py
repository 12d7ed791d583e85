"""The small policy: saved, loaded, and drawing its actions from seeds."""

from __future__ import annotations

import math
from pathlib import Path
from unittest.mock import Mock

import pytest
import torch
from safetensors import safe_open
from torch import Tensor
from transformers import PretrainedConfig

from envs.errors import UserError
from policies.base import Choice
from policies.expert import ExpertPolicy
from policies.random import RandomPolicy
from policies.small import SmallPolicy
from policies.step_transformer import StepPolicyModel
from tests.policies import toys

ERRANDS = [toys.errand(number, toys.TRAIN_NAMES) for number in range(6)]
OPTIONS = [errand.steps[0].admissible for errand in ERRANDS]


@pytest.fixture(scope="module")
def policy() -> SmallPolicy:
    model = toys.tiny_policy(ERRANDS).model
    model.config.privileged = True
    return SmallPolicy(model, "toy")


def draw(
    policy: SmallPolicy | RandomPolicy, seeds: list[int], steps: int = 6
) -> list[list[Choice]]:
    """What is chosen at each step of the first errand, for each seed; played side by side."""
    session = policy.begin([toys.start(ERRANDS[0], seed) for seed in seeds])
    rows = range(len(seeds))
    drawn = []
    for _ in range(steps):
        choices = session.choose(rows, [OPTIONS[0]] * len(seeds))
        session.observe(rows, ["look"] * len(seeds), ["A hall."] * len(seeds))
        drawn.append(choices)
    return [list(choices) for choices in zip(*drawn, strict=True)]


def actions(choices: list[Choice]) -> list[str]:
    return [choice.action for choice in choices]


def test_a_saved_policy_comes_back_as_it_was(policy: SmallPolicy, tmp_path: Path) -> None:
    policy.save(tmp_path / "mine")
    loaded = SmallPolicy.load(tmp_path / "mine")
    assert (loaded.name, loaded.privileged, loaded.temperature) == ("mine", True, 0.0)
    assert loaded.vocabulary.words == policy.vocabulary.words
    assert draw(loaded, [0, 1]) == draw(policy, [0, 1])


def test_transformers_alone_can_read_the_folder(policy: SmallPolicy, tmp_path: Path) -> None:
    policy.save(tmp_path)
    assert {"config.json", "model.safetensors"} <= {file.name for file in tmp_path.iterdir()}
    facts, _ = PretrainedConfig.get_config_dict(tmp_path)
    assert facts["model_type"] == "lfm-step"
    model, info = StepPolicyModel.from_pretrained(tmp_path, output_loading_info=True)
    assert not info["missing_keys"]
    assert not info["unexpected_keys"]
    with safe_open(tmp_path / "model.safetensors", "pt") as weights:
        assert set(weights.keys()) == set(model.state_dict())


def test_saving_twice_writes_the_same_bytes(policy: SmallPolicy, tmp_path: Path) -> None:
    for name in ("a", "b"):
        policy.save(tmp_path / name)
    assert toys.weights(tmp_path / "a") == toys.weights(tmp_path / "b")


def test_a_folder_without_a_policy_is_named(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(UserError, match=str(folder)):
            SmallPolicy.load(folder)


@pytest.mark.parametrize("file", ["config.json", "model.safetensors"])
def test_a_damaged_policy_is_named(policy: SmallPolicy, tmp_path: Path, file: str) -> None:
    policy.save(tmp_path)
    (tmp_path / file).write_bytes((tmp_path / file).read_bytes()[:50])
    with pytest.raises(UserError, match=str(tmp_path)):
        SmallPolicy.load(tmp_path)


def test_the_best_action_is_taken_whatever_the_seed(policy: SmallPolicy) -> None:
    one, two = draw(policy, [0, 1])
    assert actions(one) == actions(two)
    first = policy.begin([toys.start(ERRANDS[0])]).choose([0], [OPTIONS[0]])[0]
    assert first.log_prob is not None
    assert first.log_prob >= -math.log(len(OPTIONS[0]))


@pytest.mark.parametrize("name", ["small", "random"])
def test_draws_follow_each_episodes_own_seed(policy: SmallPolicy, name: str) -> None:
    drawing = RandomPolicy() if name == "random" else SmallPolicy(policy.model, "toy", 1.0)
    together = draw(drawing, [3, 4, 3])
    assert actions(together[0]) == actions(together[2])
    assert actions(together[0]) != actions(together[1])
    assert actions(draw(drawing, [4])[0]) == actions(together[1])


def test_chance_follows_the_log_probabilities(policy: SmallPolicy) -> None:
    """Drawn often, an action comes up as often as its log-probability says."""
    drawing = SmallPolicy(policy.model, "toy", 1.0)
    drawn = [choices[0] for choices in draw(drawing, list(range(2000)), steps=1)]
    said = {choice.action: math.exp(choice.log_prob or 0.0) for choice in drawn}
    assert sum(said.values()) == pytest.approx(1.0, abs=1e-3)
    for action, probability in said.items():
        share = sum(choice.action == action for choice in drawn) / len(drawn)
        assert share == pytest.approx(probability, abs=0.05)


def test_heat_evens_out(policy: SmallPolicy) -> None:
    hot = draw(SmallPolicy(policy.model, "toy", 1e6), [0])[0]
    assert all(c.log_prob == pytest.approx(-math.log(len(OPTIONS[0])), abs=1e-3) for c in hot)


def test_random_says_how_likely_its_choice_was() -> None:
    (choice,) = RandomPolicy().begin([toys.start(ERRANDS[0])]).choose([0], [["a", "b"]])
    assert choice.log_prob == pytest.approx(math.log(0.5))


def test_the_expert_does_what_each_episodes_expert_says() -> None:
    starts = [toys.start(ERRANDS[0])._replace(expert=lambda n=n: f"go {n}") for n in range(3)]
    session = ExpertPolicy().begin(starts)
    assert session.choose([0, 2], [["x"], ["y"]]) == [Choice("go 0", None), Choice("go 2", None)]


def test_an_environment_without_expert_is_said() -> None:
    with pytest.raises(UserError, match="declare no expert"):
        ExpertPolicy().begin([toys.start(ERRANDS[0])])


@pytest.mark.parametrize("chances", [(0.05, 0.3, 0.1), (0.05, 0.9, 0.1), (0.05, 0.3, 0.9)])
def test_one_more_step_is_taken_before_stopping(
    monkeypatch: pytest.MonkeyPatch, chances: tuple[float, ...]
) -> None:
    walker = SmallPolicy(toys.tiny_policy(ERRANDS).model, "toy")
    walker.model.config.one_more_step = 0.2
    left = [*chances]

    def scores(*_: object) -> Tensor:
        stop = left.pop(0)
        return torch.tensor([0.3 * (1 - stop), 0.7 * (1 - stop), stop])[None].log()

    monkeypatch.setattr(walker.model, "scores", scores)
    session = walker.begin([toys.start(ERRANDS[0])])
    found = []
    for _ in chances:
        [choice] = session.choose([0], [["left", "forward", "stop"]])
        found.append(choice.action)
        session.observe([0], [choice.action], ["A street."])
    assert found == ["forward", "forward", "stop"]


def test_who_can_only_stop_stops_and_who_draws_or_was_not_told_stops_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for threshold, temperature, options, action in (
        (0.2, 0.0, ["stop"], "stop"),
        (0.2, 1e-3, ["forward", "stop"], "stop"),
        (0.0, 0.0, ["forward", "stop"], "stop"),
        (0.2, 0.0, ["forward", "stop"], "forward"),
    ):
        walker = SmallPolicy(toys.tiny_policy(ERRANDS).model, "toy", temperature)
        walker.model.config.one_more_step = threshold
        likely = Mock(return_value=torch.linspace(-1.0, 0.0, len(options))[None])
        monkeypatch.setattr(walker.model, "scores", likely)
        [choice] = walker.begin([toys.start(ERRANDS[0])]).choose([0], [options])
        assert choice.action == action
