"""A chat model behind an address: OpenAI's, or any server that speaks its chat completions.

What goes wrong is tried again, as often as allowed, and then reported. A request carries the key
that its answer is kept under as ``Idempotency-Key`` (IETF draft-ietf-httpapi-idempotency-key-
header): a server or gateway that knows the header answers a repeated request from what it said
before. With others, a response that broke on its way may be paid for again: nobody can tell, after
a connection broke, whether the server had done the work. Such responses are in the ledger.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from functools import partial
from typing import Any

import openai

from lfm.chat.cache import Ticket
from lfm.chat.caller import Caller
from lfm.chat.crowd import Crowd
from lfm.chat.desk import Outcome, Till
from lfm.chat.endpoint import Endpoint, Shape

NO_KEY = "none"
"""Sent to servers that need no key; the client insists on one."""


class OpenAIEngine:
    """Answers requests by way of an endpoint; see :class:`lfm.chat.desk.Engine`.

    Args:
        endpoint: where the model is, and how it is asked.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self.name = endpoint.model
        self.parameters: Mapping[str, Any] = (
            {"structured": "none"} if endpoint.structured == "none" else {}
        )
        self._endpoint = endpoint
        self._shape = Shape(schema=endpoint.structured != "none")

    def answers(self, tickets: Sequence[Ticket], till: Till) -> Generator[Outcome]:
        """Answer every ticket; see :meth:`lfm.chat.base.ChatModel.ask`."""
        crowd = Crowd(tickets, till, self._endpoint.concurrency)
        return crowd.outcomes(partial(self._session, till))

    def close(self) -> None:
        """Nothing is open after :meth:`answers`."""

    async def _session(self, till: Till, crowd: Crowd) -> None:
        endpoint = self._endpoint
        async with openai.AsyncOpenAI(
            api_key=endpoint.key or NO_KEY,
            base_url=endpoint.base_url,
            timeout=endpoint.timeout,
            max_retries=0,  # the client would not see that a body is broken
        ) as client:
            caller = Caller(endpoint, self._shape, client, till, crowd.stopped)
            await crowd.answer_all(caller.answer)
            self._shape = caller.shape
