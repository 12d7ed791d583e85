"""Where a chat model is, how it is asked, and what its refusals mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from envs.errors import UserError
from lfm.chat.base import Request
from lfm.chat.retry import Patience


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a chat model is, and how it is asked.

    Attributes:
        base_url: address of the API.
        model: the model's name there.
        key: sent as the bearer token; None if none is needed.
        concurrency: requests in flight at once.
        timeout: seconds for one answer.
        tries: times that a request is made, at most.
        structured: whether a request's schema is sent; ``auto``: unless the server refuses it.
        patience: waits between tries.
    """

    base_url: str
    model: str
    key: str | None = field(repr=False)
    concurrency: int
    timeout: float
    tries: int
    structured: Literal["auto", "json_schema", "none"] = "auto"
    patience: Patience = field(default_factory=Patience)

    def without_key(self, text: str) -> str:
        """A text of the server without the key, which some repeat when they refuse it."""
        return text.replace(self.key, "[key]") if self.key else text


@dataclass(frozen=True, slots=True)
class Shape:
    """How a request is put; servers differ in what they take.

    Attributes:
        schema: whether the schema of the answer is sent.
        limit: the name of the field for ``max_tokens``. OpenAI's reasoning models take only the
            newer ``max_completion_tokens``, most other servers know the older one.
    """

    schema: bool
    limit: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"

    def body(self, model: str, request: Request) -> dict[str, Any]:
        """The fields of a chat completion request. Source: OpenAI's API reference."""
        body: dict[str, Any] = {
            "model": model,
            "messages": [{"role": each.role, "content": each.content} for each in request.messages],
            self.limit: request.max_tokens,
        }
        if request.temperature is not None:
            body["temperature"] = request.temperature
        if request.seed is not None:
            body["seed"] = request.seed
        if self.schema and request.schema is not None:
            body.update(_form(request.schema))
        return body

    def amended(self, endpoint: Endpoint, request: Request, complaint: str) -> Shape | None:
        """How to put a request that the server called malformed; None if no other way is known."""
        if "max_completion_tokens" in complaint and self.limit == "max_tokens":
            return replace(self, limit="max_completion_tokens")
        if self.schema and request.schema is not None and endpoint.structured == "auto":
            return replace(self, schema=False)
        return None


def _form(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that hold an answer to a schema.

    One of some texts, as it is, is asked for in vLLM's own fields, of which each version knows one
    and lets the other be. Source: its page on structured outputs.
    """
    if choices := schema.get("enum"):
        return {"extra_body": {"structured_outputs": {"choice": choices}, "guided_choice": choices}}
    name = str(schema.get("title", "answer"))
    form = {"name": name, "schema": dict(schema), "strict": True}
    return {"response_format": {"type": "json_schema", "json_schema": form}}


def hopeless(endpoint: Endpoint, status: int, complaint: str) -> UserError | None:
    """What to tell the user when no request can be answered; None if another one may be.

    Args:
        endpoint: who refused.
        status: HTTP status of the refusal.
        complaint: the server's words, without the key.
    """
    said = f"the server at {endpoint.base_url} said {status}: {complaint}"
    if status in (401, 403):
        return UserError(
            f"the key is not accepted ({said}); check the environment variable that api_key_env "
            "names"
        )
    if status == 404:
        return UserError(
            f"there is no model {endpoint.model!r} ({said}); check model, and base_url, which "
            "usually ends in /v1"
        )
    if status == 402 or (status == 429 and "insufficient_quota" in complaint):
        return UserError(
            f"the account has no credit left ({said}); add some and start again: every answer so "
            "far is kept"
        )
    return None
