"""Straight ways through a city, and what someone who walks them comes by.

Whoever is told to go straight on follows one line from where he is to the end of the street. A
line knows its intersections and, of every place that is seen from it, where it is passed and on
which side. Both follow from the ways between panoramas and from what is seen of the places, which
is what the files hold; nothing here knows how the city was made.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

from envs.touchdown.city.kinds import MEANT_BY, PARK, SIGNALS
from envs.touchdown.city.places import Place, Sighting
from envs.touchdown.city.streets import Ways

STRAIGHT = 45
"""Degrees: a way out that turns less leads straight on."""

LEFT, RIGHT, AHEAD = "left", "right", "ahead"

INTERSECTION, LIGHT, THREE_WAY, FOUR_WAY, END = "intersection", "light", "3-way", "4-way", "end"
"""What intersections are counted as. ``left`` and ``right`` are those with a way to that side."""

_AT_LIGHT = 10.0
"""Metres from an intersection to a traffic light that belongs to it."""

_AT_CORNER = 19.0
"""Metres from an intersection to what stands at its corners, not behind them."""

_BESIDE = 15.0
"""Metres from the middle of a street to what stands beside it, not around the corner."""

_AS_NEAR = 1.5
"""Metres: where a place is this little farther away, it may be said to be there as well."""

_AROUND_CORNER = 3
"""Panoramas without sight of a place after which it is passed a second time."""


class Pass(NamedTuple):
    """A place beside a line."""

    place: int
    side: str
    """``left`` or ``right``."""
    at: tuple[int, ...]
    """The steps at which one may be said to be in front of it: one, or several where it is not
    clear; all from its beginning to its end for a park."""


class CornerPlace(NamedTuple):
    """A place at an intersection, as one sees it who comes along the line."""

    place: int
    corner: str
    """``near left``, ``left``, ``far left``, likewise with ``right``, or ``ahead``."""


class Line:
    """A straight way: panoramas from the beginning of a street to its end.

    Args:
        panos: of its steps.
        headings: from each step to the next, in degrees; the last is repeated.
        intersections: steps at which there are more than two ways.
        lights: those of them with a traffic light.
        passes: places beside the line, in the order in which they are passed.

    Attributes:
        end: the last step, from which no way leads straight on.
        starting: step -> the places of which it is the first one in front.
        ending: step -> the places of which it is the last one in front.
        called: name or noun -> what it can mean; made when asked for.
        corners: step -> places at that intersection; filled when asked for.
        branches: step and side -> next panoramas of those who turn; filled when asked for.
        counted: kind of intersection -> its steps, in order; filled when asked for.
    """

    def __init__(
        self,
        panos: list[int],
        headings: list[int],
        intersections: list[int],
        lights: frozenset[int],
        passes: Sequence[Pass],
    ):
        self.panos, self.headings = panos, headings
        self.intersections, self.lights = intersections, lights
        self.end = len(panos) - 1
        self.starting: dict[int, list[Pass]] = {}
        self.ending: dict[int, list[Pass]] = {}
        for each in passes:
            self.starting.setdefault(each.at[0], []).append(each)
            self.ending.setdefault(each.at[-1], []).append(each)
        self.passes = passes
        self.called: dict[str, list[Pass]] | None = None
        self.corners: dict[int, tuple[CornerPlace, ...]] = {}
        self.branches: dict[tuple[int, str], list[int]] = {}
        self.counted: dict[str, list[int]] = {}


Spot = tuple[Line, int]
"""A line and a step on it: where one is and which way one looks."""


class Walks:
    """All lines of a city.

    Args:
        ways: out of each panorama.
        places: what stands in the city.
        sightings: what is seen of it.
    """

    def __init__(
        self, ways: Sequence[Ways], places: Sequence[Place], sightings: Sequence[Sighting]
    ):
        self.ways, self.places = ways, places
        self.seen: list[list[Sighting]] = [[] for _ in ways]
        for sighting in sightings:
            self.seen[sighting.pano].append(sighting)
        self._spots: dict[tuple[int, int], Spot] = {}

    def spot(self, pano: int, onwards: int) -> Spot:
        """Where one is who is at a panorama and looks to the next one."""
        found = self._spots.get((pano, onwards))
        if found is None:
            line = self._line(pano, onwards)
            for step, way in enumerate(pairwise(line.panos)):
                self._spots[way] = line, step
            found = self._spots[pano, onwards]
        return found

    @cached_property
    def _before(self) -> dict[tuple[int, int], tuple[int, int]]:
        """Way -> the way that leads straight on into it."""
        before: dict[tuple[int, int], tuple[int, int]] = {}
        for pano, ways in enumerate(self.ways):
            for heading, to in ways:
                onwards = self._straight(pano, heading, to)
                if onwards is not None:
                    before[to, onwards[1]] = pano, to
        return before

    def _straight(self, pano: int, heading: int, to: int) -> tuple[int, int] | None:
        """(heading, panorama) straight on from ``to``, where one came to from ``pano``."""
        out = [way for way in self.ways[to] if way[1] != pano]
        if len(self.ways[to]) <= 2:
            return out[0] if out else None
        best = min(out, key=lambda way: abs(turned(heading, way[0])))
        return best if abs(turned(heading, best[0])) < STRAIGHT else None

    def _line(self, pano: int, onwards: int) -> Line:
        """The line that leads through a way; where it goes round in circles it is cut there."""
        way = first = (pano, onwards)
        while (earlier := self._before.get(way)) not in (None, first):
            way = earlier
        panos = [way[0]]
        headings: list[int] = []
        heading, here = next(each for each in self.ways[way[0]] if each[1] == way[1])
        start = way
        while True:
            panos.append(here)
            headings.append(heading)
            onward = self._straight(panos[-2], heading, here)
            if onward is None or (here, onward[1]) == start:
                break
            heading, here = onward
        headings.append(heading)
        intersections = [k for k, each in enumerate(panos) if len(self.ways[each]) > 2]
        return Line(
            panos,
            headings,
            intersections,
            frozenset(k for k in intersections if self._has_light(panos[k])),
            self._passes(panos, headings),
        )

    def _has_light(self, pano: int) -> bool:
        return any(
            self.places[each.place].kind == SIGNALS and each.distance <= _AT_LIGHT
            for each in self.seen[pano]
        )

    def _passes(self, panos: Sequence[int], headings: Sequence[int]) -> list[Pass]:
        runs: dict[int, list[list[tuple[int, Sighting]]]] = {}
        for step, pano in enumerate(panos):
            for sighting in self.seen[pano]:
                if self.places[sighting.place].kind == SIGNALS:
                    continue
                known = runs.setdefault(sighting.place, [])
                if not known or step - known[-1][-1][0] > _AROUND_CORNER:
                    known.append([])
                known[-1].append((step, sighting))
        passes = (self._pass(place, run, headings) for place, all_ in runs.items() for run in all_)
        return sorted((each for each in passes if each), key=lambda each: (each.at, each.place))

    def _pass(
        self, place: int, run: list[tuple[int, Sighting]], headings: Sequence[int]
    ) -> Pass | None:
        """Where one passes a place that was seen from these steps; None if it is on no side."""
        if self.places[place].kind == PARK:
            beside = [(k, seen) for k, seen in run if _side(headings[k], seen.bearing, 40)]
        else:
            nearest = min(seen.distance for _, seen in run)
            reach = nearest + _AS_NEAR if nearest <= _BESIDE else 0.0
            beside = [(k, seen) for k, seen in run if seen.distance < reach]
        sides = {_side(headings[k], seen.bearing, 65) for k, seen in beside}
        if len(sides) != 1 or "" in sides:
            return None
        return Pass(place, sides.pop(), tuple(k for k, _ in beside))

    def corners(self, line: Line, step: int) -> tuple[CornerPlace, ...]:
        """What stands at the corners of an intersection of a line, the nearest first."""
        found = line.corners.get(step)
        if found is None:
            near = (
                CornerPlace(seen.place, _corner(turned(line.headings[step - 1], seen.bearing)))
                for seen in sorted(self.seen[line.panos[step]], key=lambda seen: seen.distance)
                if seen.distance <= _AT_CORNER and self.places[seen.place].kind != SIGNALS
            )
            found = line.corners[step] = tuple(each for each in near if each.corner)
        return found

    def branches(self, line: Line, step: int, side: str) -> list[int]:
        """The next panoramas of those who turn to a side at an intersection of a line."""
        found = line.branches.get((step, side))
        if found is None:
            back, heading = line.panos[step - 1], line.headings[step - 1]
            sign = 1 if side == RIGHT else -1
            found = line.branches[step, side] = [
                pano
                for towards, pano in self.ways[line.panos[step]]
                if pano != back and STRAIGHT <= sign * turned(heading, towards) <= 180 - STRAIGHT
            ]
        return found

    def counted(self, line: Line, junction: str) -> list[int]:
        """The steps of a line that are intersections of a kind, in order."""
        found = line.counted.get(junction)
        if found is None:
            found = line.counted[junction] = [
                step for step in line.intersections if step and self._is(line, step, junction)
            ]
        return found

    def _is(self, line: Line, step: int, junction: str) -> bool:
        if junction == LIGHT:
            return step in line.lights
        if junction == END:
            return step == line.end
        if junction in (LEFT, RIGHT):
            return bool(self.branches(line, step, junction))
        ways = len(self.ways[line.panos[step]])
        return junction == INTERSECTION or ways == {THREE_WAY: 3, FOUR_WAY: 4}[junction]

    def called(self, line: Line, name: str, noun: str) -> list[Pass]:
        """What a name, a noun, or both together can mean beside a line."""
        if line.called is None:
            line.called = {}
            for each in line.passes:
                kind, its_name = self.places[each.place]
                for words in (its_name, *MEANT_BY[kind]):
                    line.called.setdefault(words, []).append(each)
        found = line.called.get(name or noun, [])
        if name and noun:
            found = [each for each in found if self.is_called(each.place, name, noun)]
        return found

    def is_called(self, place: int, name: str, noun: str) -> bool:
        """Whether a name, a noun, or both together can mean a place."""
        its_kind, its_name = self.places[place]
        return (not name or name == its_name) and (not noun or noun in MEANT_BY[its_kind])


def turned(heading: float, towards: float) -> float:
    """How far to the right (or, below 0, to the left) a direction is; -180 to below 180."""
    return (towards - heading + 180) % 360 - 180


def _side(heading: int, towards: int, most: int) -> str:
    """The side on which something is; empty if it is off from there by too many degrees."""
    turn = turned(heading, towards)
    return (RIGHT if turn > 0 else LEFT) if abs(abs(turn) - 90) <= most else ""


def _corner(turn: float) -> str:
    if abs(turn) <= 25:
        return AHEAD
    if abs(turn) > 165:
        return ""
    side = RIGHT if turn > 0 else LEFT
    depth = {abs(turn) < 75: "far ", abs(turn) > 105: "near "}.get(True, "")
    return depth + side
