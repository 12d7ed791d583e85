"""What a critic reads and says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from envs.record import Trajectory

Advance = Callable[[int], None]
"""Called with how many more windows have been read."""


@dataclass(frozen=True, slots=True)
class Window:
    """The part of an episode that a critic reads at once.

    Attributes:
        window_id: unique within a run.
        trajectory: the whole episode.
        first: first step of the window, from 1.
        last: last step of the window, included.
    """

    window_id: str
    trajectory: Trajectory
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class StepFeedback:
    """A critic's word on one step.

    Attributes:
        step: which step of the episode (not of the window), from 1.
        productive: whether it brought the task closer to done.
        reason: why, in plain English.
        instead: what should have been done in its place; empty if the critic named nothing. An
            action, as far as a language model's answer is one.
    """

    step: int
    productive: bool
    reason: str
    instead: str = ""


@dataclass(frozen=True, slots=True)
class WindowFeedback:
    """A critic's answer to one window.

    Attributes:
        window_id: the window.
        trajectory_id: the episode it is part of.
        steps: one entry for each step that was labelled.
        summary: what happened in the window.
        suggestion: what the agent should do instead; empty if nothing.
        input_tokens: tokens read, 0 for a critic that is no language model.
        output_tokens: tokens written, 0 for a critic that is no language model.
        parse: how reading the answer went. ``"ok"``: it was no text to be read. Of a language
            model's: a word of :data:`lfm.critics.reading.base.How`, or why there is no answer, as
            a word of :data:`lfm.chat.base.FailureKind`, a colon and the reason.
        answer: the raw answer.
    """

    window_id: str
    trajectory_id: str
    steps: tuple[StepFeedback, ...]
    summary: str
    suggestion: str
    input_tokens: int
    output_tokens: int
    parse: str
    answer: str


def unfollowed(count: int) -> None:
    """Nobody follows how far a critic is."""


class Critic(Protocol):
    """Reads windows of episodes and says which steps were productive, and why."""

    name: str
    privileged: bool

    def critique(
        self, windows: Sequence[Window], advance: Advance = unfollowed
    ) -> list[WindowFeedback]:
        """Feedback for each window, in order; an unreadable answer is stored, never guessed.

        Args:
            windows: of any episodes, in any order.
            advance: told as windows have been read.
        """
        ...

    def close(self) -> None:
        """Let go of what it needed, such as a simulator; no more is asked of it."""
        ...
