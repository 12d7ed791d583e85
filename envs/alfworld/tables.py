"""What the fast engine derives from a game once and shares between episodes.

The admissible commands depend only on where the player stands, what is held, and how the
receptacles there look. A receptacle's look is one :class:`View` object per distinct content, so
that a list of commands is found again by the identity of a few objects.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Container
from typing import NamedTuple

from envs.alfworld import texts
from envs.alfworld.game import Game
from envs.errors import UserError

DIALECTS = ("move", "put")
"""``move X to Y`` (ALFWorld 0.4 and later) and the older ``put X in/on Y``."""

_KEPT_GAMES = 64
_KEPT_OPTIONS = 2048
_TOOLS = {
    "sink": ("clean", "cleanable"),
    "sinkbasin": ("clean", "cleanable"),
    "fridge": ("cool", "coolable"),
    "microwave": ("heat", "heatable"),
}
_KNIVES = ("knife", "butterknife")


class Action(NamedTuple):
    """A command understood: its verb and the item and receptacle indices it acts on."""

    verb: str
    first: int = -1
    second: int = -1


Options = dict[str, Action]
"""Admissible command -> action, in the engine's (sorted) order."""

_ALWAYS = {"inventory": Action("inventory"), "look": Action("look")}
_HELP = {"help": Action("help")}


class View:
    """How one receptacle looks at some moment; its texts and commands are made when asked for.

    Attributes:
        contents: items in it, in listed order.
        is_open: whether it is open.
        reachable: one can take from it and put into it.
    """

    __slots__ = (
        "_index",
        "_tables",
        "_takes",
        "_targets",
        "_text",
        "_uses",
        "contents",
        "is_open",
        "reachable",
    )

    def __init__(self, tables: Tables, index: int, is_open: bool, contents: tuple[int, ...]):
        self.contents = contents
        self.is_open = is_open
        self.reachable = is_open or not tables.game.receptacles[index].openable
        self._tables = tables
        self._index = index
        self._text: str | None = None
        self._takes: Options | None = None
        self._uses: Options | None = None
        self._targets: list[int] | None = None

    @property
    def text(self) -> str:
        """Its description."""
        if self._text is None:
            place = self._tables.game.receptacles[self._index]
            shown = [self._tables.item_names[i] for i in self.contents]
            self._text = texts.receptacle(place.name, place.openable, self.is_open, shown)
        return self._text

    @property
    def takes(self) -> Options:
        """The ``take`` commands it offers to empty hands."""
        if self._takes is None:
            tables, index = self._tables, self._index
            place = tables.game.receptacles[index].name
            self._takes = {
                f"take {tables.item_names[i]} from {place}": Action("take", i, index)
                for i in self.contents
                if self.reachable and i in tables.pickupable
            }
        return self._takes

    @property
    def uses(self) -> Options:
        """The ``use`` commands it offers."""
        if self._uses is None:
            names, toggleable = self._tables.item_names, self._tables.toggleable
            self._uses = {
                f"use {names[i]}": Action("use", i) for i in self.contents if i in toggleable
            }
        return self._uses

    @property
    def targets(self) -> list[int]:
        """Items in it that the task may be about (the lamps of a ``look`` task)."""
        if self._targets is None:
            self._targets = [i for i in self.contents if i in self._tables.goal_items]
        return self._targets


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
        self._travel: dict[int, Options] = {}
        self._all_travel = sorted(
            (f"go to {place.name}", Action("go", index))
            for index, place in enumerate(game.receptacles)
        )
        self._always = _ALWAYS if dialect == "put" else {**_ALWAYS, **_HELP}
        self.start_at = {(i, spot) for i, item in enumerate(game.items) for spot in item.locations}
        spots = (self.game.start, *self.here, *(spot for _, spot in self.start_at))
        self._spots = max(spots) + 1
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
        return f"loc {self._spots - place.location}"

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
            options = self._sorted_options(location, held, views, sliceable)
            known = self._options[key] = (options, tuple(options))
        return known

    def _sorted_options(
        self, location: int, held: int | None, views: list[View], sliceable: tuple[int, ...]
    ) -> Options:
        """Merge the few commands that depend on the moment with the sorted ``go to`` block."""
        offers = dict(self._always)
        for index, view in zip(self.here.get(location, ()), views, strict=True):
            place = self.game.receptacles[index]
            offers[f"examine {place.name}"] = Action("examine", index)
            if place.openable:
                verb = "close" if view.is_open else "open"
                offers[f"{verb} {place.name}"] = Action(verb, index)
            offers.update(view.uses)
            if held is None:
                offers.update(view.takes)
            else:
                self._add_held_offers(offers, held, index, view)
        if held is not None:
            name = self.item_names[held]
            offers[f"examine {name}"] = Action("examine item", held)
            for item in sliceable:
                offers[f"slice {self.item_names[item]} with {name}"] = Action("slice", item, held)
        commands = sorted(offers)
        middle = bisect_left(commands, "go to")
        return {
            **{command: offers[command] for command in commands[:middle]},
            **self._travel_options(location),
            **{command: offers[command] for command in commands[middle:]},
        }

    def _add_held_offers(self, offers: Options, held: int, index: int, view: View) -> None:
        item, place = self.game.items[held], self.game.receptacles[index]
        if view.reachable and (place.kind, item.kind) in self.game.can_contain:
            offers[self.move_command(item.name, place.name)] = Action("move", held, index)
        if place.kind in _TOOLS:
            verb, flag = _TOOLS[place.kind]
            if flag in item.flags:
                offers[f"{verb} {item.name} with {place.name}"] = Action(verb, held, index)

    def move_command(self, item: str, place: str) -> str:
        """The command that puts an item down, in this dialect."""
        if self.dialect == "move":
            return f"move {item} to {place}"
        return f"put {item} in/on {place}"

    def _travel_options(self, location: int) -> Options:
        """The ``go to`` commands at a location, sorted."""
        known = self._travel.get(location)
        if known is None:
            places = self.game.receptacles
            known = self._travel[location] = {
                command: action
                for command, action in self._all_travel
                if places[action.first].location != location
            }
        return known

    def cuttable(
        self, held: int | None, location: int, at: Container[tuple[int, int]]
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
