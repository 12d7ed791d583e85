"""Which ways go with the traffic, where an observation says it: "Traffic flows straight ahead."."""

from __future__ import annotations

import re
from functools import lru_cache

_FLOWS = re.compile(r"^Traffic flows (.+)\.$", re.MULTILINE)
"""The line that lists them, by the names of actions."""
_MORE = re.compile(r", | towards ")
"""Where the name of an action goes on to tell it from another in the same direction."""


@lru_cache(maxsize=10_000)
def flows(observation: str) -> frozenset[str]:
    """The directions that an observation says to be with the traffic; none if it says nothing."""
    found = _FLOWS.search(observation)
    return frozenset(re.split(r", | and ", found[1])) if found else frozenset()


def goes_with(action: str, directions: frozenset[str]) -> bool:
    """Whether an action goes to one of some directions."""
    return _MORE.split(action, maxsplit=1)[0] in directions
