"""How well wrong answers are found: the error identification of feedback conditioning."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Identification:
    """Answers by what was said of them and what is true, pooled over all.

    A wrong answer is what is looked for: an answer called wrong that is wrong is a hit. This is the
    reading with which the table of "Learning through conditioning on natural language feedback"
    fits the students' error rates.

    Attributes:
        hits: wrong ones called wrong.
        false_alarms: right ones called wrong.
        misses: wrong ones called right.
        passes: right ones called right.
    """

    hits: int
    false_alarms: int
    misses: int
    passes: int

    @classmethod
    def of(cls, pairs: Iterable[tuple[bool, bool]]) -> Identification:
        """Count answers, each as whether it was called right and whether it is."""
        found = list(pairs)
        return cls(
            hits=found.count((False, False)),
            false_alarms=found.count((False, True)),
            misses=found.count((True, False)),
            passes=found.count((True, True)),
        )

    @property
    def recall(self) -> float:
        """Part of the wrong answers that are called wrong; 0 of none."""
        return _part(self.hits, self.hits + self.misses)

    @property
    def precision(self) -> float:
        """Part of the answers called wrong that are; 0 of none."""
        return _part(self.hits, self.hits + self.false_alarms)

    @property
    def f1(self) -> float:
        """The harmonic mean of both."""
        return _part(2 * self.hits, 2 * self.hits + self.false_alarms + self.misses)

    @property
    def accuracy(self) -> float:
        """Part of all answers that are called what they are; 0 of none."""
        answers = self.hits + self.false_alarms + self.misses + self.passes
        return _part(self.hits + self.passes, answers)

    def as_dict(self) -> dict[str, float]:
        """Counts and rates."""
        rates = ("recall", "precision", "f1", "accuracy")
        return {**asdict(self), **{name: getattr(self, name) for name in rates}}


def _part(some: int, of: int) -> float:
    return some / of if of else 0.0
