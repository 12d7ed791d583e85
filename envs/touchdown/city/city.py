"""A made-up city and its routes, all of them functions of a world seed."""

from __future__ import annotations

import random
import zlib
from collections.abc import Iterator
from functools import cached_property, lru_cache
from typing import NamedTuple

from envs.touchdown.city.meaning import Move, Past, Stop, Through, Turn, denoted
from envs.touchdown.city.paths import Paths
from envs.touchdown.city.places import Surroundings, make_surroundings
from envs.touchdown.city.splits import SPLITS
from envs.touchdown.city.streets import Streets, make_streets, position
from envs.touchdown.city.telling import Teller
from envs.touchdown.city.walks import Walks
from envs.touchdown.city.wording import say
from envs.touchdown.landmarks.osm import Poi, Sighting

GENERATOR_VERSION = 1
"""To be raised when a seed makes another city or other words than before."""

_STARTS = {
    "train": range(2, 8),
    "dev": range(1),
    "test": range(1, 2),
    "dev_unseen": range(4),
    "test_unseen": range(4, 8),
}
"""Which eighths of the panoramas routes begin in, of those in a split's district."""

WORDS = (30, 70)
"""Fewest and most words of an instruction."""

_AIM = (32, 54)
"""Words that an instruction is to have, about."""

_WORDS_OF = {Turn: 9, Through: 7, Past: 8, Stop: 10}
_WORDS_OF_NOTE = 8
"""How many words it takes to say something, about."""

_NOTES = 8
"""Attempts to say something more."""

_TRIES = 4
"""Times that words are chosen anew until they are neither too few nor too many."""


class ToldRoute(NamedTuple):
    """A route with an instruction that describes it and no other.

    Attributes:
        number: of the instruction; no two routes of a city have the same.
        panos: numbers of the panoramas, from start to goal.
        heading: where one looks at the start, in degrees clockwise from north.
        instruction: in words.
        moves: what it means.
    """

    number: int
    panos: tuple[int, ...]
    heading: int
    instruction: str
    moves: tuple[Move, ...]


class City:
    """A made-up city. What is not asked for is not made.

    Args:
        world_seed: which city.

    Attributes:
        streets: panoramas and the ways between them.
        surroundings: places, and from where they are seen.
    """

    def __init__(self, world_seed: int):
        self.world_seed = world_seed
        self.streets: Streets = make_streets(world_seed)
        self.surroundings: Surroundings = make_surroundings(self.streets, world_seed)
        self._routes: dict[str, tuple[ToldRoute, ...]] = {}

    @cached_property
    def walks(self) -> Walks:
        """The straight ways through the city."""
        around = self.surroundings
        return Walks(self.streets.ways, around.places, around.sightings)

    @property
    def nodes(self) -> list[tuple[str, int, float, float]]:
        """Rows of ``nodes.txt``: id, yaw in degrees, latitude, longitude.

        Yaws are of the first way out: traffic flows north and east.
        """
        streets = self.streets
        return [
            (id_, ways[0][0], *position(point))
            for id_, ways, point in zip(streets.ids, streets.ways, streets.points, strict=True)
        ]

    @property
    def links(self) -> list[tuple[str, int, str]]:
        """Rows of ``links.txt``: from, heading in degrees, to."""
        ids = self.streets.ids
        return [
            (ids[pano], heading, ids[to])
            for pano, ways in enumerate(self.streets.ways)
            for heading, to in ways
        ]

    @property
    def pois(self) -> tuple[Poi, ...]:
        """Rows of ``pois.txt``."""
        return self.surroundings.pois

    @property
    def sightings(self) -> list[Sighting]:
        """Rows of ``pano_pois.txt``."""
        ids, pois = self.streets.ids, self.pois
        return [
            Sighting(ids[pano], bearing, distance, pois[place].id)
            for pano, bearing, distance, place in self.surroundings.sightings
        ]

    def rows(self, split: str) -> Iterator[dict[str, object]]:
        """Rows of a split's file of routes."""
        ids = self.streets.ids
        for route in self.routes(split):
            yield {
                "route_id": route.number,
                "source": "city",
                "route_panoids": [ids[pano] for pano in route.panos],
                "start_heading": route.heading,
                "navigation_text": route.instruction,
            }

    def routes(self, split: str) -> tuple[ToldRoute, ...]:
        """The routes of a split.

        Raises:
            KeyError: if there is no such split.
        """
        if split not in self._routes:
            self._routes[split] = tuple(self._tell_routes(split))
        return self._routes[split]

    def _tell_routes(self, split: str) -> list[ToldRoute]:
        rng = random.Random(f"routes/{self.world_seed}/{split}")
        paths = Paths(self.streets, split.endswith("_unseen"), self._starts(split))
        first = sum(list(SPLITS.values())[: list(SPLITS).index(split)])
        told: dict[tuple[int, int], ToldRoute] = {}
        while len(told) < SPLITS[split]:
            panos = paths.draw(rng)
            if (panos[0], panos[-1]) not in told:
                found = self._told(rng, panos, first + len(told))
                if found:
                    told[panos[0], panos[-1]] = found
        return list(told.values())

    def _starts(self, split: str) -> frozenset[int]:
        """Where the routes of a split begin: no two splits have one in common."""
        return frozenset(
            pano
            for pano in range(len(self.streets.ids))
            if zlib.crc32(f"{self.world_seed}/{pano}".encode()) % 8 in _STARTS[split]
        )

    def _told(self, rng: random.Random, panos: tuple[int, ...], number: int) -> ToldRoute | None:
        """The route with an instruction; None if none was found that leads only there."""
        teller = Teller(self.walks, rng, panos)
        if not teller.tell():
            return None
        aim = rng.uniform(*_AIM)
        for _ in range(_TRIES):
            missing = aim - _words(teller.moves)
            for _ in range(_NOTES):
                if missing > 0 and teller.add_note():
                    missing -= _WORDS_OF_NOTE
            instruction = say(rng, teller.moves)
            length = len(instruction.split())
            if WORDS[0] <= length <= WORDS[1]:
                break
            aim += _WORDS_OF_NOTE
        else:
            return None
        moves = tuple(teller.moves)
        if denoted(self.walks, panos[0], panos[1], moves) != {panos}:
            raise RuntimeError(f"an instruction fits more than its route: {instruction}")
        heading = next(heading for heading, to in self.streets.ways[panos[0]] if to == panos[1])
        return ToldRoute(number, panos, heading, instruction, moves)


def _words(moves: list[Move]) -> int:
    """How many words it takes to say this, about."""
    return sum(_WORDS_OF[type(move)] + _WORDS_OF_NOTE * len(move.notes) for move in moves)


@lru_cache(maxsize=4)
def make_city(world_seed: int) -> City:
    """The city of a world seed; the last few are remembered."""
    return City(world_seed)
