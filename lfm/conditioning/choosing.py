"""How feedback conditioning chooses the best of several texts."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from string import Template

from lfm.chat.base import Answer, ChatModel, Message, Request, Sampling
from lfm.critics.reading.words import aloud
from lfm.refining.base import Candidates, Scores
from lfm.refining.verifying import Verifier
from policies.writing.base import Turn, Writer

_NUMBER = re.compile(r"[0-9]+")


class First:
    """Takes the first text: no choice at all, however many were written."""

    name = "none"
    privileged = False
    least = -math.inf

    def scores(self, candidates: Sequence[Candidates]) -> list[list[Scores]]:
        """The later, the less."""
        return [[{self.name: -float(at)} for at in range(len(each.texts))] for each in candidates]


def asked_which(question: str, candidates: Candidates) -> str:
    """The question which of the texts is best, with a number for each.

    Args:
        question: with ``$instruction`` and ``$candidates``.
        candidates: to choose among.
    """
    numbered = "\n\n".join(f"{at}. {text}" for at, text in enumerate(candidates.texts, start=1))
    instruction = candidates.asked.trajectory.instruction
    return Template(question).substitute(instruction=instruction, candidates=numbered)


class StudentChoice:
    """Asks who wrote them which text is best: the number that it finds likeliest.

    Args:
        writer: who is asked.
        question: see :func:`asked_which`.
    """

    name = "student_choice"
    least = -math.inf

    def __init__(self, writer: Writer, question: str) -> None:
        self.privileged = writer.privileged
        self._writer = writer
        self._question = question

    def scores(self, candidates: Sequence[Candidates]) -> list[list[Scores]]:
        """Log-probabilities of the numbers as answers."""
        asked = [
            [Turn(role="user", content=asked_which(self._question, each))]
            for each in candidates
            for _ in each.texts
        ]
        numbers = [str(at) for each in candidates for at in range(1, len(each.texts) + 1)]
        found = iter(self._writer.log_probability(asked, numbers))
        return [[{self.name: next(found)} for _ in each.texts] for each in candidates]


class TeacherChoice:
    """Asks a chat model which text is best; where it names none, none is imitated.

    Args:
        model: who is asked.
        question: see :func:`asked_which`.
        prompt: name and version of the question.
        purpose: what for, in the model's ledger.
        sampling: how answers are drawn.
    """

    name = "teacher_choice"
    privileged = False
    least = 1.0

    def __init__(
        self, model: ChatModel, question: str, prompt: str, purpose: str, sampling: Sampling
    ) -> None:
        self._model = model
        self._question = question
        self._prompt = prompt
        self._purpose = purpose
        self._sampling = sampling

    def scores(self, candidates: Sequence[Candidates]) -> list[list[Scores]]:
        """1 for the text that was named, otherwise 0."""
        requests = [
            Request(
                (Message("user", asked_which(self._question, each)),),
                self._prompt,
                self._sampling.max_tokens,
                self._sampling.temperature,
                seed=self._sampling.seed,
            )
            for each in candidates
        ]
        named: dict[int, int] = {}
        for at, said in self._model.ask(requests, self._purpose):
            if isinstance(said, Answer) and (number := last_number(said.text)):
                named[at] = number
        return [
            [{self.name: float(named.get(at) == number)} for number in range(1, len(of.texts) + 1)]
            for at, of in enumerate(candidates)
        ]


def last_number(text: str) -> int | None:
    """The last number in an answer, after any thinking aloud; None if there is none.

    Example:
        >>> last_number("1 is good, but I choose 2."), last_number("neither")
        (2, None)
    """
    found = _NUMBER.findall(aloud(text)[0])
    return int(found[-1]) if found else None


class KnownBest:
    """The choice of a teacher who knows the right answer: the text with the highest score."""

    name = "teacher_choice"
    privileged = True
    least = -math.inf

    def __init__(self, verifier: Verifier) -> None:
        self._verifier = verifier

    def scores(self, candidates: Sequence[Candidates]) -> list[list[Scores]]:
        """What each text is worth."""
        return [
            [
                {self.name: self._verifier.verdict(each.asked.trajectory, text).score}
                for text in each.texts
            ]
            for each in candidates
        ]
