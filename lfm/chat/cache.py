"""Answers by what was asked: the same question is paid for once.

A key is the SHA-256 of everything that the answer depends on: the model's name, its parameters,
the prompt's version, the schema and the messages. Where the model is served, and by whom, is no
part of it; two models must have two names.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from lfm.chat.base import Answer, Request
from lfm.chat.database import Database
from lfm.chat.response import read_response

_AT_ONCE = 500
"""Keys in one query; SQLite takes no more than 999 values everywhere."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """A request under its key.

    Attributes:
        key: 64 hexadecimal digits.
        request: what to ask.
        text: the model and the request as JSON, of which the key is the SHA-256.
    """

    key: str
    request: Request = field(compare=False)
    text: str = field(compare=False)


def ticket(model: str, parameters: Mapping[str, Any], request: Request) -> Ticket:
    """A request's ticket for a model.

    Args:
        model: the model's name.
        parameters: what else of the engine an answer depends on.
        request: what to ask.
    """
    told = {"model": model, "parameters": dict(parameters), **asdict(request)}
    text = json.dumps(told, sort_keys=True, separators=(",", ":"))
    return Ticket(hashlib.sha256(text.encode()).hexdigest(), request, text)


def kept_answers(database: Database, tickets: Sequence[Ticket]) -> Iterator[tuple[Ticket, Answer]]:
    """Tickets whose answer is kept, with it; of several answers, the first."""
    for start in range(0, len(tickets), _AT_ONCE):
        batch = {each.key: each for each in tickets[start : start + _AT_ONCE]}
        marks = ",".join("?" * len(batch))
        # SQLite gives the bare columns of a row that has the smallest id.
        found = database.rows(
            "SELECT key, response, seconds, MIN(id) FROM calls "
            f"WHERE outcome = 'answered' AND key IN ({marks}) GROUP BY key",
            list(batch),
        )
        for key, response, seconds, _ in found:
            request = batch[key].request
            yield batch[key], read_response(response, request, seconds, cached=True)
