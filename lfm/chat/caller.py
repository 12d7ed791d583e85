"""One request to an endpoint, again and again until it is answered or given up."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

import openai

from envs.errors import UserError
from lfm.chat.base import Answer, Failure
from lfm.chat.cache import Ticket
from lfm.chat.desk import Till
from lfm.chat.endpoint import Endpoint, Shape, hopeless
from lfm.chat.response import BrokenResponseError
from lfm.chat.retry import passes

_LONGEST_COMPLAINT = 300
"""Characters of a server's words that are repeated to people."""

_MALFORMED = (400, 422, 501)
"""Statuses by which servers refuse fields that they do not know."""

_UNHEARD = 3
"""Connections refused after which an address that never answered counts as wrong."""


@dataclass(frozen=True, slots=True)
class _Trouble:
    """A try that may go better next time, with the headers that came, if any did."""

    reason: str
    headers: Mapping[str, str]


class Caller:
    """Asks an endpoint, for the length of a session.

    Args:
        endpoint: whom.
        shape: how requests are put, as far as known.
        client: of the endpoint, with an open session.
        till: where answers and failures are handed in.
        stopped: set when no further try is wanted.

    Attributes:
        shape: how requests are put, as found out.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        shape: Shape,
        client: openai.AsyncOpenAI,
        till: Till,
        stopped: asyncio.Event,
    ) -> None:
        self.shape = shape
        self._endpoint = endpoint
        self._client = client
        self._till = till
        self._stopped = stopped
        self._heard = False
        self._unheard = 0
        self._not_before = 0.0

    async def answer(self, ticket: Ticket) -> Answer | Failure:
        """Ask until there is an answer, the server refuses, or the tries are used up.

        Raises:
            UserError: if no request to this endpoint can be answered.
        """
        shape, tries, trouble = self.shape, 0, "stopped"
        while tries < self._endpoint.tries:
            await self._sleep(self._not_before)
            if self._stopped.is_set():
                break
            outcome = await self._try(ticket, shape)
            if isinstance(outcome, Answer):
                self.shape = shape
            if isinstance(outcome, Answer | Failure):
                return outcome
            if isinstance(outcome, Shape):
                shape = outcome
                continue
            tries, trouble = tries + 1, outcome.reason
            if tries < self._endpoint.tries and not await self._wait(tries, outcome.headers):
                break
        return Failure("failed", f"no answer in {tries} tries; the last: {trouble}")

    async def _try(self, ticket: Ticket, shape: Shape) -> Answer | Failure | Shape | _Trouble:
        endpoint, began = self._endpoint, time.monotonic()
        try:
            # The client's own time-out starts anew with every byte.
            body = await asyncio.wait_for(self._call(ticket, shape), endpoint.timeout)
            return self._till.keep(ticket, body, time.monotonic() - began)
        except BrokenResponseError as error:
            return _Trouble(str(error), {})  # the till has written it down
        except openai.APIStatusError as error:
            outcome, reason = self._refused(ticket, shape, error)
        except (asyncio.TimeoutError, openai.APITimeoutError):
            reason = f"no answer within {endpoint.timeout:g} s"
            outcome = _Trouble(reason, {})
        except openai.APIConnectionError as error:
            reason = endpoint.without_key(f"the connection broke ({error.__cause__ or error})")
            outcome = _Trouble(reason, {})
            self._check_address(error)
        self._till.fail(ticket, reason, time.monotonic() - began)
        return outcome

    async def _call(self, ticket: Ticket, shape: Shape) -> str:
        """One call; returns the body of the response."""
        response = await self._client.chat.completions.with_raw_response.create(
            **shape.body(self._endpoint.model, ticket.request),
            extra_headers={"Idempotency-Key": _idempotency_key(ticket, shape)},
        )
        self._heard = True
        body: bytes = response.http_response.content
        return self._endpoint.without_key(body.decode(errors="replace"))

    def _refused(
        self, ticket: Ticket, shape: Shape, error: openai.APIStatusError
    ) -> tuple[Failure | Shape | _Trouble, str]:
        """What a refusal comes to, and the server's words.

        Raises:
            UserError: if every request would be refused.
        """
        self._heard = True
        status, said = error.status_code, self._endpoint.without_key(_complaint(error.body))
        reason = f"the server said {status}: {said}"
        if status in _MALFORMED:
            amended = shape.amended(self._endpoint, ticket.request, said)
            if amended is not None:
                return amended, reason
        if (fatal := hopeless(self._endpoint, status, said)) is not None:
            raise fatal
        if passes(status):
            return _Trouble(reason, error.response.headers), reason
        return Failure("rejected", reason), reason

    def _check_address(self, error: openai.APIConnectionError) -> None:
        """Give up on an address where nobody has ever listened."""
        if self._heard or type(error.__cause__).__name__ != "ConnectError":
            return
        self._unheard += 1
        if self._unheard >= _UNHEARD:
            raise UserError(
                f"nobody answers at {self._endpoint.base_url} ({error.__cause__}); start the "
                "server, or check base_url"
            )

    async def _wait(self, tries: int, headers: Mapping[str, str]) -> bool:
        """Wait for the next try; False if the server asks for too much patience."""
        wait = self._endpoint.patience.next_wait(tries, headers)
        if wait is None:
            return False
        until = time.monotonic() + wait.seconds
        if wait.everybody:
            self._not_before = max(self._not_before, until)
            until += random.uniform(0.0, 0.1) * wait.seconds  # not all at the same moment
        await self._sleep(until)
        return True

    async def _sleep(self, until: float) -> None:
        """Sleep until a time of the monotonic clock, or until no further try is wanted."""
        with suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._stopped.wait(), max(until - time.monotonic(), 0.0))


def _complaint(body: object) -> str:
    """What a server says of a request that it refuses, in one line.

    Most send a message and a code; the client has unpacked them. The rest is told as it came.
    """
    if isinstance(body, dict) and body.get("message"):
        body = " ".join(str(body[name]) for name in ("message", "code") if body.get(name))
    return " ".join(str(body).split())[:_LONGEST_COMPLAINT]


def _idempotency_key(ticket: Ticket, shape: Shape) -> str:
    """The same for requests that are the same to the letter."""
    return f"{ticket.key}-{shape.limit}-{'schema' if shape.schema else 'plain'}"
