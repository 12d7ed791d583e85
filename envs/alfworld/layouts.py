"""Rooms of generated games: which receptacles stand where, and what is usually kept in them.

A layout is drawn once per (world seed, room, number) from the statistics of the official rooms
and then stays fixed for all games played in it, as a floor plan does in the official data. Layouts
1-27 of each room type serve ``train`` and ``valid_seen``; 28-30 serve ``valid_unseen`` only.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

from envs.alfworld.game import Receptacle
from envs.alfworld.room_statistics import ROOMS, RoomStatistics, load_statistics

SEEN_NUMBERS = tuple(range(1, 28))
"""Layout numbers of ``train`` and ``valid_seen``: 27 per room type, as in the official data."""

UNSEEN_NUMBERS = tuple(range(28, 31))
"""Layout numbers of ``valid_unseen``."""

FIRST_SCENE = {"kitchen": 0, "living": 200, "bedroom": 300, "bathroom": 400}
"""Offset of a room type's scene numbers, as in the official floor plans."""

TASTE_SPREAD = 0.5
"""Standard deviation of the log-factor by which a layout's habits differ from the average room."""


@dataclass(frozen=True, slots=True)
class Layout:
    """One room.

    Attributes:
        scene: its name, e.g. ``"Generated12"``.
        room: room type, one of :data:`~envs.alfworld.room_statistics.ROOMS`.
        receptacles: in game order (sorted ids).
        start: spot of the agent at the start; no receptacle is there.
        items: item kinds that occur here.
        places: item kind -> cumulated weights over the receptacles.
    """

    scene: str
    room: str
    receptacles: tuple[Receptacle, ...]
    start: int
    items: tuple[str, ...]
    places: Mapping[str, tuple[float, ...]]

    @property
    def kinds(self) -> frozenset[str]:
        """The receptacle kinds of the room."""
        return frozenset(receptacle.kind for receptacle in self.receptacles)


def id_class(kind: str) -> str:
    """First part of an official id of this kind; basins carry the name of what they belong to."""
    return kind.removesuffix("basin")


def split_numbers(split: str) -> tuple[int, ...]:
    """The layout numbers, per room type, that a split uses.

    Raises:
        ValueError: if there is no such split.
    """
    if split in ("train", "valid_seen"):
        return SEEN_NUMBERS
    if split == "valid_unseen":
        return UNSEEN_NUMBERS
    raise ValueError(f"no split {split!r}: use train, valid_seen or valid_unseen")


def scenes(split: str) -> frozenset[str]:
    """Names of all layouts a split may use."""
    numbers = split_numbers(split)
    return frozenset(scene_name(room, number) for room in ROOMS for number in numbers)


def scene_name(room: str, number: int) -> str:
    """Name of a layout; the number in it is also the last part of the task folder's name."""
    return f"Generated{FIRST_SCENE[room] + number}"


if scenes("train") & scenes("valid_unseen"):  # pragma: no cover - guards an edit of the constants
    raise AssertionError("train and valid_unseen share layouts; unseen rooms must be unseen")


@lru_cache(maxsize=1024)
def make_layout(room: str, number: int, world_seed: int) -> Layout:
    """The layout of that number; the same for the same arguments, everywhere."""
    rng = random.Random(f"layout/{world_seed}/{room}/{number}")
    statistics = load_statistics().rooms[room]
    receptacles = _draw_receptacles(rng, statistics)
    items = tuple(kind for kind in statistics.items if _occurs(rng, statistics.items[kind].counts))
    return Layout(
        scene=scene_name(room, number),
        room=room,
        receptacles=receptacles,
        start=1 + max(receptacle.location for receptacle in receptacles),
        items=items,
        places=_draw_places(rng, statistics, receptacles, items),
    )


def _occurs(rng: random.Random, counts: tuple[int, ...]) -> bool:
    return rng.random() >= counts[0] / sum(counts)


def _draw_receptacles(rng: random.Random, statistics: RoomStatistics) -> tuple[Receptacle, ...]:
    """Receptacles in sorted-id order; some share a spot, as often as in the official rooms."""
    openable = load_statistics().openable
    spots: dict[str, list[int]] = {}
    taken = 0
    drawn: list[Receptacle] = []
    for kind in sorted(statistics.receptacles, key=lambda kind: id_class(kind) + "_"):
        histogram = statistics.receptacles[kind]
        count = rng.choices(range(len(histogram)), weights=histogram)[0]
        for rank in range(count):
            spot = _shared_spot(rng, statistics.shares.get(kind, {}), spots)
            if spot is None:
                spot, taken = taken, taken + 1
            spots.setdefault(kind, []).append(spot)
            drawn.append(Receptacle(f"{kind} {count - rank}", kind, spot, kind in openable))
    return tuple(drawn)


def _shared_spot(
    rng: random.Random, partners: Mapping[str, float], spots: Mapping[str, list[int]]
) -> int | None:
    """A spot where a receptacle of a partner kind stands already, or None for one of its own."""
    roll = rng.random()
    for kind, rate in partners.items():
        if roll < rate:
            return rng.choice(spots[kind]) if kind in spots else None
        roll -= rate
    return None


def _draw_places(
    rng: random.Random,
    statistics: RoomStatistics,
    receptacles: tuple[Receptacle, ...],
    items: tuple[str, ...],
) -> dict[str, tuple[float, ...]]:
    """Where each kind of item is kept here: the average room, bent by this layout's habits."""
    favour = [rng.expovariate(1.0) + 0.1 for _ in receptacles]
    of_kind: dict[str, float] = {}
    for receptacle, weight in zip(receptacles, favour, strict=True):
        of_kind[receptacle.kind] = of_kind.get(receptacle.kind, 0.0) + weight
    places = {}
    for item in items:
        rates = {
            kind: rate * math.exp(rng.gauss(0.0, TASTE_SPREAD))
            for kind, rate in statistics.items[item].places.items()
        }
        weights = (
            rates.get(receptacle.kind, 0.0) * weight / of_kind[receptacle.kind]
            for receptacle, weight in zip(receptacles, favour, strict=True)
        )
        places[item] = tuple(accumulate(weights))
    return places
