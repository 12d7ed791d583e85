"""What official ALFWorld rooms are made of: counts and rates that the generator draws from.

``room_statistics.json`` beside this module was counted on the official train split (see its
``source`` entry); it holds aggregated numbers only. All names in it are lower-case kinds, as the
game shows them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

ROOMS = ("kitchen", "living", "bedroom", "bathroom")
"""The four room types, in the order of the official scene numbers (1, 201, 301, 401 onwards)."""


@dataclass(frozen=True, slots=True)
class ItemStatistics:
    """How one kind of item occurs in one room type.

    Attributes:
        counts: number of games in which the room holds 0, 1, 2, ... of it.
        places: receptacle kind -> items of this kind in it, per item in rooms that have the
            receptacle kind.
        also_in: receptacle kind -> second receptacle kind -> how often the item is listed there
            too (ALFWorld's "ghosts", e.g. a pan over two burners).
    """

    counts: tuple[int, ...]
    places: Mapping[str, float]
    also_in: Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class RoomStatistics:
    """What rooms of one type look like.

    Attributes:
        receptacles: kind -> number of layouts that have 0, 1, 2, ... of it.
        shares: kind -> other kind -> how often one stands at the same spot as the other.
        items: kind -> :class:`ItemStatistics`.
        tasks: goal kind -> item -> target (destination, or lamp for ``look``) -> games.
    """

    receptacles: Mapping[str, tuple[int, ...]]
    shares: Mapping[str, Mapping[str, float]]
    items: Mapping[str, ItemStatistics]
    tasks: Mapping[str, Mapping[str, Mapping[str, int]]]


@dataclass(frozen=True, slots=True)
class Statistics:
    """Everything that was counted.

    Attributes:
        spelling: kind -> official spelling, e.g. ``alarmclock`` -> ``AlarmClock``.
        flags: item kind -> its flags (see :class:`envs.alfworld.game.Item`).
        openable: receptacle kinds with a door.
        can_contain: receptacle kind -> item kinds it may hold.
        rooms: room type -> :class:`RoomStatistics`.
    """

    spelling: Mapping[str, str]
    flags: Mapping[str, frozenset[str]]
    openable: frozenset[str]
    can_contain: Mapping[str, frozenset[str]]
    rooms: Mapping[str, RoomStatistics]


@lru_cache(maxsize=1)
def load_statistics() -> Statistics:
    """The table, read once per process."""
    text = resources.files(__package__).joinpath("room_statistics.json").read_text("utf-8")
    raw = json.loads(text)
    kinds = {kind for room in raw["rooms"].values() for kind in room["items"]}
    return Statistics(
        spelling=raw["spelling"],
        flags={
            kind: frozenset(flag for flag, holders in raw["flags"].items() if kind in holders)
            for kind in kinds
        },
        openable=frozenset(raw["openable"]),
        can_contain={kind: frozenset(items) for kind, items in raw["can_contain"].items()},
        rooms={
            name: RoomStatistics(
                receptacles={kind: tuple(n) for kind, n in room["receptacles"].items()},
                shares=room["shares"],
                items={
                    kind: ItemStatistics(
                        tuple(item["counts"]), item["places"], item.get("also_in", {})
                    )
                    for kind, item in room["items"].items()
                },
                tasks=room["tasks"],
            )
            for name, room in raw["rooms"].items()
        },
    )


def guess_room(receptacle_kinds: set[str]) -> str:
    """The room type, from the receptacle kinds one sees on entering it."""
    if "fridge" in receptacle_kinds or "microwave" in receptacle_kinds:
        return "kitchen"
    if "toilet" in receptacle_kinds or "toiletpaperhanger" in receptacle_kinds:
        return "bathroom"
    return "bedroom" if "bed" in receptacle_kinds else "living"
