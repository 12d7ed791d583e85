"""Streets of a made-up city: a bent and broken grid of avenues and streets, panorama by panorama.

Everything is a function of the world seed. Lengths are metres, with x to the east and y to the
north.
"""

from __future__ import annotations

import math
import random
import string
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

AVENUES, STREETS = 12, 15
"""Lines of the grid, before blocks are taken out of it."""

HELD_OUT_AVENUES = 4
"""How many of the avenues are in the district that is held out."""

STEP = 10.0
"""Metres between panoramas, as in Touchdown."""

_BLOCK_LENGTHS = {"street": (10, 15), "avenue": (6, 9)}
"""Fewest and most steps of a block along a street (between avenues) and along an avenue."""

_REMOVED = 0.09
"""Share of the blocks that are taken out: what remains has T-intersections and bends."""

_SHAKE = 4.0
"""Metres by which a crossing is off the regular grid, at most."""

_ORIGIN = (40.0, -30.0)
"""Latitude and longitude of the middle: far out in the Atlantic, where no real street is."""

_METRES_PER_DEGREE = 111_320.0
_ID_LENGTH = 22
_ID_LETTERS = string.ascii_letters + string.digits + "-_"

Point = tuple[float, float]
Crossing = tuple[int, int]
"""Number of the avenue and of the street."""

Ways = tuple[tuple[int, int], ...]
"""(heading, next panorama) of all ways out of a panorama, by heading."""

DIRECTIONS: tuple[Crossing, ...] = ((1, 0), (0, 1), (-1, 0), (0, -1))
"""The ways out of a crossing, counter-clockwise."""


@dataclass(frozen=True, slots=True)
class Streets:
    """What a city is built along. Panoramas are numbered from 0.

    Attributes:
        ids: of the panoramas, as in the files.
        points: of each panorama, in metres.
        ways: out of each panorama, as (heading in degrees, number of the next), by heading.
        held_out: whether each panorama is in the district that is held out.
        crossings: the panorama at each place of the grid where lines meet.
        blocks: between two neighbouring crossings, the panoramas from one to the other.
        unseen_area: corners of the held-out district, as (lng, lat).
    """

    ids: tuple[str, ...]
    points: tuple[Point, ...]
    ways: tuple[Ways, ...]
    held_out: tuple[bool, ...]
    crossings: dict[Crossing, int]
    blocks: dict[tuple[Crossing, Crossing], tuple[int, ...]]
    unseen_area: tuple[Point, ...]

    def arm(self, crossing: Crossing, direction: Crossing) -> tuple[int, ...]:
        """The panoramas from a crossing to the next one that way; none where no block leads on."""
        other = (crossing[0] + direction[0], crossing[1] + direction[1])
        if crossing < other:
            return self.blocks.get((crossing, other), ())
        return self.blocks.get((other, crossing), ())[::-1]


def make_streets(world_seed: int) -> Streets:
    """The streets of a world."""
    rng = random.Random(f"streets/{world_seed}")
    turn = math.radians(rng.uniform(0.0, 90.0))
    across = _lines(rng, AVENUES, "street")
    along = _lines(rng, STREETS, "avenue")
    points: list[Point] = []
    crossings: dict[Crossing, int] = {}
    for i, x in enumerate(across):
        for j, y in enumerate(along):
            crossings[i, j] = len(points)
            points.append((x + rng.uniform(-_SHAKE, _SHAKE), y + rng.uniform(-_SHAKE, _SHAKE)))
    blocks = {
        (one, other): _pave(rng, points, crossings[one], crossings[other])
        for one, other in _without_removed(rng)
    }
    border = (across[-HELD_OUT_AVENUES - 1] + across[-HELD_OUT_AVENUES]) / 2
    district = [
        (border, along[0] - 50.0),
        (across[-1] + 50.0, along[0] - 50.0),
        (across[-1] + 50.0, along[-1] + 50.0),
        (border, along[-1] + 50.0),
    ]
    points = [_rotated(point, turn) for point in points]
    area = tuple(position(_rotated(corner, turn))[::-1] for corner in district)
    return Streets(
        ids=tuple("".join(rng.choices(_ID_LETTERS, k=_ID_LENGTH)) for _ in points),
        points=tuple(points),
        ways=_ways(points, blocks.values()),
        held_out=tuple(_is_beyond(area[0], area[3], position(point)[::-1]) for point in points),
        crossings=crossings,
        blocks=blocks,
        unseen_area=area,
    )


def _is_beyond(one: Point, other: Point, point: Point) -> bool:
    """Whether a point is to the right of the line from one point to another, all in degrees.

    Coordinates are those of the files, so that whoever reads these finds the same.
    """
    (x, y), (to_x, to_y) = one, other
    return (to_x - x) * (point[1] - y) < (to_y - y) * (point[0] - x)


def bearing(source: Point, target: Point) -> float:
    """Direction from one point to another, in degrees clockwise from north, 0 to 360."""
    return math.degrees(math.atan2(target[0] - source[0], target[1] - source[1])) % 360.0


def _lines(rng: random.Random, count: int, blocks: str) -> list[float]:
    """Where the lines of the grid lie, around 0."""
    gaps = [rng.randint(*_BLOCK_LENGTHS[blocks]) * STEP for _ in range(count - 1)]
    where = [0.0]
    for gap in gaps:
        where.append(where[-1] + gap)
    return [each - where[-1] / 2 for each in where]


def _all_blocks() -> Iterator[tuple[Crossing, Crossing]]:
    for i in range(AVENUES):
        for j in range(STREETS):
            if i + 1 < AVENUES:
                yield (i, j), (i + 1, j)
            if j + 1 < STREETS:
                yield (i, j), (i, j + 1)


def _without_removed(rng: random.Random) -> list[tuple[Crossing, Crossing]]:
    """The blocks that stay; they hang together, and no street ends in the middle of nowhere."""
    blocks = list(_all_blocks())
    neighbours: dict[Crossing, set[Crossing]] = {}
    for one, other in blocks:
        neighbours.setdefault(one, set()).add(other)
        neighbours.setdefault(other, set()).add(one)
    removed: set[tuple[Crossing, Crossing]] = set()
    for one, other in rng.sample(blocks, round(_REMOVED * len(blocks))):
        if min(len(neighbours[one]), len(neighbours[other])) < 3:
            continue
        neighbours[one].remove(other)
        neighbours[other].remove(one)
        if _connected(neighbours):
            removed.add((one, other))
        else:
            neighbours[one].add(other)
            neighbours[other].add(one)
    return [block for block in blocks if block not in removed]


def _connected(neighbours: dict[Crossing, set[Crossing]]) -> bool:
    seen = {(0, 0)}
    frontier = [(0, 0)]
    while frontier:
        for each in neighbours[frontier.pop()] - seen:
            seen.add(each)
            frontier.append(each)
    return len(seen) == len(neighbours)


def _pave(rng: random.Random, points: list[Point], one: int, other: int) -> tuple[int, ...]:
    """Put panoramas between two crossings, on a slight bow; all panoramas from end to end."""
    (x, y), (to_x, to_y) = points[one], points[other]
    length = math.hypot(to_x - x, to_y - y)
    steps = round(length / STEP)
    bow = rng.uniform(-6.0, 6.0) * rng.choice((0, 0, 1))
    panos = [one]
    for k in range(1, steps):
        part = k / steps
        off = bow * math.sin(math.pi * part) / length
        panos.append(len(points))
        points.append(
            (
                x + (to_x - x) * part - (to_y - y) * off + rng.uniform(-0.7, 0.7),
                y + (to_y - y) * part + (to_x - x) * off + rng.uniform(-0.7, 0.7),
            )
        )
    return (*panos, other)


def _rotated(point: Point, angle: float) -> Point:
    x, y = point
    return (
        x * math.cos(angle) - y * math.sin(angle),
        x * math.sin(angle) + y * math.cos(angle),
    )


def position(point: Point) -> Point:
    """Latitude and longitude of a point in metres, as finely as Touchdown's files have them."""
    lat, lng = _ORIGIN
    shrunk = _METRES_PER_DEGREE * math.cos(math.radians(lat))
    return (
        round(lat + point[1] / _METRES_PER_DEGREE, 6),
        round(lng + point[0] / shrunk, 6),
    )


def _ways(points: list[Point], blocks: Iterable[tuple[int, ...]]) -> tuple[Ways, ...]:
    ways: list[list[tuple[int, int]]] = [[] for _ in points]
    for panos in blocks:
        for one, other in pairwise(panos):
            heading = round(bearing(points[one], points[other])) % 360
            ways[one].append((heading, other))
            ways[other].append(((heading + 180) % 360, one))
    return tuple(tuple(sorted(each)) for each in ways)
