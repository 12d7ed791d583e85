from __future__ import annotations

import pytest

from envs.record import Step, Trajectory
from lfm.critics.windows import make_windows


def episode(name: str, steps: int) -> Trajectory:
    step = Step("look", "You see nothing.", ("look",), 0.0)
    return Trajectory(
        name, "alfworld", "v", "train", "task", "type", "do it", "A room.", (step,) * steps,
        False, "random", 0, False,
    )  # fmt: skip


@pytest.mark.parametrize("length", [1, 7, 20, 100])
def test_windows_cover_every_step_once_and_do_not_overlap(length: int) -> None:
    episodes = [episode("a", 50), episode("b", 20), episode("c", 1), episode("d", 0)]
    windows = make_windows(episodes, length)
    assert len({window.window_id for window in windows}) == len(windows)
    for trajectory in episodes:
        own = [window for window in windows if window.trajectory is trajectory]
        steps = [step for window in own for step in range(window.first, window.last + 1)]
        assert steps == list(range(1, len(trajectory.steps) + 1))
        assert all(window.last - window.first < length for window in own)


def test_windows_are_twenty_steps_long_unless_told_otherwise() -> None:
    spans = [(window.first, window.last) for window in make_windows([episode("a", 50)])]
    assert spans == [(1, 20), (21, 40), (41, 50)]


def test_a_window_needs_a_step() -> None:
    with pytest.raises(ValueError, match="at least one step"):
        make_windows([episode("a", 3)], 0)
