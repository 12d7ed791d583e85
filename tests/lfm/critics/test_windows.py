from __future__ import annotations

import pytest

from lfm.critics.windows import half_successful, make_windows
from tests.lfm.critics.episodes import episode


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


def test_a_window_may_be_a_whole_episode() -> None:
    windows = make_windows([episode("a", 50), episode("b", 3), episode("c", 0)], 0)
    assert [(window.first, window.last) for window in windows] == [(1, 50), (1, 3)]
    assert make_windows([episode("c", 0)], 0) == make_windows([], 0) == []


def test_a_window_needs_a_step() -> None:
    with pytest.raises(ValueError, match="at least one step"):
        make_windows([episode("a", 3)], -1)


@pytest.mark.parametrize(
    ("succeeded", "failed", "most", "expected"),
    [
        (10, 10, 6, (3, 3)),
        (10, 10, 7, (3, 4)),  # upstream rounds the successful half down
        (1, 10, 6, (1, 5)),
        (10, 1, 6, (5, 1)),
        (2, 2, 6, (2, 2)),
        (0, 10, 6, (0, 6)),
    ],
)
def test_half_of_the_windows_are_of_successes(
    succeeded: int, failed: int, most: int, expected: tuple[int, int]
) -> None:
    episodes = [episode(f"s{at}", 3, success=True) for at in range(succeeded)]
    episodes += [episode(f"f{at}", 3) for at in range(failed)]
    windows = make_windows(episodes)
    chosen = half_successful(windows, most, seed=0)
    won = sum(window.trajectory.success for window in chosen)
    assert (won, len(chosen) - won) == expected
    assert chosen == [window for window in windows if window in chosen]  # in their order
    assert chosen == half_successful(windows, most, seed=0)


def test_another_seed_draws_other_windows() -> None:
    windows = make_windows([episode(str(at), 3, success=at % 2 == 0) for at in range(40)])
    draws = [[w.window_id for w in half_successful(windows, 10, seed)] for seed in range(3)]
    assert draws[0] != draws[1] != draws[2]
