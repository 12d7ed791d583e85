"""The paying desk in front of a server: it counts what is paid for, and answers no key twice."""

from __future__ import annotations

import asyncio
import hashlib
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Awaitable, Callable

from experiments.critic_faults.web import Call, Connection, as_bytes, completion

Upstream = Callable[[bytes], Awaitable[tuple[int, bytes]]]
"""From the body of a request to status and body of the response."""


def stub(latency: float) -> Upstream:
    """A server that says yes after so many seconds."""
    body = as_bytes(completion("Yes."))

    async def answer(_: bytes) -> tuple[int, bytes]:
        await asyncio.sleep(latency)
        return 200, body

    return answer


def forward(url: str) -> Upstream:
    """A real server of chat completions at an address that ends in ``/v1``."""

    def ask(body: bytes) -> tuple[int, bytes]:
        request = urllib.request.Request(
            f"{url}/chat/completions", body, {"content-type": "application/json"}
        )
        try:
            with urllib.request.urlopen(request, timeout=300) as response:
                return response.status, response.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    async def answer(body: bytes) -> tuple[int, bytes]:
        return await asyncio.to_thread(ask, body)

    return answer


class Gateway:
    """Counts the answers of a server by what was asked.

    Args:
        upstream: the server.
        idempotent: whether requests with the same ``Idempotency-Key`` are answered once and then
            repeated, as payment services do.

    Attributes:
        paid: how often each question, by the SHA-256 of the request's body, was answered.
    """

    def __init__(self, upstream: Upstream, *, idempotent: bool) -> None:
        self.paid: Counter[str] = Counter()
        self._upstream = upstream
        self._idempotent = idempotent
        self._answers: dict[str, asyncio.Future[tuple[int, bytes]]] = {}

    @property
    def paid_twice(self) -> int:
        """Answers beyond the first for each question."""
        return sum(count - 1 for count in self.paid.values())

    async def answer(self, call: Call) -> tuple[int, bytes]:
        """Status and body for a request, from the server or from what it said before."""
        key = call.headers.get("idempotency-key")
        if not self._idempotent or key is None:
            return await self._ask(call.body)
        if key not in self._answers:
            # A task of its own goes on when the client has gone.
            self._answers[key] = asyncio.ensure_future(self._ask(call.body))
        status, body = await asyncio.shield(self._answers[key])
        if status != 200:
            self._answers.pop(key, None)
        return status, body

    async def __call__(self, call: Call, connection: Connection) -> None:
        """Answer without faults."""
        status, body = await self.answer(call)
        await connection.send(status, body)

    async def _ask(self, body: bytes) -> tuple[int, bytes]:
        status, answer = await self._upstream(body)
        if status == 200:
            self.paid[hashlib.sha256(body).hexdigest()] += 1
        return status, answer
