"""ScienceWorld's actions: the sentences there are, and what other sentences mean in these words.

The simulator's parser knows each object by many names and each action by several verbs. Here every
action has one sentence: a frame of :data:`FRAMES` and the names of :meth:`Simulator.things`.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping

from envs.actions import fill

PLACES = (
    "art studio",
    "bathroom",
    "bedroom",
    "foundry",
    "greenhouse",
    "hallway",
    "kitchen",
    "living room",
    "outside",
    "workshop",
)
"""All places of the one house there is."""

FRAMES = (
    "wait",
    "wait1",
    "activate OBJ",
    "close OBJ",
    "connect OBJ to OBJ",
    "deactivate OBJ",
    "disconnect OBJ",
    "dunk OBJ into OBJ",
    "eat OBJ",
    "flush OBJ",
    "focus on OBJ",
    "go to OBJ",
    "look at OBJ",
    "look in OBJ",
    "mix OBJ",
    "move OBJ to OBJ",
    "open OBJ",
    "pick up OBJ",
    "pour OBJ into OBJ",
    "put down OBJ",
    "read OBJ",
    "use OBJ on OBJ",
)
"""What an agent may do.

Left out are ``task``, ``inventory`` and ``look around``, which say what every observation says
anyway, and :data:`REFUSED`.
"""

REFUSED = frozenset({"reset task", "help", "objects"})
"""What would undo a failure, or tell what no agent could know."""

TELEPORTS = tuple(f"teleport to {place}" for place in PLACES)
"""Further actions with the simplification ``teleportAction``."""

_ELECTRICAL = frozenset({"connect OBJ to OBJ", "disconnect OBJ"})

_VERBS = {
    "wait": "wait",
    "wait1": "wait1",
    "activate|turn on": "activate OBJ",
    "close": "close OBJ",
    "connect": "connect OBJ to OBJ",
    "deactivate|turn off": "deactivate OBJ",
    "disconnect": "disconnect OBJ",
    "dunk": "dunk OBJ into OBJ",
    "eat|consume": "eat OBJ",
    "flush": "flush OBJ",
    "focus on|focus": "focus on OBJ",
    "go to|go through|go|walk through|walk to|walk|move through": "go to OBJ",
    "look at|look on|examine": "look at OBJ",
    "look in|look inside": "look in OBJ",
    "mix": "mix OBJ",
    "move|put": "move OBJ to OBJ",
    "open": "open OBJ",
    "pick up|take|get": "pick up OBJ",
    "pour": "pour OBJ into OBJ",
    "put down|drop": "put down OBJ",
    "read": "read OBJ",
    "use": "use OBJ on OBJ",
}
_PATTERNS = tuple((re.compile(rf"(?:{verbs})(?: (.+))?"), frame) for verbs, frame in _VERBS.items())
_BETWEEN = {"to": "to|into|in|onto|on", "into": "into|in|to", "on": "on|with|to"}
_ARTICLES = re.compile(r"\b(?:a|an|the) ")

Aliases = Mapping[int, tuple[str, ...]]


def frames(simplifications: tuple[str, ...]) -> tuple[str, ...]:
    """The frames of a task with these simplifications (expanded ones)."""
    left: tuple[str, ...] = FRAMES
    if "noElectricalAction" in simplifications:
        left = tuple(frame for frame in left if frame not in _ELECTRICAL)
    return left + (TELEPORTS if "teleportAction" in simplifications else ())


def refused(action: str) -> bool:
    """Whether an action is one of :data:`REFUSED`, however it is spaced and capitalised."""
    return " ".join(action.lower().split()) in REFUSED


def meanings(action: str, things: Mapping[int, str], aliases: Aliases) -> tuple[str, ...]:
    """What a sentence means, in the sentences made of :data:`FRAMES` and ``things``.

    Args:
        action: any sentence that the simulator's parser takes.
        things: as of :meth:`~envs.scienceworld.simulator.Simulator.things`.
        aliases: as of :meth:`~envs.scienceworld.simulator.Simulator.aliases`.

    Returns:
        One action; several if the sentence fits several objects, none if it is not understood.
    """
    plain = _ARTICLES.sub("", " ".join(action.lower().split()))
    if plain in TELEPORTS:
        return (plain,)
    known: dict[str, list[str]] = {}
    for number, names in aliases.items():
        if number in things:
            for name in names:
                known.setdefault(_ARTICLES.sub("", name), []).append(things[number])
    found = {
        fill(frame, *chosen): None
        for frame, texts in _readings(plain)
        for chosen in itertools.product(*(known.get(text, ()) for text in texts))
    }
    return tuple(found)


def _readings(action: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Frames that an action may be of, with the texts in their gaps."""
    for pattern, frame in _PATTERNS:
        match = pattern.fullmatch(action)
        if match is None:
            continue
        inside, gaps = match[1] or "", frame.count("OBJ")
        if gaps < 2:
            if bool(inside) == bool(gaps):
                yield frame, (inside,) * gaps
            continue
        word = frame.split()[-2]
        for at in re.finditer(rf" (?:{_BETWEEN[word]}) ", inside):
            yield frame, (inside[: at.start()], inside[at.end() :])
