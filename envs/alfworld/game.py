"""The compact form of an ALFWorld text game: all that the rules of play depend on.

A game in this form is a few kilobytes instead of the 85 kB of PDDL, grammar and domain in the
official ``game.tw-pddl``; :mod:`envs.alfworld.pddl` reads the official file into it and
:mod:`envs.alfworld.engine` plays it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

GOAL_KINDS = ("simple", "look", "clean", "heat", "cool", "two")
"""What a task asks for, in the order in which ALFWorld's papers list the six task types."""

TASK_TYPES = {
    "simple": "pick_and_place_simple",
    "look": "look_at_obj_in_light",
    "clean": "pick_clean_then_place_in_recep",
    "heat": "pick_heat_then_place_in_recep",
    "cool": "pick_cool_then_place_in_recep",
    "two": "pick_two_obj_and_place",
}
"""Goal kind -> the task type's official name (the first part of an official task folder)."""


@dataclass(frozen=True, slots=True)
class Goal:
    """What must hold at the end.

    Attributes:
        kind: one of :data:`GOAL_KINDS`.
        item: the item kind asked for, e.g. ``"mug"``.
        target: the receptacle kind it goes to, or the lamp kind for ``look``.
    """

    kind: str
    item: str
    target: str


@dataclass(frozen=True, slots=True)
class Receptacle:
    """A place that things are in or on.

    Attributes:
        name: as the game shows it, e.g. ``"cabinet 3"``.
        kind: its type, lower-case, without the suffix ``Type``, e.g. ``"cabinet"``.
        location: index of the spot one stands at; several receptacles may share one.
        openable: has a door or the like.
        is_open: open at the start.
    """

    name: str
    kind: str
    location: int
    openable: bool
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """A thing in the room.

    Attributes:
        name: as the game shows it, e.g. ``"mug 1"``.
        kind: its type, lower-case, without the suffix ``Type``.
        flags: of ``pickupable, container, cleanable, heatable, coolable, toggleable, sliceable``
            (``container`` is the domain's ``isReceptacleObject``: mugs, pots, boxes).
        states: of ``clean, hot, cool, sliced, toggled``, at the start.
        receptacles: indices into :attr:`Game.receptacles`; more than one makes a "ghost".
        locations: spots the item is at.
        nested: indices into :attr:`Game.items` of what lies in this container.
    """

    name: str
    kind: str
    flags: frozenset[str]
    states: frozenset[str]
    receptacles: tuple[int, ...]
    locations: tuple[int, ...]
    nested: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Game:
    """One game. Receptacles and items are in sorted-id order, the order of every printed list.

    Attributes:
        task_id: stable name, ``<task folder>/<trial folder>`` as in the official data.
        scene: name of the room layout, e.g. ``"FloorPlan10"``.
        instruction: the template sentence, without the final full stop.
        human_goals: goal sentences written by people (empty for generated games).
        goal: what must hold at the end.
        start: spot the agent starts at (no receptacle is there).
        can_contain: (receptacle kind, item kind) pairs that may hold one another.
        walkthrough: a stored winning command sequence in the ``move`` dialect.
    """

    task_id: str
    scene: str
    instruction: str
    human_goals: tuple[str, ...]
    goal: Goal
    start: int
    receptacles: tuple[Receptacle, ...]
    items: tuple[Item, ...]
    can_contain: frozenset[tuple[str, str]]
    walkthrough: tuple[str, ...]

    @property
    def task_type(self) -> str:
        """The official name of the task type."""
        return TASK_TYPES[self.goal.kind]


class State(NamedTuple):
    """Everything that changes during play, immutable; items and receptacles are indices."""

    location: int
    held: int | None
    opened: frozenset[int]
    inside: frozenset[tuple[int, int]]
    """(item, receptacle) pairs."""
    at: frozenset[tuple[int, int]]
    """(item, location) pairs."""
    taken_from: frozenset[tuple[int, int]]
    """(item, receptacle) pairs: picked up there at some time; the floor list of ``look``."""
    clean: frozenset[int]
    hot: frozenset[int]
    cool: frozenset[int]
    sliced: frozenset[int]
    toggled: frozenset[int]


class Turn(NamedTuple):
    """What the player gets after a reset or a command."""

    observation: str
    admissible: tuple[str, ...]
    """Admissible commands in the engine's (sorted) order."""
    won: bool
    """The goal holds: score 1, the episode is over."""
