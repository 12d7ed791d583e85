"""The ledger: every call to a chat model, what it was for, and what it cost.

It is the table ``calls`` of :mod:`lfm.chat.database`. A row says how a call ended: ``answered``;
``kept``, when an earlier answer served; ``broken``, when a response came that nobody can read,
which may have been paid for; ``failed``, when no response came or the server refused.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from lfm.chat.base import Usage
from lfm.chat.cache import Ticket
from lfm.chat.database import Database
from lfm.chat.prices import Prices

Outcome = Literal["answered", "kept", "broken", "failed"]
"""How a call ended."""

_NEW_REQUEST = "INSERT OR IGNORE INTO requests (key, request) VALUES (?, ?)"
_NEW_CALL = (
    "INSERT INTO calls (key, run, purpose, model, outcome, began, seconds, input_tokens, "
    "output_tokens, cost, response) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


@dataclass(frozen=True, slots=True)
class Entry:
    """How a call ended.

    Attributes:
        outcome: in one word.
        usage: tokens it used, as far as known.
        seconds: how long it took.
        response: the body as it came, or what went wrong.
    """

    outcome: Outcome
    usage: Usage
    seconds: float
    response: str


class Spent(NamedTuple):
    """What was used for one purpose, or in all."""

    purpose: str
    answered: int
    """Calls with an answer, each of them paid for."""
    kept: int
    """Answers that were there already and cost nothing."""
    broken: int
    """Responses that nobody could read; they may have been paid for."""
    failed: int
    """Calls without a response, or refused."""
    input_tokens: int
    """Read, in answered and broken calls."""
    output_tokens: int
    """Written, in answered and broken calls."""
    cost: float
    """In the currency of the prices; broken calls count as if paid for."""
    seconds: float
    """Of all calls together; calls at the same time count each."""

    @property
    def paid(self) -> int:
        """Calls that may have been paid for."""
        return self.answered + self.broken


class Ledger:
    """The ledger of one run.

    Args:
        database: where it is kept.
        run: which run, the same when the run is gone on with.
        model: whose calls.
        prices: what they cost.
    """

    def __init__(self, database: Database, run: str, model: str, prices: Prices) -> None:
        self._database = database
        self._run = run
        self._model = model
        self._prices = prices

    def enter(self, purpose: str, entries: Mapping[Ticket, Entry]) -> None:
        """Write down calls, with their responses; they are on disk when this returns."""
        self._database.write(
            (_NEW_REQUEST, [(ticket.key, ticket.text) for ticket in entries]),
            (_NEW_CALL, [self._row(purpose, *item) for item in entries.items()]),
        )

    def _row(self, purpose: str, ticket: Ticket, entry: Entry) -> tuple[Any, ...]:
        read, written = entry.usage.input_tokens, entry.usage.output_tokens
        return (
            *(ticket.key, self._run, purpose, self._model, entry.outcome),
            *(time.time() - entry.seconds, entry.seconds),
            *(read, written, self._prices.cost(read, written), entry.response),
        )

    def spent(self, purpose: str | None = None) -> Spent:
        """What this run has used so far, in earlier sessions too.

        Args:
            purpose: for what; None for everything.
        """
        where, values = ("", ()) if purpose is None else (" AND purpose = ?", (purpose,))
        return _spent(self._database, purpose or "all", "run = ?" + where, (self._run, *values))

    def purposes(self) -> list[Spent]:
        """What this run has used for each purpose, in the order of their first calls."""
        found = self._database.rows(
            "SELECT purpose FROM calls WHERE run = ? GROUP BY purpose ORDER BY MIN(id)",
            (self._run,),
        )
        return [self.spent(purpose) for (purpose,) in found]


def _spent(database: Database, name: str, where: str, values: tuple[str, ...]) -> Spent:
    counts = ", ".join(
        f"TOTAL(outcome = '{outcome}')" for outcome in ("answered", "kept", "broken", "failed")
    )
    sums = "TOTAL(input_tokens), TOTAL(output_tokens), TOTAL(cost), TOTAL(seconds)"
    (row,) = database.rows(f"SELECT {counts}, {sums} FROM calls WHERE {where}", values)
    return Spent(name, *map(int, row[:6]), *row[6:])
