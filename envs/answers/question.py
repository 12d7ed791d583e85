"""What a text task is: a question, how an answer is read and checked, and what is said of it.

A question knows no environment and no policy, so that a recipe can verify a thousand answers to it
without playing an episode for each.
"""

from __future__ import annotations

import random
import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import ClassVar, NamedTuple

from envs.errors import UserError

_MARK = "Answer:"
_LINE = re.compile(r"^[ \t>*_#-]*answer[ \t*_]*:[ \t*_]*(.*)$", re.IGNORECASE | re.MULTILINE)
_DRESS = " \t*_`\"'"


class Level(Enum):
    """How much of what a student cannot know is in the feedback on an answer.

    ``format`` reads the answer alone; all others know the solution, and are privileged.
    """

    format = "format"
    """Whether an answer could be read, and how it is written."""
    verdict = "verdict"
    """Whether it is right, besides."""
    hint = "hint"
    """What is wrong with it, besides; not what is right."""
    answer = "answer"
    """The right answer, besides: the papers' lazy teacher."""


class Feedback(NamedTuple):
    """What is said of an answer, and how much was known for it."""

    text: str
    level: Level

    @property
    def privileged(self) -> bool:
        """Whether it used what a student cannot know."""
        return self.level is not Level.format


class Verdict(NamedTuple):
    """What an answer is worth.

    Attributes:
        answer: what was read in the text; None if there is no answer in it.
        score: 0 to 1.
        success: whether the answer is right, as far as that can be decided.
    """

    answer: str | None
    score: float
    success: bool

    @property
    def match(self) -> bool:
        """Whether an answer could be read: the papers' match with the regular expression."""
        return self.answer is not None


UNANSWERED = Verdict(None, 0.0, False)


@dataclass(frozen=True)
class Form:
    """How an answer has to be written, on a line ``Answer: ...`` of which the last one counts.

    Attributes:
        example: an answer as it may look.
        pattern: what the answer has to match as a whole; where it has a group, the first one is
            what is read.
    """

    example: str
    pattern: str

    def asked(self, text: str) -> str:
        """The text of a task, with how its answer is to be written."""
        return (
            f"{text}\n\nEnd with your answer on a line of its own, as in:\n{_MARK} {self.example}"
        )

    def read(self, text: str) -> str | None:
        r"""The answer in a text; None if there is none, or it is not written so.

        Example:
            >>> Form("(A)", r"\(?([A-Z])\)?").read("**Answer:** (B).")
            'B'
            >>> Form("12", r"-?[0-9]+").read("Answer: twelve") is None
            True
        """
        lines = _LINE.findall(text)
        if not lines:
            return None
        said = lines[-1].strip(_DRESS)
        # A full stop may be the sentence's, or part of the answer.
        found = re.fullmatch(self.pattern, said) or re.fullmatch(
            self.pattern, said.removesuffix(".").strip(_DRESS)
        )
        if found is None:
            return None
        return found[1] if found.re.groups else found[0]


@dataclass(frozen=True)
class Question(ABC):
    """A task that is answered in text.

    Attributes:
        task_id: stable name, unique within its split.
        task_type: what results are told apart by.
        text: the task.
        solution: the right answer, or the best that is known. Privileged.
    """

    task_id: str
    task_type: str
    text: str
    solution: str

    turns: ClassVar[int] = 1
    """Answers after which an episode is over, if none was right before."""

    @property
    @abstractmethod
    def instruction(self) -> str:
        """All that an agent is told."""

    @abstractmethod
    def extract(self, text: str) -> str | None:
        """The answer in a text; None if there is none that can be read."""

    @abstractmethod
    def worded(self, answer: str) -> str:
        """A text in which :meth:`extract` finds this answer."""

    @abstractmethod
    def unread(self) -> str:
        """What is said of a text without an answer."""

    def expert(self, answers: Sequence[str | None]) -> str:
        """What one who knows would answer, after these answers of the same episode."""
        return self.solution

    def score(self, answer: str) -> float:
        """What an answer that could be read is worth, 0 to 1."""
        return float(answer == self.solution)

    def hint(self, answer: str) -> str:
        """What is wrong with an answer that is not right; nothing where that is all to be said."""
        return ""

    def reply(self, answer: str | None) -> str:
        """What the agent sees after an answer that was not its last."""
        return ""

    def verify(self, text: str) -> Verdict:
        """Read and check the answer in a text."""
        answer = self.extract(text)
        score = 0.0 if answer is None else self.score(answer)
        return Verdict(answer, score, self.succeeds(score))

    def succeeds(self, score: float) -> bool:
        """Whether a score means that the answer is right."""
        return score == 1.0

    def feedback(self, text: str, level: Level) -> Feedback:
        """What is to be said of a text, knowing no more than ``level`` allows."""
        verdict = self.verify(text)
        parts: list[str] = []
        if verdict.answer is None:
            parts.append(self.unread())
        if level is Level.format:
            parts = parts or ["Your answer can be read."]
        elif verdict.success:
            parts.append("Your answer is correct.")
        elif verdict.answer is not None:
            parts.append(self.judged(verdict))
            if level in (Level.hint, Level.answer):
                parts.append(self.hint(verdict.answer))
        if level is Level.answer and not verdict.success:
            parts.append(f"The correct answer is: {self.solution}")
        return Feedback(" ".join(filter(None, parts)), level)

    def measured(self, answers: Sequence[str | None]) -> dict[str, float]:
        """What else is published of an episode's answers, besides match and score."""
        return {}

    def misjudged(self, text: str, level: Level, draw: random.Random) -> str:
        """What one says of a text who errs about whether it is right, or can be read.

        Args:
            text: with an answer.
            level: as for :meth:`feedback`.
            draw: of what else there may be to choose.
        """
        verdict = self.verify(text)
        if level is Level.format:
            return self.unread() if verdict.match else "Your answer can be read."
        return "Your answer is not correct." if verdict.success else "Your answer is correct."

    def judged(self, verdict: Verdict) -> str:
        """What is said of an answer that is not right, without saying why."""
        return "Your answer is not correct."


class LineQuestion(Question):
    """A question whose answer is a line, written in a form that the agent is told."""

    @property
    @abstractmethod
    def form(self) -> Form:
        """How an answer has to be written."""

    @property
    def instruction(self) -> str:
        """The task, and how its answer is to be written."""
        return self.form.asked(self.text)

    def extract(self, text: str) -> str | None:
        """What stands on the last line of this form."""
        return self.form.read(text)

    def worded(self, answer: str) -> str:
        """The line with an answer."""
        return f"{_MARK} {answer}"

    def unread(self) -> str:
        """How an answer is written."""
        return (
            f"No answer could be read: write it on a line of its own, as in '{_MARK} "
            f"{self.form.example}'."
        )


def evenly(found: Sequence[Question], games: int) -> dict[str, Question]:
    """So many questions by their ids, spread evenly; all of them for 0.

    Raises:
        UserError: the number is negative.
    """
    if games < 0:
        raise UserError(f"games={games}: say how many tasks to use, or 0 for all.")
    count = min(games, len(found)) or len(found)
    chosen = [found[number * len(found) // count] for number in range(count)]
    return {each.task_id: each for each in chosen}


def chosen_tasks(tasks: Sequence[str], known: Sequence[str]) -> tuple[str, ...]:
    """The named ones of the known task types, in their order; all if none is named.

    Raises:
        UserError: one is not known.
    """
    if unknown := [each for each in tasks if each not in known]:
        raise UserError(f"tasks: {unknown[0]!r} is not known; choose among {', '.join(known)}.")
    return tuple(each for each in known if each in tasks) or tuple(known)
