"""Many games as one small JSON value.

Rooms repeat: the same receptacles, items and rules of what fits where return in dozens of games.
Each distinct one is written once and games refer to it by number, which also makes the games read
back share their parts in memory.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import Any, Generic, TypeVar

from envs.alfworld.game import Game, Goal, Item, Receptacle

T = TypeVar("T", bound=Hashable)


class _Numbered(Generic[T]):
    """Distinct values in order of first appearance."""

    def __init__(self) -> None:
        self._numbers: dict[T, int] = {}

    def number(self, value: T) -> int:
        return self._numbers.setdefault(value, len(self._numbers))

    def numbers(self, values: Iterable[T]) -> list[int]:
        return [self.number(value) for value in values]

    def values(self) -> list[T]:
        return list(self._numbers)


def pack(games: Iterable[Game]) -> dict[str, Any]:
    """The games as lists, numbers and strings; :func:`unpack` gives equal games back.

    Takes the games one at a time and keeps none, so that a generator of a whole split needs
    little memory.
    """
    receptacles: _Numbered[Receptacle] = _Numbered()
    items: _Numbered[Item] = _Numbered()
    fits: _Numbered[frozenset[tuple[str, str]]] = _Numbered()
    marks: _Numbered[frozenset[str]] = _Numbered()
    packed = [
        [
            game.task_id,
            game.scene,
            game.instruction,
            game.human_goals,
            [game.goal.kind, game.goal.item, game.goal.target],
            game.start,
            receptacles.numbers(game.receptacles),
            items.numbers(game.items),
            fits.number(game.can_contain),
            game.walkthrough,
        ]
        for game in games
    ]
    return {
        "games": packed,
        "receptacles": [
            [r.name, r.kind, r.location, r.openable, r.is_open] for r in receptacles.values()
        ],
        "items": [_pack_item(item, marks) for item in items.values()],
        "fits": [sorted(pairs) for pairs in fits.values()],
        "marks": [sorted(words) for words in marks.values()],
    }


def _pack_item(item: Item, marks: _Numbered[frozenset[str]]) -> list[Any]:
    words = marks.number(item.flags), marks.number(item.states)
    return [item.name, item.kind, *words, item.receptacles, item.locations, item.nested]


def unpack(data: dict[str, Any]) -> tuple[Game, ...]:
    """The games of a :func:`pack`, after a round trip through JSON.

    Raises:
        KeyError, IndexError, TypeError, ValueError: the data are not what ``pack`` makes.
    """
    receptacles = [Receptacle(*row) for row in data["receptacles"]]
    marks = [frozenset(words) for words in data["marks"]]
    items = [_unpack_item(row, marks) for row in data["items"]]
    fits = [frozenset((place, item) for place, item in pairs) for pairs in data["fits"]]
    return tuple(
        Game(
            task_id=task_id,
            scene=scene,
            instruction=instruction,
            human_goals=tuple(human_goals),
            goal=Goal(*goal),
            start=start,
            receptacles=tuple([receptacles[number] for number in places]),
            items=tuple([items[number] for number in things]),
            can_contain=fits[fit],
            walkthrough=tuple(walkthrough),
        )
        for (
            task_id,
            scene,
            instruction,
            human_goals,
            goal,
            start,
            places,
            things,
            fit,
            walkthrough,
        ) in data["games"]
    )


def _unpack_item(row: Sequence[Any], marks: Sequence[frozenset[str]]) -> Item:
    name, kind, flags, states, receptacles, locations, nested = row
    return Item(
        name=name,
        kind=kind,
        flags=marks[flags],
        states=marks[states],
        receptacles=tuple(receptacles),
        locations=tuple(locations),
        nested=tuple(nested),
    )
