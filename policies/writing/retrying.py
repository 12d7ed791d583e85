"""A writer that is told what was said of its answer, and answers once more: feedback at test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from policies.base import Choice, Session, Start
from policies.writing.base import Retry, Turn, said
from policies.writing.policy import WriterPolicy


class Before(NamedTuple):
    """A first answer, and what was said of it.

    Attributes:
        answer: the text.
        feedback: what was said; None if the answer stands.
    """

    answer: str
    feedback: str | None


class RetryingPolicy:
    """Answers a second time where it was told to; elsewhere its first answer stands.

    Args:
        writer: who answers.
        retry: how it is asked again.
        first: its first answers and what was said of them, by instruction and seed of the episode.
        privileged: whether that used what an agent could not know.
    """

    def __init__(
        self,
        writer: WriterPolicy,
        retry: Retry,
        first: Mapping[tuple[str, int], Before],
        *,
        privileged: bool,
    ) -> None:
        self.name = writer.name
        self.privileged = writer.privileged or privileged
        self._writer = writer
        self._retry = retry
        self._first = first

    def begin(self, starts: Sequence[Start]) -> Session:
        """Begin a batch of episodes, each with what was said and done before."""
        session: Session = self._writer.begin(starts)
        standing: dict[int, str] = {}
        for row, start in enumerate(starts):
            before = self._first.get((start.instruction, start.seed))
            if before is None:
                continue
            if before.feedback is None:
                standing[row] = before.answer
                continue
            told = [Turn(role="user", content=said(start.instruction, start.first_observation))]
            asked = self._retry.ask(told, before.answer, before.feedback)[-1]["content"]
            session.observe([row], [before.answer], [asked])
        return _Session(session, standing)


class _Session:
    """Episodes in some of which the answer is known.

    Args:
        session: of the writer.
        standing: by row, the first answer where it stands.
    """

    def __init__(self, session: Session, standing: Mapping[int, str]) -> None:
        self._session = session
        self._standing = dict(standing)

    def choose(self, rows: Sequence[int], admissible: Sequence[Sequence[str]]) -> list[Choice]:
        """The answers that stand, and new ones."""
        found = {
            row: Choice(self._standing.pop(row), None) for row in rows if row in self._standing
        }
        at = [number for number, row in enumerate(rows) if row not in found]
        asked = [rows[number] for number in at]
        if asked:
            choices = self._session.choose(asked, [admissible[number] for number in at])
            found |= dict(zip(asked, choices, strict=True))
        return [found[row] for row in rows]

    def observe(
        self, rows: Sequence[int], actions: Sequence[str], observations: Sequence[str]
    ) -> None:
        """Tell what was answered and what came of it."""
        self._session.observe(rows, actions, observations)
