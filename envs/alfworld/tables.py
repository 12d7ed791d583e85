"""What the fast engine derives from a game once and shares between episodes.

The admissible commands depend only on where the player stands, what is held, and how the
receptacles there look. A receptacle's look is one :class:`View` object per distinct content, so
that a list of commands is found again by the identity of a few objects.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from envs.alfworld import texts
from envs.alfworld.game import Game
from envs.errors import UserError

DIALECTS = ("move", "put")
"""``move X to Y`` (ALFWorld 0.4 and later) and the older ``put X in/on Y``."""

_KEPT_GAMES = 64
_KEPT_OPTIONS = 2048
_CLEANERS = ("sink", "sinkbasin")
_KNIVES = ("knife", "butterknife")


class Action(NamedTuple):
    """A command understood: its verb and the item and receptacle indices it acts on."""

    verb: str
    first: int = -1
    second: int = -1


Options = dict[str, Action]
"""Admissible command -> action, in the engine's (sorted) order."""

_ALWAYS = (("inventory", Action("inventory")), ("look", Action("look")))


class View:
    """How one receptacle looks at some moment.

    Attributes:
        contents: items in it, in listed order.
        is_open: whether it is open.
        reachable: one can take from it and put into it.
        text: its description.
        takes: the ``take`` commands it offers to empty hands.
        uses: the ``use`` commands it offers.
        targets: items in it that the task may be about (the lamps of a ``look`` task).
    """

    __slots__ = ("contents", "is_open", "reachable", "takes", "targets", "text", "uses")

    def __init__(self, tables: Tables, index: int, is_open: bool, contents: tuple[int, ...]):
        place, names = tables.game.receptacles[index], tables.item_names
        self.contents = contents
        self.is_open = is_open
        self.reachable = is_open or not place.openable
        shown = [names[i] for i in contents]
        self.text = texts.receptacle(place.name, place.openable, is_open, shown)
        self.takes = [
            (f"take {names[i]} from {place.name}", Action("take", i, index))
            for i in contents
            if self.reachable and i in tables.pickupable
        ]
        self.uses = [
            (f"use {names[i]}", Action("use", i)) for i in contents if i in tables.toggleable
        ]
        self.targets = [i for i in contents if i in tables.goal_items]


class Tables:
    """Everything derived from one game in one dialect.

    Attributes:
        game: the game.
        here: location -> receptacles one stands at there.
        start_views: how each receptacle looks at the start.
        goal_items: items the goal may be fulfilled with; for ``look`` the lamps.
        goal_receptacles: receptacles of the kind the goal names.
        intro: first observation without the task line.
    """

    def __init__(self, game: Game, dialect: str):
        self.game = game
        self.dialect = dialect
        self.item_names = [item.name for item in game.items]
        self.pickupable = _with_flag(game, "pickupable")
        self.toggleable = _with_flag(game, "toggleable")
        self.sliceable = sorted(_with_flag(game, "sliceable"))
        self.goal_items = _goal_items(game)
        self.goal_receptacles = [
            index for index, place in enumerate(game.receptacles) if place.kind == game.goal.target
        ]
        self.here: dict[int, tuple[int, ...]] = {}
        for index, place in enumerate(game.receptacles):
            self.here[place.location] = (*self.here.get(place.location, ()), index)
        self._views: dict[tuple[int, bool, tuple[int, ...]], View] = {}
        self._options: dict[object, tuple[Options, tuple[str, ...]]] = {}
        self._travel: dict[int, list[tuple[str, Action]]] = {}
        self.start_at = {(i, spot) for i, item in enumerate(game.items) for spot in item.locations}
        self.start_views = self._start_views()
        self.intro = f"{texts.WELCOME}\n\n{self._first_look()}"

    def _start_views(self) -> list[View]:
        contents: list[list[int]] = [[] for _ in self.game.receptacles]
        for index, item in enumerate(self.game.items):
            for place in item.receptacles:
                contents[place].append(index)
        return [
            self.view(index, place.is_open, tuple(contents[index]))
            for index, place in enumerate(self.game.receptacles)
        ]

    def _first_look(self) -> str:
        if self.game.start in self.here:
            return self.facing(self.game.start, [])
        return texts.room([place.name for place in self.game.receptacles])

    def view(self, index: int, is_open: bool, contents: tuple[int, ...]) -> View:
        """The one view object of a receptacle with this content (ascending item indices)."""
        key = (index, is_open, contents)
        view = self._views.get(key)
        if view is None:
            if len(self._views) >= _KEPT_OPTIONS:
                self._views.clear()
            view = self._views[key] = View(self, index, is_open, contents)
        return view

    def facing(self, location: int, floor: list[str]) -> str:
        """What ``look`` says at a place.

        Args:
            location: where the player stands.
            floor: names of what was taken from a receptacle here and now lies elsewhere here.
        """
        places = texts.enumeration([self.game.receptacles[r].name for r in self.here[location]])
        return f"You are facing the {places}. Next to it, you see {texts.listing(floor)}."

    def arrival(self, index: int) -> str:
        """Name of where one arrives: the receptacle, in the older dialect the location."""
        place = self.game.receptacles[index]
        if self.dialect == "move":
            return place.name
        last = max(max(self.here), max(spot for _, spot in self.start_at), self.game.start)
        return f"loc {last + 1 - place.location}"

    def options(
        self, location: int, held: int | None, views: list[View], sliceable: tuple[int, ...]
    ) -> tuple[Options, tuple[str, ...]]:
        """Admissible commands, by name and as the sorted tuple.

        Args:
            location: where the player stands.
            held: the item in hand.
            views: the receptacles here as they look now.
            sliceable: sliceable items lying at this location, if a knife is held, else empty.
        """
        key = (location, held, sliceable, *views)
        known = self._options.get(key)
        if known is None:
            if len(self._options) >= _KEPT_OPTIONS:
                self._options.clear()
            options = dict(sorted(self._offers(location, held, views, sliceable)))
            known = self._options[key] = (options, tuple(options))
        return known

    def _offers(
        self, location: int, held: int | None, views: list[View], sliceable: tuple[int, ...]
    ) -> Iterator[tuple[str, Action]]:
        yield from self.travel(location)
        yield from _ALWAYS
        if self.dialect == "move":
            yield "help", Action("help")
        for index, view in zip(self.here.get(location, ()), views, strict=True):
            yield from self._receptacle_offers(index, view)
            yield from view.uses
            if held is None:
                yield from view.takes
            else:
                yield from self._held_offers(held, index, view)
        if held is not None:
            yield f"examine {self.item_names[held]}", Action("examine item", held)
            for item in sliceable:
                command = f"slice {self.item_names[item]} with {self.item_names[held]}"
                yield command, Action("slice", item, held)

    def _receptacle_offers(self, index: int, view: View) -> Iterator[tuple[str, Action]]:
        place = self.game.receptacles[index]
        yield f"examine {place.name}", Action("examine", index)
        if place.openable:
            verb = "close" if view.is_open else "open"
            yield f"{verb} {place.name}", Action(verb, index)

    def _held_offers(self, held: int, index: int, view: View) -> Iterator[tuple[str, Action]]:
        item, place = self.game.items[held], self.game.receptacles[index]
        if view.reachable and (place.kind, item.kind) in self.game.can_contain:
            yield self.move_command(item.name, place.name), Action("move", held, index)
        for verb, flag, kinds in (
            ("clean", "cleanable", _CLEANERS),
            ("cool", "coolable", ("fridge",)),
            ("heat", "heatable", ("microwave",)),
        ):
            if place.kind in kinds and flag in item.flags:
                yield f"{verb} {item.name} with {place.name}", Action(verb, held, index)

    def move_command(self, item: str, place: str) -> str:
        """The command that puts an item down, in this dialect."""
        if self.dialect == "move":
            return f"move {item} to {place}"
        return f"put {item} in/on {place}"

    def travel(self, location: int) -> list[tuple[str, Action]]:
        """The ``go to`` commands at a location, sorted."""
        known = self._travel.get(location)
        if known is None:
            known = self._travel[location] = sorted(
                (f"go to {place.name}", Action("go", index))
                for index, place in enumerate(self.game.receptacles)
                if place.location != location
            )
        return known

    def cuttable(
        self, held: int | None, location: int, at: Iterable[tuple[int, int]]
    ) -> tuple[int, ...]:
        """Sliceable items at a location, if the held item is a knife."""
        if held is None or self.game.items[held].kind not in _KNIVES:
            return ()
        return tuple(item for item in self.sliceable if (item, location) in at)


def _with_flag(game: Game, flag: str) -> frozenset[int]:
    return frozenset(index for index, item in enumerate(game.items) if flag in item.flags)


def _goal_items(game: Game) -> frozenset[int]:
    goal = game.goal
    kind = goal.target if goal.kind == "look" else goal.item
    needed = {"look": "toggleable", "clean": "cleanable", "heat": "heatable", "cool": "coolable"}
    flag = needed.get(goal.kind)
    return frozenset(
        index
        for index, item in enumerate(game.items)
        if item.kind == kind and (flag is None or flag in item.flags)
    )


_tables: OrderedDict[tuple[int, str], Tables] = OrderedDict()


def tables_of(game: Game, dialect: str) -> Tables:
    """The tables of a game, from the last few games played or made now.

    Keyed by the game object itself (the tables keep it alive): hashing a game's content would
    cost more than the tables do.
    """
    if dialect not in DIALECTS:
        raise UserError(f"dialect must be one of {', '.join(DIALECTS)}, not {dialect!r}.")
    key = (id(game), dialect)
    tables = _tables.get(key)
    if tables is None:
        tables = _tables[key] = Tables(game, dialect)
        if len(_tables) > _KEPT_GAMES:
            _tables.popitem(last=False)
    else:
        _tables.move_to_end(key)
    return tables
