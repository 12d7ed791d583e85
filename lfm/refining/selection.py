"""Choosing among texts: a class for each way that needs nothing but them and a writer.

Sources of the operators: ILF (arXiv 2303.16755) and its code, but for likelihood, which is its
family of log-probabilities and feedback conditioning's choice by the student's logits.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from statistics import fmean
from string import Template

from torch import nn

from lfm.refining.base import Candidates, Scores
from lfm.refining.verifying import Verifier
from policies.writing.base import Retry, Turn, Writer


class Instruct:
    """Asks a writer whether the feedback was followed, in several ways (ILF's InstructRM ensemble).

    A text's score for one way of asking is the probability of the answer yes, among it and no; the
    ensemble's is the mean.

    Args:
        judge: who is asked.
        questions: ways of asking; ``$instruction``, ``$answer``, ``$feedback`` and ``$refinement``
            stand for the words themselves.
        answers: for each, the answer that means yes and the one that means no, with a blank
            between.
    """

    name = "instruct"
    least = -math.inf

    def __init__(self, judge: Writer, questions: Sequence[str], answers: Sequence[str]) -> None:
        self.privileged = judge.privileged
        self._judge = judge
        pairs = zip(questions, map(str.split, answers), strict=True)
        self._ways = [(Template(question), yes, no) for question, (yes, no) in pairs]

    def scores(self, candidates: Sequence[Candidates]) -> list[list[Scores]]:
        """The probability of yes by each way of asking, and their mean."""
        asked = [(each, text) for each in candidates for text in each.texts]
        ways = [self._probabilities(asked, *way) for way in self._ways]
        found = (
            {f"{self.name}{number}": value for number, value in enumerate(values, start=1)}
            | {self.name: fmean(values)}
            for values in zip(*ways, strict=True)
        )
        return [[next(found) for _ in each.texts] for each in candidates]

    def _probabilities(
        self, asked: Sequence[tuple[Candidates, str]], question: Template, yes: str, no: str
    ) -> list[float]:
        conversations = [
            [
                Turn(
                    role="user",
                    content=question.substitute(
                        instruction=each.asked.trajectory.instruction,
                        answer=each.asked.answer,
                        feedback=each.said,
                        refinement=text,
                    ),
                )
            ]
            for each, text in asked
        ]
        positive, negative = (
            self._judge.log_probability(conversations, [word] * len(asked)) for word in (yes, no)
        )
        return list(map(_share, positive, negative))


def _share(positive: float, negative: float) -> float:
    """p+ / (p+ + p-) of two log-probabilities, where both may be tiny."""
    return 1 / (1 + math.exp(min(negative - positive, 700)))


class Likelihood:
    """How likely the refiner finds its text, having been told what it was told."""

    name = "likelihood"
    least = -math.inf

    def __init__(self, refiner: Writer, retry: Retry) -> None:
        self.privileged = refiner.privileged
        self._refiner = refiner
        self._retry = retry

    def scores(self, candidates: Sequence[Candidates]) -> list[list[Scores]]:
        """Log-probabilities."""
        told = [each.asked.again(self._retry) for each in candidates for _ in each.texts]
        texts = [text for each in candidates for text in each.texts]
        found = iter(self._refiner.log_probability(told, texts))
        return [[{self.name: next(found)} for _ in each.texts] for each in candidates]


class Similarity:
    """The cosine between the feedback and the text, as the refiner's embeddings of them."""

    name = "similarity"
    least = -math.inf

    def __init__(self, refiner: Writer) -> None:
        self.privileged = refiner.privileged
        self._refiner = refiner

    def scores(self, candidates: Sequence[Candidates]) -> list[list[Scores]]:
        """Cosines, -1 to 1."""
        feedback = [each.said for each in candidates for _ in each.texts]
        texts = [text for each in candidates for text in each.texts]
        embedded = (self._refiner.embed(feedback), self._refiner.embed(texts))
        found = iter(nn.functional.cosine_similarity(*embedded).tolist())
        return [[{self.name: next(found)} for _ in each.texts] for each in candidates]


class Longest:
    """The number of characters: the control that good judges have to beat."""

    name = "longest"
    privileged = False
    least = -math.inf

    def scores(self, candidates: Sequence[Candidates]) -> list[list[Scores]]:
        """Lengths."""
        return [[{self.name: float(len(text))} for text in each.texts] for each in candidates]


class Random:
    """Any of them."""

    name = "random"
    privileged = False
    least = -math.inf

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def scores(self, candidates: Sequence[Candidates]) -> list[list[Scores]]:
        """Random numbers, 0 to 1."""
        draw = random.Random(self._seed)
        return [[{self.name: draw.random()} for _ in each.texts] for each in candidates]


class Verified:
    """Whether the text is right; of those that are, the first. Wrong ones are not imitated.

    Without feedback this is expert iteration; in ILF for code, tests verify.
    """

    name = "verify"
    privileged = True
    least = 1.0

    def __init__(self, verifier: Verifier) -> None:
        self._verifier = verifier

    def scores(self, candidates: Sequence[Candidates]) -> list[list[Scores]]:
        """1 for what is right, otherwise 0."""
        return [
            [
                {self.name: float(self._verifier.verdict(each.asked.trajectory, text).success)}
                for text in each.texts
            ]
            for each in candidates
        ]
