"""Training: it learns, it learns what binding needs, and it goes on where it stopped."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
import torch

from envs.errors import UserError
from envs.record import Trajectory
from policies.imitation import CHECKPOINT, Schedule
from policies.small import SmallPolicy
from tests.policies import toys
from tests.policies.stopping import Killed, kill_at

ERRANDS = [toys.errand(number, toys.TRAIN_NAMES, 1 + number % 3) for number in range(40)]
EXAMPLES = [(errand, toys.last_only(errand)) for errand in ERRANDS]


def schedule(updates: int, seed: int = 0) -> Schedule:
    return Schedule(updates, 8, 3e-3, 0.01, seed)


def fit(
    updates: int, work: Path | None = None, stop_at: int = 0, seed: int = 0
) -> tuple[SmallPolicy, list[float]]:
    """Train a tiny policy; returns it and the mean losses, or dies after ``stop_at`` updates."""
    told: list[float] = []
    stop = kill_at(stop_at)

    def follow(done: int, losses: Mapping[str, float]) -> None:
        told.append(losses["loss"])
        stop(done, losses)

    policy = toys.tiny_policy(ERRANDS, seed)
    policy.fit(EXAMPLES, schedule(updates, seed), work=work, follow=follow)
    return policy, told


def differing(one: SmallPolicy, other: SmallPolicy) -> list[str]:
    """Names of the weights that are not equal to the last bit."""
    others = other.model.state_dict()
    state = one.model.state_dict()
    return [name for name, tensor in state.items() if not torch.equal(tensor, others[name])]


def right(policy: SmallPolicy, episodes: list[Trajectory]) -> float:
    """Share of one-step episodes in which the policy does as recorded."""
    session = policy.begin([toys.start(episode) for episode in episodes])
    rows = range(len(episodes))
    choices = session.choose(rows, [episode.steps[0].admissible for episode in episodes])
    hits = [
        choice.action == episode.steps[0].action
        for choice, episode in zip(choices, episodes, strict=True)
    ]
    return sum(hits) / len(hits)


@pytest.fixture(scope="module")
def straight() -> tuple[SmallPolicy, list[float]]:
    return fit(3 * CHECKPOINT)


def test_the_loss_falls(straight: tuple[SmallPolicy, list[float]]) -> None:
    losses = straight[1]
    assert losses[0] < 1.6, "five options have a loss of 1.6 by chance"
    assert losses[-1] < 0.2


def test_the_rule_holds_for_names_never_seen(straight: tuple[SmallPolicy, list[float]]) -> None:
    policy = straight[0]
    assert not set(toys.NEW_NAMES) & set(policy.vocabulary.words)
    new = [toys.errand(1000 + number, toys.NEW_NAMES) for number in range(60)]
    assert right(policy, new) > 0.9


def test_training_after_a_stop_ends_as_without(
    straight: tuple[SmallPolicy, list[float]], tmp_path: Path
) -> None:
    """To the last bit, with dropout, wherever it stopped; what was told last is told again."""
    for stop in (CHECKPOINT, 2 * CHECKPOINT, 3 * CHECKPOINT):
        with pytest.raises(Killed):
            fit(3 * CHECKPOINT, tmp_path, stop_at=stop)
    resumed, told = fit(3 * CHECKPOINT, tmp_path)
    assert differing(resumed, straight[0]) == []
    assert told == straight[1][2:]
    again, nothing = fit(3 * CHECKPOINT, tmp_path)
    assert nothing == []
    assert differing(again, straight[0]) == []


def test_a_torn_checkpoint_never_counts(tmp_path: Path) -> None:
    """A kill while it is written leaves the one before."""
    with pytest.raises(Killed):
        fit(3 * CHECKPOINT, tmp_path, stop_at=2 * CHECKPOINT)
    (tmp_path / "training.partial").write_bytes(b"half of a checkpo")
    _, told = fit(3 * CHECKPOINT, tmp_path)
    assert len(told) == 2


def test_the_seed_decides_everything() -> None:
    one, other = fit(10)[0], fit(10)[0]
    assert differing(one, other) == []
    assert differing(one, fit(10, seed=1)[0])


@pytest.mark.parametrize("kept", [0, 100, 5000])
def test_a_damaged_checkpoint_is_named(tmp_path: Path, kept: int) -> None:
    with pytest.raises(Killed):
        fit(3 * CHECKPOINT, tmp_path, stop_at=2 * CHECKPOINT)
    file = tmp_path / "training.safetensors"
    file.write_bytes(file.read_bytes()[:kept])
    with pytest.raises(UserError, match=r"training\.safetensors.*delete"):
        fit(3 * CHECKPOINT, tmp_path)


def test_a_checkpoint_of_another_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(Killed):
        fit(3 * CHECKPOINT, tmp_path, stop_at=2 * CHECKPOINT)
    other = toys.tiny_policy(ERRANDS, hidden_size=16)
    with pytest.raises(UserError, match=r"training\.safetensors.*delete"):
        other.fit(EXAMPLES, schedule(100), work=tmp_path)


def test_nothing_to_imitate_is_said() -> None:
    policy = toys.tiny_policy(ERRANDS)
    nothing = [(errand, [None] * len(errand.steps)) for errand in ERRANDS]
    for examples in ([], nothing):
        with pytest.raises(UserError, match="nothing to imitate"):
            policy.fit(examples, schedule(5))
