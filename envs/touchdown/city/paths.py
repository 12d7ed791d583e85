"""Ways to walk through a city, each the shortest from its start to its end."""

from __future__ import annotations

import random
from collections.abc import Collection
from typing import NamedTuple

import numpy as np

from envs.touchdown.city.streets import DIRECTIONS, Crossing, Streets

SHORTEST, LONGEST = 20, 48
"""Panoramas of a route. The longest, with four turns and the stop, takes 53 actions."""

_TURNS = (1, 2, 3, 4), (35, 38, 19, 8)
"""Turns of a route, and how often."""

_STRAIGHT = 0.5
"""Chance to go straight on at an intersection where one might turn."""

_BACK = 0.6
"""Chance not to turn to the same side twice in a row after all: that is seldom the shortest."""

_STOP = 0.4
"""Chance to stop in a block where a route may end."""

_FAR = 1 << 20
"""Steps, more than there are."""


class _Way(NamedTuple):
    """A way from one crossing to the next; ways are spoken of by their numbers."""

    panos: tuple[int, ...]
    """From crossing to crossing, both of them included."""
    behind: int
    """Number of the crossing where it begins."""
    ahead: int
    """Number of the crossing to which it leads."""
    bend: bool
    """Whether there is just one way on from there."""
    straight: int | None
    """The way on, if there is one straight ahead or no other."""
    sides: tuple[tuple[int, int], ...]
    """(1 for left or -1 for right, the way on) of the turns."""


class Paths:
    """Draws ways within one district.

    Args:
        streets: of the city.
        held_out: whether in the district that is held out, or in the rest.
        starts: the panoramas where they may begin.
    """

    def __init__(self, streets: Streets, held_out: bool, starts: Collection[int]):
        number = {crossing: n for n, crossing in enumerate(streets.crossings)}
        self._apart = _distances(streets, number)
        self._ways = _ways(streets, number, held_out)
        self._starts = [
            (number, offset)
            for number, way in enumerate(self._ways)
            for offset in range(1, len(way.panos) - 2)
            if way.panos[offset] in starts
        ]

    def draw(self, rng: random.Random) -> tuple[int, ...]:
        """Panoramas of a way from a start between two crossings to a goal."""
        turns = rng.choices(_TURNS[0], _TURNS[1])[0]
        while True:
            panos = self._try(rng, turns)
            if panos:
                return panos

    def _try(self, rng: random.Random, turns: int) -> tuple[int, ...] | None:
        """A way with so many turns, or None where it was not the shortest or too long."""
        number, offset = self._starts[int(rng.random() * len(self._starts))]
        way = self._ways[number]
        behind, ahead = self._apart[way.behind], self._apart[way.ahead]
        steps_ahead = len(way.panos) - 1 - offset
        panos, last = way.panos[offset:], 0
        while len(panos) < LONGEST:
            onwards, side = _onwards(rng, way, turns, last)
            if onwards is None:
                return None
            way, last = self._ways[onwards], side or last
            turns -= bool(side)
            shortest = min(behind[way.ahead] + offset, ahead[way.ahead] + steps_ahead)
            if turns == 0:
                goals = _goals(len(panos), len(way.panos), shortest)
                if goals and rng.random() < _STOP:
                    return panos + way.panos[1 : rng.choice(goals) + 1]
            panos += way.panos[1:]
            if len(panos) - 1 > shortest:
                return None
        return None


def _ways(streets: Streets, number: dict[Crossing, int], held_out: bool) -> list[_Way]:
    """All ways between crossings of a district."""
    inside = {
        crossing
        for crossing, pano in streets.crossings.items()
        if streets.held_out[pano] == held_out
    }
    arms = {
        (crossing, k): arm
        for crossing in sorted(inside)
        for k, direction in enumerate(DIRECTIONS)
        if _next(crossing, k) in inside and (arm := streets.arm(crossing, direction))
    }
    at = {arm: n for n, arm in enumerate(arms)}
    ways = []
    for (crossing, k), panos in arms.items():
        to = _next(crossing, k)
        on = {side: at.get((to, (k + side) % 4)) for side in (0, 1, -1)}
        bend = len(streets.ways[streets.crossings[to]]) == 2
        only = next((each for each in on.values() if each is not None), None)
        sides = tuple((side, each) for side, each in on.items() if side and each is not None)
        straight = only if bend else on[0]
        ways.append(_Way(panos, number[crossing], number[to], bend, straight, sides))
    return ways


def _onwards(rng: random.Random, way: _Way, turns: int, last: int) -> tuple[int | None, int]:
    """The way on at the end of a way, and to which side one turns there at an intersection.

    Args:
        rng: draws it.
        way: where one walks.
        turns: how many turns are to come.
        last: side of the last turn, 0 if there was none yet.
    """
    if way.bend or not turns or (way.straight is not None and rng.random() < _STRAIGHT):
        return way.straight, 0
    if not way.sides:
        return None, 0
    side, onwards = way.sides[int(rng.random() * len(way.sides))]
    if side == last and len(way.sides) == 2 and rng.random() < _BACK:
        side, onwards = way.sides[way.sides[0] == (side, onwards)]
    return onwards, side


def _next(crossing: Crossing, way: int) -> Crossing:
    return crossing[0] + DIRECTIONS[way][0], crossing[1] + DIRECTIONS[way][1]


def _goals(walked: int, length: int, ahead: int) -> range:
    """How far into a block a route may go on: it is long enough, and still the shortest.

    Args:
        walked: panoramas so far, the crossing where the block begins being the last.
        length: panoramas of the block, with both ends.
        ahead: steps on the shortest way from the start to its other end.
    """
    shortest = (ahead + length - walked) // 2
    return range(max(1, SHORTEST - walked), min(length - 1, LONGEST - walked, shortest) + 1)


def _distances(streets: Streets, number: dict[Crossing, int]) -> list[list[int]]:
    """Steps between all pairs of crossings, on the shortest way (Floyd and Warshall)."""
    apart = np.full((len(number), len(number)), _FAR, dtype=np.int32)
    np.fill_diagonal(apart, 0)
    for (one, other), panos in streets.blocks.items():
        apart[number[one], number[other]] = apart[number[other], number[one]] = len(panos) - 1
    for via in range(len(number)):
        np.minimum(apart, apart[:, via, None] + apart[None, via], out=apart)
    distances: list[list[int]] = apart.tolist()
    return distances
