"""Root finding: any root of a polynomial with integer roots."""

from __future__ import annotations

import random
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from envs.answers.games.numbers import NUMBER
from envs.answers.question import Form, LineQuestion


@dataclass(frozen=True)
class Roots(LineQuestion):
    """A polynomial.

    Attributes:
        coefficients: from the constant term on.
    """

    coefficients: tuple[int, ...]

    @property
    def form(self) -> Form:
        """A number."""
        return Form("-3", NUMBER)

    def score(self, answer: str) -> float:
        """1 for any root."""
        return float(self.value(Fraction(answer)) == 0)

    def value(self, x: Fraction) -> Fraction:
        """The polynomial at a place."""
        return sum(
            (factor * x**power for power, factor in enumerate(self.coefficients)), Fraction()
        )

    def hint(self, answer: str) -> str:
        """Its value there, and an interval in which its sign changes, if there is one."""
        said = f"At {answer} the polynomial is {float(self.value(Fraction(answer))):g}, not 0."
        places = range(-11, 12, 2)  # odd ones at both ends, as all roots are within 10 of 0
        for left, right in pairwise(places):
            if self.value(Fraction(left)) * self.value(Fraction(right)) < 0:
                return f"{said} It changes its sign between {left} and {right}."
        return said


def expanded(roots: list[int], lead: int) -> tuple[int, ...]:
    """The coefficients of lead * (x - r1) * (x - r2) ..., from the constant term on.

    Example:
        >>> expanded([1, 2], 3)
        (6, -9, 3)
    """
    found = [lead]
    for root in roots:
        shifted = [0, *found]
        found = [high - root * low for high, low in zip(shifted, [*found, 0], strict=True)]
    return tuple(found)


def make(draw: random.Random, task_id: str) -> Roots:
    """A polynomial of degree one to three."""
    roots = [draw.randint(-10, 10) for _ in range(draw.randint(1, 3))]
    lead = draw.choice([-3, -2, -1, 1, 2, 3])
    coefficients = expanded(roots, lead)
    terms = [
        f"{factor} * x^{power}" if power > 1 else f"{factor} * x" if power else str(factor)
        for power, factor in reversed(list(enumerate(coefficients)))
        if factor
    ]
    text = f"Find a root of this polynomial; any one will do.\n{' + '.join(terms)}"
    return Roots(task_id, "roots", text, str(roots[0]), coefficients)
