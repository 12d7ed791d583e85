"""What the gold script of a ScienceWorld task does, step by step, and what for. Privileged."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from envs.scienceworld.gold import gold_path
from envs.scienceworld.simulator import GOLD_HEAP_MB, Simulator
from envs.scienceworld.tasks import expand_simplifications, parse_task_id
from lfm.critics.science_replay import Moment, SubGoal, look_around, reached

DOORS = {
    "hallway": ("art studio", "bedroom", "greenhouse", "kitchen", "living room", "workshop"),
    "kitchen": ("bathroom", "hallway", "outside"),
    "outside": ("foundry", "greenhouse", "kitchen"),
    "greenhouse": ("hallway", "outside"),
    "art studio": ("hallway",),
    "bathroom": ("kitchen",),
    "bedroom": ("hallway",),
    "foundry": ("outside",),
    "living room": ("hallway",),
    "workshop": ("hallway",),
}
"""Where the doors of each place lead to."""
FAR = 99
"""Rooms away from a place that is not in the house."""

_REFUSED = re.compile(
    r"No known action|Unknown action|Ambiguous request|not clear how|not sure how|already|can't"
    r"|cannot|is not |isn't|must be|not possible|nothing happens|doesn't",
    re.IGNORECASE,
)
_TIMES = {"wait": 11, "wait1": 2}
"""How far they move the simulator's clock; everything else moves it by one."""
_PASSIVE = ("wait", "look at ", "look in ", "use thermometer ")
_ACTION = re.compile(
    r"(focus on|pick up|put down|look at|look in|look around|go to|teleport to|[a-z]+1?)(?: (.+))?"
)
_BETWEEN = {"connect": "to", "dunk": "into|in", "move": "to", "pour": "into|in", "use": "on"}
"""What stands between two things; the last of its kind, as ``in inventory`` is part of a name."""


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that the script does where it is.

    Attributes:
        action: in the environment's words.
        place: where.
        passive: it changes nothing but the time.
        goal: the next sub-goal that the script reaches; None after the last.
    """

    action: str
    place: str
    passive: bool
    goal: SubGoal | None


@dataclass(frozen=True, slots=True)
class Way:
    """All deeds in order, without the going from place to place.

    Attributes:
        deeds: in order.
        reached: sub-goal -> number of deeds until the script reaches it, the last one included.
    """

    deeds: tuple[Deed, ...]
    reached: dict[tuple[bool, int], int]


class Ways:
    """The ways of tasks, each worked out once.

    Args:
        simplifications: as in the environment's settings.
        java: as there.
    """

    def __init__(self, simplifications: str, java: str) -> None:
        self._simplifications = simplifications
        self._simulator = Simulator(java, GOLD_HEAP_MB)
        self._known: dict[str, Way] = {}

    def of(self, task_id: str) -> Way:
        """The way of a task: without deeds where the script does not solve it."""
        if task_id not in self._known:
            self._known[task_id] = self._find(task_id)
        return self._known[task_id]

    def close(self) -> None:
        """Stop the simulator."""
        self._simulator.close()

    def _find(self, task_id: str) -> Way:
        kind, variation = parse_task_id(task_id)
        simplifications = expand_simplifications(self._simplifications, kind.name)
        path = gold_path(task_id, simplifications, lambda: self._simulator)
        self._simulator.load(kind.name, variation, simplifications)
        moments = [look_around(self._simulator)]
        for action in path.actions:
            moments.append(look_around(self._simulator, self._simulator.step(action)))
        return make_way(path.actions, moments)


def make_way(actions: Sequence[str], moments: Sequence[Moment]) -> Way:
    """The way that a solved episode went: its moments are one more than its actions."""
    flips = list(map(reached, moments, moments[1:]))
    ahead: SubGoal | None = None
    deeds: list[Deed] = []
    for number in range(len(actions) - 1, -1, -1):
        ahead = flips[number][0] if flips[number] else ahead
        action, reply = actions[number], moments[number + 1].reply
        if not (is_journey(action) or refused(reply)):
            passive = is_passive(action) and not flips[number]
            deeds.append(Deed(action, moments[number].place, passive, ahead))
    deeds.reverse()
    count = 0
    found: dict[tuple[bool, int], int] = {}
    for action, moment, flipped in zip(actions, moments[1:], flips, strict=True):
        count += not (is_journey(action) or refused(moment.reply))
        found.update((goal.key, count) for goal in flipped)
    return Way(tuple(deeds), found)


def is_journey(action: str) -> bool:
    """Whether it leads to another place, or opens the door to one."""
    return action.startswith(("go ", "teleport to ")) or is_door(action, "open")


def is_door(action: str, verb: str = "") -> bool:
    """Whether it opens or closes a door between places; with ``verb`` only whether it does that."""
    said = read_action(action)[0]
    return said in ("open", "close") and verb in ("", said) and "door" in action.split()


def read_action(action: str) -> tuple[str, str, str]:
    """Verb, first and second thing of an action; empty strings for what is not there."""
    match = _ACTION.fullmatch(action)
    if match is None:
        return "", "", ""
    verb, things = match[1], match[2] or ""
    if verb in _BETWEEN:
        pair = re.fullmatch(rf"(.+) (?:{_BETWEEN[verb]}) (?!inventory$)(.+)", things)
        return (verb, pair[1], pair[2]) if pair else (verb, things, "")
    return verb, things, ""


def is_passive(action: str) -> bool:
    """Whether it may be done to let time pass."""
    return action.startswith(_PASSIVE)


def time_of(action: str) -> int:
    """How far an action moves the simulator's clock."""
    return _TIMES.get(action, 1)


def refused(reply: str) -> bool:
    """Whether the simulator did not do what it was told."""
    return _REFUSED.search(reply) is not None


@cache
def rooms_away(place: str, other: str) -> int:
    """Doors between two places."""
    seen, edge, count = {place}, {place}, 0
    while other not in seen:
        edge = {there for here in edge for there in DOORS.get(here, ())} - seen
        if not edge:
            return FAR
        seen |= edge
        count += 1
    return count


def door_leads_to(action: str, place: str) -> str:
    """Where the door leads that an action names, from ``place``; empty if to nowhere."""
    return next((there for there in DOORS.get(place, ()) if there in action), "")
