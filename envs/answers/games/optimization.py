"""Optimisation: the smallest x at which a weighted sum of distances is least."""

from __future__ import annotations

import random
from dataclasses import dataclass

from envs.answers.games.numbers import NUMBER
from envs.answers.question import Form, LineQuestion

_TOLERANCE = 0.02
"""Of the solution, as in the original."""


@dataclass(frozen=True)
class Optimization(LineQuestion):
    """A sum of terms c|x - a|.

    Attributes:
        terms: pairs of c and a.
    """

    terms: tuple[tuple[int, int], ...]

    @property
    def form(self) -> Form:
        """A number."""
        return Form("3", NUMBER)

    def score(self, answer: str) -> float:
        """1 within the tolerance."""
        best = float(self.solution)
        return float(abs(float(answer) - best) <= _TOLERANCE * abs(best))

    def value(self, x: float) -> float:
        """The sum at a place."""
        return sum(weight * abs(x - centre) for weight, centre in self.terms)

    def hint(self, answer: str) -> str:
        """Where the sum gets smaller from there."""
        x = float(answer)
        if self.value(x) == self.value(float(self.solution)):
            return "The sum is least there, but not only there: a smaller x is as good."
        side = "right" if float(self.solution) > x else "left"
        return f"At {answer} the sum still gets smaller to the {side}."


def make(draw: random.Random, task_id: str) -> Optimization:
    """A sum of up to five terms with different centres."""
    count = draw.randint(1, 5)
    centres = draw.sample(range(-10, 11), count)
    terms = tuple((draw.randint(1, 9), centre) for centre in centres)
    best = weighted_median(terms)
    written = " + ".join(f"{weight} * |x - ({centre})|" for weight, centre in terms)
    text = (
        "Find the x at which this sum is least; if there are several, the smallest of them. "
        f"|x| is the absolute value.\n{written}"
    )
    return Optimization(task_id, "optimization", text, str(best), terms)


def weighted_median(terms: tuple[tuple[int, int], ...]) -> int:
    """The smallest x at which the sum of c|x - a| is least.

    Example:
        >>> weighted_median(((1, 0), (1, 4))), weighted_median(((1, 0), (3, 4)))
        (0, 4)
    """
    half = sum(weight for weight, _ in terms) / 2
    reached = 0
    for weight, centre in sorted(terms, key=lambda term: term[1]):
        reached += weight
        if reached >= half:
            return centre
    raise ValueError("there are no terms")
