"""What things are called: by the names that the room is told in, where these tell them apart.

Of an object's many names the simulator's lists take the first in the alphabet that no other has:
a glass cup is a "cup containing nothing in table", water is a "substance in metal pot". The agent
reads of a glass cup and of water.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

_OBJECT = re.compile(r"^ObjectID \((\d+), name: (.*?), type: ", re.MULTILINE)


def own_names(printed: str) -> dict[int, str]:
    """Number and own name of each object, from what Scala prints of a set of them."""
    return {int(number): name.lower() for number, name in _OBJECT.findall(printed)}


def told_names(
    chosen: Mapping[int, str], own: Mapping[int, str], observation: str
) -> dict[int, str]:
    """The best name of each object.

    Its own name is taken if no other object has it and the observation uses it, unless the name
    that the simulator has chosen says more ("egg turtle") or is used too and says something else.

    Args:
        chosen: number and unambiguous name of each object, as the simulator's lists have them.
        own: number and own name, which several objects may share.
        observation: the room and the inventory.
    """
    told = f" {_plain(observation)} "
    shared = Counter(own.values()) + Counter(chosen.values())
    return {
        number: own[number] if _is_better(own.get(number, ""), name, told, shared) else name
        for number, name in chosen.items()
    }


def _is_better(own: str, chosen: str, told: str, shared: Mapping[str, int]) -> bool:
    if shared[own] != 1 or f" {_plain(own)} " not in told:
        return False
    says, chosen_says = set(own.split()), set(chosen.split())
    return says > chosen_says or (f" {_plain(chosen)} " not in told and not says <= chosen_says)


def _plain(text: str) -> str:
    return " ".join(re.findall(r"[a-z0-9]+", text.lower()))
