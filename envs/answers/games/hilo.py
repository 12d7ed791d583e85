"""Hi-Lo: guess a number from 1 to 100 in seven tries, told whether it is higher or lower."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from envs.answers.games.numbers import INTEGER
from envs.answers.question import Form, LineQuestion

LOWEST, HIGHEST = 1, 100


@dataclass(frozen=True)
class HiLo(LineQuestion):
    """A number to be guessed; an answer that cannot be read costs a try as well."""

    turns = 7

    @property
    def form(self) -> Form:
        """A number."""
        return Form("17", INTEGER)

    def score(self, answer: str) -> float:
        """1 for the number."""
        return float(int(answer) == int(self.solution))

    def reply(self, answer: str | None) -> str:
        """Higher or lower, which belongs to the game."""
        return "" if answer is None else self.hint(answer)

    def hint(self, answer: str) -> str:
        """Higher or lower."""
        side = "higher" if int(self.solution) > int(answer) else "lower"
        return f"The number is {side} than {int(answer)}."

    def measured(self, answers: Sequence[str | None]) -> dict[str, float]:
        """How far off the closest guess was, which BIG-bench scores; all there is if none was read.

        Source: ``high_low_game`` of google/BIG-bench, whose score is the negative mean of this.
        """
        errors = [abs(int(self.solution) - int(each)) for each in answers if each is not None]
        return {"hilo_error": float(min(errors, default=HIGHEST - LOWEST))}

    def expert(self, answers: Sequence[str | None]) -> str:
        """The middle of what is left, which needs nothing but the replies."""
        low, high = LOWEST, HIGHEST
        for guess in (int(answer) for answer in answers if answer is not None):
            low = max(low, guess + 1) if int(self.solution) > guess else low
            high = min(high, guess - 1) if int(self.solution) < guess else high
        return str((low + high) // 2)


def make(draw: random.Random, task_id: str) -> HiLo:
    """Any of the numbers."""
    text = (
        f"I think of a whole number from {LOWEST} to {HIGHEST}. You have {HiLo.turns} guesses; "
        "after each I tell you whether the number is higher or lower."
    )
    return HiLo(task_id, "hilo", text, str(draw.randint(LOWEST, HIGHEST)))
