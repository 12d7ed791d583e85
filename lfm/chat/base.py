"""What is asked of a chat model, and what comes back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

Role = Literal["system", "user", "assistant"]
"""Who speaks in a message."""

FailureKind = Literal["failed", "rejected", "unasked"]
"""Why there is no answer.

``failed``: every try went wrong (connection, server, unreadable response).
``rejected``: the server will not answer this request, however often it is asked.
``unasked``: a budget was used up before this request's turn came.
"""

REFUSALS = ("refusal", "content_filter")
"""Values of :attr:`Answer.finish_reason` that say that the model would not answer.

``content_filter`` is the API's own; ``refusal`` stands for an answer whose words came in the API's
field of that name. Source: the chat completion object of OpenAI's API reference.
"""


@dataclass(frozen=True, slots=True)
class Message:
    """What one speaker says.

    Attributes:
        role: who.
        content: the words.
    """

    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class Sampling:
    """How answers are drawn.

    Attributes:
        max_tokens: an answer is cut off after so many tokens.
        temperature: 0 for the likeliest words; None for the server's default.
        seed: of a sampled answer; None for any.
    """

    max_tokens: int
    temperature: float | None = None
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """One question to a chat model.

    Attributes:
        messages: the conversation so far, oldest first; at least one.
        prompt: name and version of what made the messages, such as ``"structured/1"``. It is part
            of what the answer is kept under, so that a new version is asked anew.
        max_tokens: the answer is cut off after so many tokens.
        temperature: 0 for the likeliest words; None for the server's default.
        schema: JSON schema of the answer, its name as ``"title"``; ``{"enum": [...]}`` for one of
            some texts, without quotation marks; None for free text. A server or model that knows no
            schemas is asked without it.
        seed: of a sampled answer; None for any.
    """

    messages: tuple[Message, ...]
    prompt: str
    max_tokens: int
    temperature: float | None = None
    schema: Mapping[str, Any] | None = None
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one answer.

    Attributes:
        input_tokens: read.
        output_tokens: written, those of hidden reasoning included.
    """

    input_tokens: int
    output_tokens: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What a chat model said.

    Attributes:
        text: its words, cut off where ``finish_reason`` is ``"length"``; the refusal's words where
            it refused.
        finish_reason: why it stopped, in the API's words (``"stop"``, ``"length"``,
            ``"content_filter"``), or ``"refusal"``.
        usage: tokens, as the server counted them.
        model: the model's own name for itself, which may be longer than the one asked for.
        cached: whether it was kept from an earlier call, and so cost nothing now.
        seconds: from the request to the answer when it was made, waiting between tries excluded.
    """

    text: str
    finish_reason: str
    usage: Usage
    model: str
    cached: bool
    seconds: float

    @property
    def refused(self) -> bool:
        """Whether the model would not answer."""
        return self.finish_reason in REFUSALS


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a request has no answer.

    Attributes:
        kind: in one word.
        reason: what happened, in a short sentence for people; holds no key.
    """

    kind: FailureKind
    reason: str


@dataclass(frozen=True, slots=True)
class Estimate:
    """What requests would cost, before any is sent.

    Attributes:
        requests: how many there are.
        cached: how many of them are answered already; the rest of the estimate is without them.
        input_tokens: to be read, guessed from the length of the texts.
        output_tokens: the most that can be written: ``max_tokens`` of each.
        cost: the most that it can be, in the currency of the prices, with twice the guess of
            tokens read; 0 where nothing is paid.
    """

    requests: int
    cached: int
    input_tokens: int
    output_tokens: int
    cost: float


class ChatModel(Protocol):
    """Something that answers requests, each at most once paid for."""

    name: str

    def ask(
        self, requests: Sequence[Request], purpose: str
    ) -> Iterator[tuple[int, Answer | Failure]]:
        """Answer requests, in whatever order the answers come.

        An answer is in the cache, if there is one, before it is yielded. Whoever stops iterating
        begins no further call; calls in flight are finished and kept. Equal requests are asked
        once.

        Args:
            requests: what to ask.
            purpose: what for, in the ledger, such as ``"feedback/round1"``.

        Yields:
            The index of a request, and its answer or why there is none; each index once.

        Raises:
            UserError: if nothing can be asked at all: no key, an address that nobody answers, a
                model the server does not have.
        """
        ...

    def estimate(self, requests: Sequence[Request]) -> Estimate:
        """What :meth:`ask` would cost for these requests; asks nothing."""
        ...

    def close(self) -> None:
        """Let go of connections and files; no more is asked of it."""
        ...
