"""What a run may still spend on chat models.

A call begins only if the most that it can use still fits; so a budget is not overrun, as far as
the tokens of a question can be told before it is asked. Where they turn out to be more than was
guessed, later guesses grow by as much.
"""

from __future__ import annotations

from dataclasses import dataclass

from lfm.chat.base import Request, Usage
from lfm.chat.prices import Prices
from lfm.chat.tokens import input_tokens


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that a run may use; 0 stands for no limit.

    Attributes:
        tokens: read and written.
        output_tokens: written.
        money: in the currency of the prices.
    """

    tokens: int = 0
    output_tokens: int = 0
    money: float = 0.0


class Budget:
    """Counts what is used, and sets aside what calls in flight may use.

    Args:
        limits: the most there is.
        prices: what tokens cost.
        used: tokens that the run used before.
        paid: what these cost, which is not told by the tokens alone if prices have changed.
    """

    def __init__(self, limits: Limits, prices: Prices, used: Usage, paid: float) -> None:
        self._limits = limits
        self._prices = prices
        self._used = used
        self._paid = paid
        self._held = Usage(0, 0)
        self._growth = 1.0

    @property
    def limited(self) -> bool:
        """Whether anything is limited."""
        return self._limits != Limits()

    def hold(self, request: Request) -> Usage | None:
        """Set aside the most that a call can use.

        Returns:
            What was set aside, to be given to :meth:`release`; None if it does not fit.
        """
        need = Usage(round(input_tokens(request) * self._growth), request.max_tokens)
        held = _sum(self._held, need)
        if self._exceeded(held):
            return None
        self._held = held
        return need

    def spend(self, request: Request, used: Usage) -> None:
        """Count what a call has used."""
        self._used = _sum(self._used, used)
        self._paid += self._prices.cost(used.input_tokens, used.output_tokens)
        self.learn(request, used)

    def learn(self, request: Request, used: Usage) -> None:
        """Guess better from now on, from what a question turned out to be."""
        self._growth = max(self._growth, used.input_tokens / input_tokens(request))

    def release(self, held: Usage) -> None:
        """A call has ended: what was set aside for it is free, except what it spent."""
        self._held = Usage(
            self._held.input_tokens - held.input_tokens,
            self._held.output_tokens - held.output_tokens,
        )

    def __str__(self) -> str:
        """The limits, for people."""
        limits = self._limits
        told = (
            (limits.tokens, "tokens"),
            (limits.output_tokens, "output tokens"),
            (limits.money, "in money"),
        )
        return " and ".join(f"{limit} {what}" for limit, what in told if limit)

    def _exceeded(self, held: Usage) -> bool:
        limits, all_of_it = self._limits, _sum(self._used, held)
        money = self._paid + self._prices.cost(held.input_tokens, held.output_tokens)
        counts = (
            (limits.tokens, all_of_it.input_tokens + all_of_it.output_tokens),
            (limits.output_tokens, all_of_it.output_tokens),
            (limits.money, money),
        )
        return any(limit and count > limit for limit, count in counts)


def _sum(one: Usage, other: Usage) -> Usage:
    return Usage(one.input_tokens + other.input_tokens, one.output_tokens + other.output_tokens)
