"""Reading the body of a chat completion, whatever arrived in its place.

Source: the chat completion object of OpenAI's API reference, which vLLM, Ollama, llama.cpp and
``transformers serve`` answer with too. Some of them leave out what they do not know, so only the
words and why they ended are asked for.
"""

from __future__ import annotations

import json
from typing import Any, TypeGuard

from lfm.chat.base import Answer, Request, Usage
from lfm.chat.tokens import guessed_tokens, input_tokens

_MOST_TOKENS = 1 << 31
"""A count above this is none."""


class BrokenResponseError(ValueError):
    """A body that is no chat completion; says what is wrong with it."""


def read_response(body: str, request: Request, seconds: float, *, cached: bool = False) -> Answer:
    """The answer in a response.

    Args:
        body: as it came.
        request: what was asked; its tokens are guessed where the response does not count them.
        seconds: how long it took.
        cached: whether the body was kept from an earlier call.

    Raises:
        BrokenResponseError: if there is no answer in it.
    """
    try:
        completion = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BrokenResponseError(f"the response is not JSON ({error})") from error
    choice = _first_choice(completion)
    message = choice.get("message")
    if not isinstance(message, dict):
        raise BrokenResponseError("the response has no message")
    text, reason = message.get("content"), choice.get("finish_reason")
    if not text and isinstance(refusal := message.get("refusal"), str):
        text, reason = refusal, "refusal"
    if text is None and reason in ("length", "content_filter"):
        text = ""  # stopped before the first word, e.g. while it was thinking
    if not isinstance(text, str):
        raise BrokenResponseError("the response's message has no text")
    text = text.encode(errors="replace").decode()  # half a character cannot be written to files
    return Answer(
        text=text,
        finish_reason=reason if isinstance(reason, str) else "stop",
        usage=_usage(completion, request, text),
        model=str(completion.get("model") or ""),
        cached=cached,
        seconds=seconds,
    )


def _first_choice(completion: Any) -> dict[str, Any]:
    if not isinstance(completion, dict):
        raise BrokenResponseError("the response is no JSON object")
    choices = completion.get("choices")
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        raise BrokenResponseError("the response has no choices")
    first: dict[str, Any] = choices[0]
    return first


def _usage(completion: dict[str, Any], request: Request, text: str) -> Usage:
    """The server's count, and a guess of what it did not count."""
    counted = completion.get("usage")
    counted = counted if isinstance(counted, dict) else {}
    read, written = counted.get("prompt_tokens"), counted.get("completion_tokens")
    return Usage(
        read if _is_count(read) else input_tokens(request),
        written if _is_count(written) else guessed_tokens(text),
    )


def _is_count(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and 0 <= value < _MOST_TOKENS
