"""What is refined, and what was written in its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from envs.record import Trajectory
from policies.writing.base import Conversation, Retry, conversation_at


class Asked(NamedTuple):
    """An answer that is to be written anew.

    Attributes:
        trajectory: the episode.
        step: which step of it has the answer, from 1.
        feedback: what was said of it, for who shall know; None for who is told nothing.
        fresh: whether the writer is not even told of the answer.
    """

    trajectory: Trajectory
    step: int
    feedback: str | None
    fresh: bool = False

    @property
    def answer(self) -> str:
        """What the policy said."""
        return self.trajectory.steps[self.step - 1].action

    @property
    def before(self) -> Conversation:
        """What it had been told then."""
        return conversation_at(self.trajectory, self.step - 1)

    def again(self, retry: Retry) -> Conversation:
        """What the refiner is told."""
        if self.fresh:
            return self.before
        return retry.ask(self.before, self.answer, self.feedback)


@dataclass(frozen=True, slots=True)
class Candidates:
    """What was written in place of an answer.

    Attributes:
        asked: the answer, and what the writer was told of it.
        said: what was said of it, told or not.
        texts: what it wrote.
    """

    asked: Asked
    said: str
    texts: Sequence[str]


Scores = Mapping[str, float]
"""By the name of what was found."""


class Selector(Protocol):
    """Says which of several texts is the best: the one with the highest score.

    Attributes:
        name: under which its scores decide.
        privileged: it uses what an agent could not know.
        least: what scores less than this is not imitated, were it the best.
    """

    name: str
    privileged: bool
    least: float

    def scores(self, candidates: Sequence[Candidates]) -> list[list[Scores]]:
        """What was found of each text, its own name's value among it."""
        ...
