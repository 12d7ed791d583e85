"""What the simulator's descriptions say: where the agent is, and what is in its hands."""

from __future__ import annotations

import re

_PLACE = re.compile(r"(?:room|location) is called the ([^.]+)\.")
_THING = re.compile(r"^\t(?:an? )?(?:substance called )?([^,(\n]+?) *(?:[,(].*)?$", re.MULTILINE)
_USELESS = "orange"
"""In hand from the start of every episode, and of no use in any."""


def place_in(look: str) -> str:
    """Name of the place that is looked at; empty if it is not said."""
    found = _PLACE.search(look)
    return found[1] if found else ""


def things_held(inventory: str) -> list[str]:
    """What an inventory names, but for the orange that every episode begins with."""
    return [name for name in _THING.findall(inventory) if name != _USELESS]
