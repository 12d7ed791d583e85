"""What critics share that are no language models: they read episodes, and tell of windows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from envs.record import Trajectory
from lfm.critics.base import Advance, StepFeedback, Window, WindowFeedback

E = TypeVar("E")


def episode_by_episode(
    windows: Sequence[Window],
    read: Callable[[Trajectory], E],
    tell: Callable[[E, Window], WindowFeedback],
    advance: Advance,
) -> list[WindowFeedback]:
    """Feedback on windows, in order, each episode being read once.

    Args:
        windows: of any episodes, in any order.
        read: what a critic makes of an episode.
        tell: what it then says of a window.
        advance: told as windows have been read.
    """
    feedback: dict[int, WindowFeedback] = {}
    of_episode: dict[str, list[int]] = {}
    for number, window in enumerate(windows):
        of_episode.setdefault(window.trajectory.trajectory_id, []).append(number)
    for numbers in of_episode.values():
        episode = read(windows[numbers[0]].trajectory)
        feedback.update((number, tell(episode, windows[number])) for number in numbers)
        advance(len(numbers))
    return [feedback[number] for number in range(len(windows))]


def answer(
    window: Window, steps: Sequence[StepFeedback], end: str, suggestion: str
) -> WindowFeedback:
    """A critic's answer to a window that took no tokens and needed no parsing.

    Args:
        window: what it is about.
        steps: what is said of its steps.
        end: how things stood after them; it goes on a sentence.
        suggestion: what the agent should do instead; empty if nothing.
    """
    productive = sum(step.productive for step in steps)
    return WindowFeedback(
        window_id=window.window_id,
        trajectory_id=window.trajectory.trajectory_id,
        steps=tuple(steps),
        summary=f"{productive} of {len(steps)} steps brought the task nearer{end}",
        suggestion=suggestion,
        input_tokens=0,
        output_tokens=0,
        parse="ok",
        answer="",
    )


def say_end(*, done: bool, lost: bool, still: str) -> str:
    """How things stood at the end of a window, for :func:`answer`.

    Args:
        done: the task was done.
        lost: it could not be done any more.
        still: what to say of it otherwise.
    """
    if done:
        return ", and it was done in the end."
    return f"; in the end {'it could not be done any more' if lost else still}."
