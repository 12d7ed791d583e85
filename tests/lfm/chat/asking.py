"""Requests, endpoints and desks for the tests of chat models."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any

from experiments.critic_faults.web import Call, Connection, as_bytes, completion
from lfm.chat.base import Message, Request
from lfm.chat.budget import Limits
from lfm.chat.database import Database
from lfm.chat.desk import Desk
from lfm.chat.endpoint import Endpoint
from lfm.chat.openai import OpenAIEngine
from lfm.chat.prices import Prices
from lfm.chat.retry import Patience

KEY = "sk-secret-0123456789"
SCHEMA = {"title": "judgement", "type": "object", "properties": {"ok": {"type": "boolean"}}}

Handler = Callable[[Call, Connection], Coroutine[Any, Any, None]]


def request(text: str, schema: Mapping[str, Any] | None = None) -> Request:
    return Request((Message("user", text),), "test/1", 20, schema=schema)


def requests(count: int) -> list[Request]:
    return [request(f"question {number}") for number in range(count)]


def desk(url: str, cache: Path | None = None, limits: Limits | None = None, **changes: Any) -> Desk:
    """A desk before an endpoint that is asked again soon."""
    settings: dict[str, Any] = {
        "base_url": url,
        "model": "stub",
        "key": KEY,
        "concurrency": 4,
        "timeout": 30.0,
        "tries": 50,
        "patience": Patience(first=0.001, longest=0.01),
        **changes,
    }
    engine = OpenAIEngine(Endpoint(**settings))
    return Desk(engine, Database(cache), "run", Prices(1.0, 2.0), limits)


def always(status: int, body: Any, headers: Mapping[str, str] | None = None) -> Handler:
    """A server that has one answer to everything."""

    async def handle(_: Call, connection: Connection) -> None:
        await connection.send(status, as_bytes(body), headers)

    return handle


def refusing(refused: Callable[[dict[str, Any]], str], seen: list[dict[str, Any]]) -> Handler:
    """A server that calls some requests malformed.

    Args:
        refused: says what is wrong with the fields of a request; nothing if all is well.
        seen: gets the fields of every request.
    """

    async def handle(call: Call, connection: Connection) -> None:
        fields = json.loads(call.body)
        seen.append(fields)
        if complaint := refused(fields):
            await connection.send(400, as_bytes({"error": {"message": complaint}}))
        else:
            await connection.send(200, as_bytes(completion("Yes.")))

    return handle
