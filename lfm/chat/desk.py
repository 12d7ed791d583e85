"""The desk: where requests are handed in, answers are kept, and spending is counted.

Every chat model stands behind it, so that none is asked twice, none overruns a budget, and what
any of them says is on disk before anybody reads it.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Protocol

from lfm.chat.account import note
from lfm.chat.base import Answer, Estimate, Failure, Request, Usage
from lfm.chat.budget import Budget, Limits
from lfm.chat.cache import Ticket, kept_answers, ticket
from lfm.chat.database import Database
from lfm.chat.ledger import Entry, Ledger
from lfm.chat.prices import Prices
from lfm.chat.response import BrokenResponseError, read_response
from lfm.chat.tokens import FEWEST_BYTES_PER_TOKEN, guessed_tokens, input_tokens

Outcome = tuple[Ticket, Answer | Failure]
"""A request, and its answer or why there is none."""

_KEPT = Entry("kept", Usage(0, 0), 0.0, "")


class Till:
    """Where an engine hands in what it got, and asks whether it may go on.

    Args:
        ledger: where calls are written down.
        budget: what may be spent.
        purpose: what the calls are for.
    """

    def __init__(self, ledger: Ledger, budget: Budget, purpose: str) -> None:
        self._ledger = ledger
        self._budget = budget
        self._purpose = purpose

    @property
    def limited(self) -> bool:
        """Whether there is a budget at all."""
        return self._budget.limited

    def hold(self, ticket: Ticket) -> Usage | None:
        """Set aside the most that a call can use; None if the budget does not allow it."""
        return self._budget.hold(ticket.request)

    def release(self, held: Usage) -> None:
        """Give back what was set aside; the call has ended."""
        self._budget.release(held)

    def unasked(self) -> Failure:
        """Why a request is not asked when nothing fits any more."""
        return Failure("unasked", f"the budget of {self._budget} is used up")

    def keep(self, ticket: Ticket, body: str, seconds: float) -> Answer:
        """Write down a response; it is on disk when this returns.

        Args:
            ticket: what was asked.
            body: the response as it came.
            seconds: how long it took.

        Raises:
            BrokenResponseError: if there is no answer in it; it is kept, and counted as if it had
                been paid for and as long as it could be.
        """
        request = ticket.request
        try:
            answer = read_response(body, request, seconds)
        except BrokenResponseError:
            written = min(request.max_tokens, guessed_tokens(body))
            used = Usage(input_tokens(request), written)
            self._budget.spend(request, used)
            self._enter(ticket, Entry("broken", used, seconds, body))
            raise
        self._budget.spend(request, answer.usage)
        self._enter(ticket, Entry("answered", answer.usage, seconds, body))
        return answer

    def fail(self, ticket: Ticket, reason: str, seconds: float) -> None:
        """Write down a call that brought no response."""
        self._enter(ticket, Entry("failed", Usage(0, 0), seconds, reason))

    def _enter(self, ticket: Ticket, entry: Entry) -> None:
        self._ledger.enter(self._purpose, {ticket: entry})


class Engine(Protocol):
    """What makes answers; knows no cache and no budget.

    Attributes:
        name: the model's name, for people and in what answers are kept under.
        parameters: what else an answer depends on.
    """

    name: str
    parameters: Mapping[str, Any]

    def answers(self, tickets: Sequence[Ticket], till: Till) -> Generator[Outcome]:
        """Answer every ticket, in any order; see :meth:`lfm.chat.base.ChatModel.ask`."""
        ...

    def close(self) -> None:
        """Let go of what it needs."""
        ...


class Desk:
    """A chat model with a memory and a purse.

    Args:
        engine: who answers.
        database: what is kept; closed with the desk.
        run: name of the run in the ledger; the same when the run is gone on with.
        prices: what tokens cost.
        limits: what the run may use.
        account: file that gets what the run has spent, when the desk is closed; None for none.
    """

    def __init__(
        self,
        engine: Engine,
        database: Database,
        run: str,
        prices: Prices | None = None,
        limits: Limits | None = None,
        account: Path | None = None,
    ) -> None:
        self.name = engine.name
        self._engine = engine
        self._database = database
        self._prices = prices or Prices()
        self._limits = limits or Limits()
        self._account = account
        self.ledger = Ledger(database, run, engine.name, self._prices)

    def ask(
        self, requests: Sequence[Request], purpose: str
    ) -> Iterator[tuple[int, Answer | Failure]]:
        """Answer requests; see :meth:`lfm.chat.base.ChatModel.ask`."""
        places = self._places(requests)
        kept = list(kept_answers(self._database, list(places)))
        self.ledger.enter(purpose, {each: _KEPT for each, _ in kept})
        budget = self._budget()
        for each, answer in kept:
            budget.learn(each.request, answer.usage)
            for index in places.pop(each):
                yield index, answer
        if places:
            till = Till(self.ledger, budget, purpose)
            with closing(self._engine.answers(list(places), till)) as outcomes:
                for each, outcome in outcomes:
                    for index in places[each]:
                        yield index, outcome

    def estimate(self, requests: Sequence[Request]) -> Estimate:
        """What asking would cost; see :meth:`lfm.chat.base.ChatModel.estimate`."""
        places = self._places(requests)
        kept = {each for each, _ in kept_answers(self._database, list(places))}
        new = [each.request for each in places if each not in kept]
        read_at_most = sum(input_tokens(each, FEWEST_BYTES_PER_TOKEN) for each in new)
        written = sum(each.max_tokens for each in new)
        return Estimate(
            requests=len(requests),
            cached=sum(len(places[each]) for each in kept),
            input_tokens=sum(map(input_tokens, new)),
            output_tokens=written,
            cost=self._prices.cost(read_at_most, written),
        )

    def close(self) -> None:
        """Let go of the engine and the file, and write the account."""
        self._engine.close()
        with closing(self._database):
            if self._account is not None:
                note(self._account, self.ledger.purposes())

    def _budget(self) -> Budget:
        """What the run may still use, after what it has used, in earlier sessions too."""
        spent = self.ledger.spent()
        used = Usage(spent.input_tokens, spent.output_tokens)
        return Budget(self._limits, self._prices, used, spent.cost)

    def _places(self, requests: Sequence[Request]) -> dict[Ticket, list[int]]:
        """Where in ``requests`` each different one stands."""
        places: dict[str, tuple[Ticket, list[int]]] = {}
        for index, request in enumerate(requests):
            handed_in = ticket(self._engine.name, self._engine.parameters, request)
            places.setdefault(handed_in.key, (handed_in, []))[1].append(index)
        return dict(places.values())
