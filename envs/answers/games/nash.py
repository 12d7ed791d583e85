"""Nash: does a game of two players with two moves each have a pure equilibrium, and which?"""

from __future__ import annotations

import random
from dataclasses import dataclass
from itertools import product

from envs.answers.question import Form, LineQuestion

_NONE = "none"
_CELLS = tuple(product((0, 1), (0, 1)))

Payoffs = tuple[tuple[tuple[int, int], tuple[int, int]], tuple[tuple[int, int], tuple[int, int]]]


def equilibria(payoffs: Payoffs) -> list[tuple[int, int]]:
    """The pairs of row and column, from 0, from which neither player gains by moving alone.

    Example:
        >>> equilibria((((3, 3), (0, 5)), ((5, 0), (1, 1))))
        [(1, 1)]
    """
    return [cell for cell in _CELLS if _gain(payoffs, cell) is None]


def _gain(payoffs: Payoffs, cell: tuple[int, int]) -> str | None:
    """Who gains by moving alone from a cell; None if nobody does."""
    row, column = cell
    if payoffs[1 - row][column][0] > payoffs[row][column][0]:
        return f"From there the row player gains by changing to row {2 - row}."
    if payoffs[row][1 - column][1] > payoffs[row][column][1]:
        return f"From there the column player gains by changing to column {2 - column}."
    return None


@dataclass(frozen=True)
class Nash(LineQuestion):
    """A game.

    Attributes:
        payoffs: by row and column, what the row player and the column player get.
    """

    payoffs: Payoffs

    @property
    def form(self) -> Form:
        """A cell, or none."""
        return Form("(1, 2)", r"\(? *[12] *, *[12] *\)?|(?i:none)")

    def score(self, answer: str) -> float:
        """1 for any equilibrium, or for none where there is none."""
        found, cell = equilibria(self.payoffs), _cell(answer)
        return float(cell in found if cell else not found)

    def hint(self, answer: str) -> str:
        """Who would move from there, or that there is an equilibrium."""
        cell = _cell(answer)
        return "There is one." if cell is None else _gain(self.payoffs, cell) or ""


def _cell(answer: str) -> tuple[int, int] | None:
    if answer.lower() == _NONE:
        return None
    row, column = (int(sign) - 1 for sign in answer if sign in "12")
    return row, column


def make(draw: random.Random, task_id: str) -> Nash:
    """A game; half of them have an equilibrium."""
    wanted = draw.random() < 0.5
    while True:
        pay = [(draw.randint(-9, 9), draw.randint(-9, 9)) for _ in _CELLS]
        payoffs = ((pay[0], pay[1]), (pay[2], pay[3]))
        found = equilibria(payoffs)
        if bool(found) == wanted:
            break
    table = "\n".join(
        f"row {row + 1}, column {column + 1}: the row player gets {payoffs[row][column][0]}, the "
        f"column player {payoffs[row][column][1]}"
        for row, column in _CELLS
    )
    text = (
        "Two players choose at the same time, one a row and the other a column. Is there a pair of "
        "choices from which neither would gain by changing alone (a pure Nash equilibrium)? Name "
        f"one as (row, column), or say none.\n{table}"
    )
    solution = f"({found[0][0] + 1}, {found[0][1] + 1})" if found else _NONE
    return Nash(task_id, "nash", text, solution, payoffs)
