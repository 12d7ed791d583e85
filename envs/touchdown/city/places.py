"""Places of a made-up city: what stands along its streets, and from where it is seen."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import NamedTuple

from envs.touchdown.city.kinds import KINDS, PARK, SIGNALS, WORDS, Kind
from envs.touchdown.city.streets import (
    AVENUES,
    DIRECTIONS,
    STREETS,
    Crossing,
    Point,
    Streets,
    bearing,
)
from envs.touchdown.city.streets import position as degrees
from envs.touchdown.landmarks.osm import Poi

FIRST_ID = 1_000_000
"""The number of the first place in the files."""

SIGHT = 26.0
"""Metres from which a place is seen."""

_SIGNAL_SIGHT = 16.0
_KERB = 9.0
"""Metres from the middle of a street to a park beside it."""

_ALONG = 0.13
"""Chance that a place stands at a panorama, for each side of the street."""

_CORNER, _FACING = 0.62, 0.6
"""Chance of a place at a corner, and of one that faces who comes to the end of a street."""

_SIGNALS = 0.65
_PARKS = 0.04
_CHAIN = 0.55
"""Chance that a named place of a kind that has chains belongs to one of them."""

_HELD_OUT_WORDS = 0.25
"""Share of the words that names are made of that only the held-out district uses."""


class Place(NamedTuple):
    """Something that stands in a city."""

    kind: str
    """A value of OpenStreetMap's, e.g. ``cafe``."""
    name: str
    """Empty where it has none."""


class Sighting(NamedTuple):
    """A place is seen from a panorama."""

    pano: int
    bearing: int
    """Degrees clockwise from north, 0 to 359."""
    distance: float
    """Metres, to a tenth."""
    place: int
    """Number of the place."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """All places, with their rows in ``pois.txt``, and what is seen of them, by panorama."""

    places: tuple[Place, ...]
    pois: tuple[Poi, ...]
    sightings: tuple[Sighting, ...]


_SLOT = re.compile(r"{(\w+)}")


def make_surroundings(streets: Streets, world_seed: int) -> Surroundings:
    """The places of a world."""
    builder = _Builder(streets, random.Random(f"places/{world_seed}"))
    builder.build()
    sightings = tuple(sorted(builder.sightings))
    return Surroundings(tuple(builder.places), tuple(builder.pois), sightings)


class _Builder:
    """Goes around the city and puts places where they belong."""

    def __init__(self, streets: Streets, rng: random.Random):
        self.streets, self.rng = streets, rng
        self.places: list[Place] = []
        self.pois: list[Poi] = []
        self.sightings: list[Sighting] = []
        self._names: set[str] = set()
        self._kinds = tuple(KINDS.values())
        self._along = tuple(accumulate(kind.along for kind in self._kinds))
        self._corner = tuple(accumulate(kind.corner for kind in self._kinds))
        self._words = {slot: _divided(rng, words) for slot, words in WORDS.items()}
        cells = [(i, j) for i in range(AVENUES - 1) for j in range(STREETS - 1)]
        self._parks = set(rng.sample(cells, round(_PARKS * len(cells))))

    def build(self) -> None:
        for cell in sorted(self._parks):
            self._add_park(cell)
        for crossing in self.streets.crossings:
            arms = [self.streets.arm(crossing, direction) for direction in DIRECTIONS]
            if sum(map(bool, arms)) > 2 and self.rng.random() < _SIGNALS:
                self._add_signals(arms)
            self._fill_corners(crossing, arms)
        for ((i, j), other), panos in self.streets.blocks.items():
            left, right = ((i, j), (i, j - 1)) if other[0] > i else ((i - 1, j), (i, j))
            for cell, side in ((left, -90.0), (right, 90.0)):
                if cell not in self._parks:
                    self._fill_side(panos, side)

    def _add_park(self, cell: Crossing) -> None:
        """A whole cell of the grid, seen all along the streets around it and from its corners."""
        around = [(cell[0] + di, cell[1] + dj) for di, dj in ((0, 0), (1, 0), (1, 1), (0, 1))]
        corners = [self.streets.crossings[each] for each in around]
        spots = [self.streets.points[pano] for pano in corners]
        middle = (sum(x for x, _ in spots) / 4, sum(y for _, y in spots) / 4)
        number = self._add(KINDS[PARK], middle, corners[0])
        for k, direction in enumerate(DIRECTIONS):
            self._sight(corners[k], bearing(spots[k], middle), _KERB * math.sqrt(2.0), number)
            panos = self.streets.arm(around[k], direction)  # the cell is on its left
            for pano, after in pairwise(panos[1:]):
                ahead = bearing(self.streets.points[pano], self.streets.points[after])
                self._sight(pano, ahead - 90.0, _KERB, number)

    def _add_signals(self, arms: Sequence[tuple[int, ...]]) -> None:
        near = {pano for arm in arms for pano in arm[:2]}
        here = next(arm[0] for arm in arms if arm)
        spot = _off(self.streets.points[here], self.rng.uniform(0.0, 360.0), 5.0)
        self._see(near, spot, self._place("highway", SIGNALS, "", spot), _SIGNAL_SIGHT)

    def _fill_corners(self, crossing: Crossing, arms: Sequence[tuple[int, ...]]) -> None:
        """Between each two neighbouring ways out: a corner, or a front that faces a street."""
        here = self.streets.crossings[crossing]
        near = {here, *(pano for arm in arms for pano in arm[1:4])}
        for k, (di, dj) in enumerate(((0, 0), (-1, 0), (-1, -1), (0, -1))):
            cell = (crossing[0] + di, crossing[1] + dj)
            right, left, after = arms[k], arms[(k + 1) % 4], arms[(k + 2) % 4]
            if right and left:
                chance, away = _CORNER, self.rng.uniform(14.5, 17.0)
                towards = self._middle(right, left)
            elif right and after and arms[(k + 3) % 4]:  # a T: one way out is missing
                chance, away = _FACING, self.rng.uniform(11.0, 13.0)
                towards = self._middle(right, after)
            else:
                continue
            if cell not in self._parks and self.rng.random() < chance:
                spot = _off(self.streets.points[here], towards, away)
                self._see(near, spot, self._add(self._drawn(self._corner), spot, here))

    def _fill_side(self, panos: tuple[int, ...], side: float) -> None:
        """Places along one side of a block, but for its ends, which belong to the corners."""
        points = self.streets.points
        for k in range(2, len(panos) - 2):
            if self.rng.random() < _ALONG:
                ahead = bearing(points[panos[k - 1]], points[panos[k + 1]])
                away, aslant = self.rng.uniform(9.0, 12.0), self.rng.uniform(-5.0, 5.0)
                spot = _off(points[panos[k]], ahead + side + aslant, away)
                number = self._add(self._drawn(self._along), spot, panos[k])
                self._see(panos[max(0, k - 3) : k + 4], spot, number)

    def _middle(self, right: tuple[int, ...], left: tuple[int, ...]) -> float:
        """The direction between two ways out of a crossing, the second to the left of the first."""
        points = self.streets.points
        one, other = (bearing(points[arm[0]], points[arm[1]]) for arm in (right, left))
        return one - (one - other) % 360.0 / 2

    def _drawn(self, weights: tuple[int, ...]) -> Kind:
        return self.rng.choices(self._kinds, cum_weights=weights)[0]

    def _add(self, kind: Kind, spot: Point, pano: int) -> int:
        """A place of that kind; which words its name is made of depends on the district."""
        name = ""
        if self.rng.random() >= kind.unnamed and kind.names:
            chain = kind.chains and self.rng.random() < _CHAIN
            held_out = self.streets.held_out[pano]
            name = self.rng.choice(kind.chains) if chain else self._new_name(kind, held_out)
        return self._place(kind.key, kind.value, name, spot)

    def _new_name(self, kind: Kind, held_out: bool) -> str:
        """A name that nothing in the city has yet."""
        while True:
            name = self.rng.choice(kind.names)
            for slot in _SLOT.findall(name):
                seen, unseen = self._words[slot]
                stock = unseen if held_out and self.rng.random() < 0.5 else seen
                name = name.replace("{" + slot + "}", self.rng.choice(stock), 1)
            if name not in self._names:
                self._names.add(name)
                return name

    def _place(self, key: str, value: str, name: str, spot: Point) -> int:
        lat, lng = degrees(spot)
        number = len(self.places)
        tags = {key: value, "name": name} if name else {key: value}
        self.places.append(Place(value, name))
        self.pois.append(Poi(str(FIRST_ID + number), lat, lng, tags))
        return number

    def _see(self, panos: Iterable[int], spot: Point, number: int, sight: float = SIGHT) -> None:
        for pano in panos:
            here = self.streets.points[pano]
            distance = math.dist(here, spot)
            if distance <= sight:
                self._sight(pano, bearing(here, spot), distance, number)

    def _sight(self, pano: int, towards: float, distance: float, number: int) -> None:
        self.sightings.append(Sighting(pano, round(towards) % 360, round(distance, 1), number))


def _off(point: Point, towards: float, away: float) -> Point:
    """The point so many metres away in a direction of so many degrees."""
    angle = math.radians(towards)
    return point[0] + away * math.sin(angle), point[1] + away * math.cos(angle)


def _divided(rng: random.Random, words: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """Words for the whole city, and those for the held-out district alone."""
    shuffled = rng.sample(words, len(words))
    kept = round(len(words) * _HELD_OUT_WORDS)
    return shuffled[kept:], shuffled[:kept]
