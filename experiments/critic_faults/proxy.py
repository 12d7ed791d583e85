"""A proxy that does to requests and responses what networks and overloaded servers do."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Mapping, Sequence

from experiments.critic_faults.gateway import Gateway
from experiments.critic_faults.web import Call, Connection, as_bytes

BEFORE = ("429", "429 with retry-after", "500", "reset", "stall")
"""Faults that keep a request from the server."""

AFTER = (
    "truncated JSON",
    "wrong JSON",
    "wrong schema",
    "body cut off",
    "reset after the answer",
    "stall in the answer",
)
"""Faults that spoil the response of a server that has done its work."""

FAULTS = (*BEFORE, *AFTER)
"""Every fault."""

_STALL = 3600.0
"""Seconds; longer than anybody waits."""


class FaultyProxy:
    """Stands before a gateway and spoils calls.

    Args:
        gateway: what is behind it.
        rates: the part of the calls that each fault befalls, 0 to 1. They are drawn
            independently; of several at once, any one happens.
        seed: of the draws.

    Attributes:
        happened: how often each fault did.
    """

    def __init__(self, gateway: Gateway, rates: Mapping[str, float], seed: int) -> None:
        self.happened: Counter[str] = Counter()
        self._gateway = gateway
        self._rates = rates
        self._random = random.Random(seed)

    async def __call__(self, call: Call, connection: Connection) -> None:
        """Pass a call on, unless a fault befalls it."""
        drawn = [name for name, rate in self._rates.items() if self._random.random() < rate]
        fault = self._random.choice(drawn) if drawn else ""
        if fault:
            self.happened[fault] += 1
        if fault in BEFORE:
            await _refuse(fault, connection)
            return
        status, body = await self._gateway.answer(call)
        if fault and status == 200:
            await _spoil(fault, body, connection)
        else:
            await connection.send(status, body)


async def _refuse(fault: str, connection: Connection) -> None:
    if fault == "reset":
        connection.reset()
    elif fault == "stall":
        await asyncio.sleep(_STALL)
    else:
        told = {"retry-after-ms": "50"} if fault.endswith("retry-after") else {}
        status = int(fault[:3])
        await connection.send(status, as_bytes({"error": {"message": "not now"}}), told)


async def _spoil(fault: str, body: bytes, connection: Connection) -> None:
    half = body[: len(body) // 2]
    if fault == "reset after the answer":
        connection.reset()
    elif fault == "truncated JSON":
        await connection.send(200, half)
    elif fault == "wrong JSON":
        await connection.send(200, b"<html>" + body)
    elif fault == "wrong schema":
        await connection.send(200, as_bytes({"object": "chat.completion", "choices": "none"}))
    else:
        await connection.send(200, half, promised=len(body))
        if fault == "stall in the answer":
            await asyncio.sleep(_STALL)
        connection.reset()


def at_rate(faults: Sequence[str], rate: float) -> dict[str, float]:
    """The same rate for several faults."""
    return dict.fromkeys(faults, rate)
