"""When to ask again, and when not, after something went wrong.

The server's word counts: ``retry-after-ms`` and ``retry-after`` (seconds or a date, RFC 9110
section 10.2.3) are kept to, and everybody waits, not only the request that was told. Without it
waits double, with some chance in them so that not all come back at once.
"""

from __future__ import annotations

import email.utils
import math
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass

_LONGEST_OBEYED = 3600.0
"""Seconds; a server that asks for more is not waited for."""

_AGAIN = frozenset({408, 409, 425, 429})
"""Client errors that pass: time-out, conflict, too early, too many requests."""


@dataclass(frozen=True, slots=True)
class Wait:
    """How long to wait before asking again.

    Attributes:
        seconds: how long.
        everybody: whether the server said so, which concerns all requests.
    """

    seconds: float
    everybody: bool


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait where the server does not say.

    Attributes:
        first: seconds before the second try; doubled after each.
        longest: seconds between two tries, at most.
    """

    first: float = 0.5
    longest: float = 30.0

    def next_wait(self, tries: int, headers: Mapping[str, str] | None = None) -> Wait | None:
        """How long to wait after a try that went wrong.

        Args:
            tries: how many there have been, from 1.
            headers: of the response; names in lower case, or a mapping that minds no case.

        Returns:
            The wait; None if the server asks for more patience than there is.
        """
        asked = told_wait(headers or {})
        if asked is not None:
            return Wait(asked, everybody=True) if asked <= _LONGEST_OBEYED else None
        longest = min(self.longest, self.first * 2.0 ** min(tries - 1, 16))
        return Wait(longest * random.uniform(0.5, 1.0), everybody=False)


def passes(status: int) -> bool:
    """Whether an HTTP status may be another one next time."""
    return status in _AGAIN or status >= 500


def told_wait(headers: Mapping[str, str]) -> float | None:
    """Seconds that a server asks to wait; None if it does not say, or says nothing sensible.

    Example:
        >>> told_wait({"retry-after": "2"}), told_wait({"retry-after-ms": "250"}), told_wait({})
        (2.0, 0.25, None)
    """
    for name, units in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        try:
            seconds = float(headers.get(name, "")) / units
        except ValueError:
            continue
        if math.isfinite(seconds):
            return max(seconds, 0.0)
    try:
        date = email.utils.parsedate_to_datetime(headers.get("retry-after", ""))
        return max(date.timestamp() - time.time(), 0.0)
    except (ValueError, OverflowError):
        return None
