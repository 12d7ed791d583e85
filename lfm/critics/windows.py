"""Cutting episodes into the pieces that a critic reads."""

from __future__ import annotations

import random
from collections.abc import Sequence

from envs.record import Trajectory
from lfm.critics.base import Window


def make_windows(trajectories: Sequence[Trajectory], length: int = 20) -> list[Window]:
    """Windows of at most ``length`` steps that together cover every step exactly once.

    The last window of an episode may be shorter; an episode without steps has none. With 0 for
    ``length`` a window is a whole episode.

    Raises:
        ValueError: if ``length`` is negative.
    """
    if length < 0:
        raise ValueError(f"a window needs at least one step, not {length}")
    length = length or max((len(each.steps) for each in trajectories), default=0) or 1
    return [
        Window(
            window_id=f"{trajectory.trajectory_id}/{number}",
            trajectory=trajectory,
            first=first,
            last=min(first + length - 1, len(trajectory.steps)),
        )
        for trajectory in trajectories
        for number, first in enumerate(range(1, len(trajectory.steps) + 1, length), start=1)
    ]


def half_successful(windows: Sequence[Window], most: int, seed: int) -> list[Window]:
    """At most ``most`` windows, half of them from episodes that succeeded, drawn at random.

    Where one half has too few, the other makes up for it. Source: upstream's choice of what is
    shown to the language model (``get_llm_feedback.py``).

    Returns:
        The windows drawn, in the order in which they came.
    """
    drawn = random.Random(seed)
    sides: tuple[list[int], list[int]] = ([], [])
    for number, window in enumerate(windows):
        sides[window.trajectory.success].append(number)
    failed, succeeded = (drawn.sample(side, len(side)) for side in sides)
    successes = max(min(most // 2, len(succeeded)), most - len(failed))
    chosen = [*succeeded[:successes], *failed[: most - min(successes, len(succeeded))]]
    return [windows[number] for number in sorted(chosen)]
