"""What can be set of chat models: where they are, how they are asked, and what may be spent.

Groups that need a chat model (``critic=openai``, ``policy=chat``) extend these classes, so that
their settings are written ``critic.model=...``; see :mod:`lfm.config`.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from enum import Enum
from urllib.parse import urlsplit

from omegaconf import MISSING

from envs.errors import UserError
from lfm.limits import MAX_SEED, above_zero, within


class Structured(str, Enum):
    """Whether the JSON schema of the answer is sent along."""

    auto = "auto"
    json_schema = "json_schema"
    none = "none"


class Weights(str, Enum):
    """The number format that a local model computes in."""

    auto = "auto"
    float32 = "float32"
    bfloat16 = "bfloat16"
    float16 = "float16"


@dataclass
class ChatConfig:
    """A chat model, wherever it is."""

    model: str = MISSING
    """Name of the chat model; for a local one, its folder or its name on the Hugging Face hub."""
    max_tokens: int = MISSING
    """An answer is cut off after so many tokens."""
    temperature: float | None = MISSING
    """0 takes the likeliest words; null leaves it to the server, or to the model's own settings."""
    sampling_seed: int | None = MISSING
    """Seed of sampled answers, where the server takes one; null = none."""
    cache: str | None = MISSING
    """File that keeps every answer, shared between runs; null = answers are not kept."""
    token_budget: int = MISSING
    """Tokens, read and written, that a run may use; 0 = no limit."""
    output_token_budget: int = MISSING
    """Tokens written that a run may use; 0 = no limit."""

    def check(self, group: str) -> None:
        """Refuse impossible values, naming them ``group.field``.

        Raises:
            UserError: for the first value out of range.
        """
        if not self.model.strip():
            raise UserError(f"{group}.model: it is empty; give the name of a chat model.")
        within(f"{group}.max_tokens", self.max_tokens, 1)
        if self.temperature is not None:
            within(f"{group}.temperature", self.temperature, 0, 2)
        if self.sampling_seed is not None:
            within(f"{group}.sampling_seed", self.sampling_seed, 0, MAX_SEED)
        within(f"{group}.token_budget", self.token_budget, 0)
        within(f"{group}.output_token_budget", self.output_token_budget, 0)


@dataclass
class EndpointConfig(ChatConfig):
    """A chat model behind an address that speaks OpenAI's chat completions."""

    base_url: str = MISSING
    """Address of the API, e.g. https://api.openai.com/v1 or http://localhost:8000/v1."""
    api_key_env: str | None = MISSING
    """Name of the environment variable that holds the key; null = the server needs no key."""
    concurrency: int = MISSING
    """Requests in flight at the same time."""
    timeout: float = MISSING
    """Seconds for one answer, after which the request is made again."""
    tries: int = MISSING
    """Times that a request is made, at most, when something goes wrong."""
    structured: Structured = MISSING
    """Whether the JSON schema of the answer is sent. auto: yes, unless the server refuses it;
    json_schema: always; none: never."""
    price_in: float = MISSING
    """Price of a million tokens read, in any currency; 0 = nothing is paid."""
    price_out: float = MISSING
    """Price of a million tokens written, in the same currency."""
    money_budget: float = MISSING
    """What a run may cost, in that currency; 0 = no limit."""

    def check(self, group: str) -> None:
        """Refuse impossible values, naming them ``group.field``.

        Raises:
            UserError: for the first value out of range.
        """
        super().check(group)
        check_address(f"{group}.base_url", self.base_url)
        if self.api_key_env is not None:
            _check_variable(f"{group}.api_key_env", self.api_key_env)
        within(f"{group}.concurrency", self.concurrency, 1, 1024)
        above_zero(f"{group}.timeout", self.timeout)
        within(f"{group}.tries", self.tries, 1)
        for name in ("price_in", "price_out", "money_budget"):
            within(f"{group}.{name}", getattr(self, name), 0)
        if self.money_budget and not (self.price_in or self.price_out):
            raise UserError(
                f"{group}.money_budget: it needs prices to count with; set {group}.price_in and "
                f"{group}.price_out, or use {group}.token_budget."
            )


@dataclass
class LocalChatConfig(ChatConfig):
    """A chat model of the transformers library."""

    batch_size: int = MISSING
    """Conversations answered at once."""
    dtype: Weights = MISSING
    """Number format of the weights; auto = the one they are stored in."""

    def check(self, group: str) -> None:
        """Refuse impossible values, naming them ``group.field``.

        Raises:
            UserError: for the first value out of range.
        """
        super().check(group)
        within(f"{group}.batch_size", self.batch_size, 1)


def check_address(name: str, url: str) -> None:
    """Refuse what is no http address, and addresses that carry a password or a key.

    Raises:
        UserError: with a sentence that does not repeat what may be secret.
    """
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - raises if it is no number
    except ValueError:
        raise UserError(
            f"{name}: it is no address; give one such as http://host:8000/v1."
        ) from None
    if parts.username or parts.password or parts.query or parts.fragment:
        raise UserError(
            f"{name}: it holds more than an address; settings are written to files, so give the "
            "key in an environment variable (api_key_env) and leave out '...@' and '?...'."
        )
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UserError(
            f"{name}: {url!r} is no http address; give one such as http://localhost:8000/v1."
        )


def on_this_machine(url: str) -> bool:
    """Whether an address is of this machine alone.

    Example:
        >>> on_this_machine("http://localhost:8000/v1"), on_this_machine("https://example.org/v1")
        (True, False)
    """
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _check_variable(name: str, value: str) -> None:
    """Refuse what cannot be a variable's name: most likely someone pasted the key itself."""
    if not re.fullmatch(r"[A-Z_][A-Z0-9_]{0,63}", value):
        raise UserError(
            f"{name}: it takes the name of an environment variable, in capitals such as "
            "OPENAI_API_KEY, and never the key itself; settings are written to files."
        )
