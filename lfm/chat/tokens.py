"""How many tokens a text has, where nobody has the model's tokenizer."""

from __future__ import annotations

import json

from lfm.chat.base import Request

BYTES_PER_TOKEN = 4
"""Of English text, in UTF-8. Source: OpenAI's rule of thumb of four characters for a token."""

FEWEST_BYTES_PER_TOKEN = 2
"""What no usual text falls below, with its digits, brackets and rare words."""

_PER_MESSAGE = 8
"""Tokens that a chat template puts around a message, generously."""


def guessed_tokens(text: str, bytes_per_token: int = BYTES_PER_TOKEN) -> int:
    """Tokens of a text, guessed from its length.

    Example:
        >>> guessed_tokens("You open the drawer.")
        5
    """
    return -(-len(text.encode()) // bytes_per_token)


def input_tokens(request: Request, bytes_per_token: int = BYTES_PER_TOKEN) -> int:
    """Tokens that a model reads for a request, its schema included, guessed from their length."""
    texts = [message.content for message in request.messages]
    if request.schema is not None:
        texts.append(json.dumps(request.schema))
    return sum(guessed_tokens(text, bytes_per_token) + _PER_MESSAGE for text in texts)
