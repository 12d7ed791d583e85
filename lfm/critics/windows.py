"""Cutting episodes into the pieces that a critic reads."""

from __future__ import annotations

from collections.abc import Sequence

from envs.record import Trajectory
from lfm.critics.base import Window


def make_windows(trajectories: Sequence[Trajectory], length: int = 20) -> list[Window]:
    """Windows of at most ``length`` steps that together cover every step exactly once.

    The last window of an episode may be shorter; an episode without steps has none.

    Raises:
        ValueError: if ``length`` is not positive.
    """
    if length < 1:
        raise ValueError(f"a window needs at least one step, not {length}")
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
