"""What tokens cost."""

from __future__ import annotations

from dataclasses import dataclass

_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Prices:
    """Prices of a million tokens, in one currency.

    Attributes:
        read: of tokens read.
        written: of tokens written.
    """

    read: float = 0.0
    written: float = 0.0

    def cost(self, input_tokens: int, output_tokens: int) -> float:
        """What so many tokens cost.

        Example:
            >>> Prices(read=2.0, written=8.0).cost(500_000, 250_000)
            3.0
        """
        return (self.read * input_tokens + self.written * output_tokens) / _MILLION
