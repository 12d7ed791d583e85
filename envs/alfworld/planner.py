"""Shortest plans from any state of a game, by enumeration instead of search. Privileged.

Every way to reach a goal visits a handful of stops in a fixed order: put down what is in the way,
take the item, treat it, bring it to its target (for ``two``, twice; for ``look``, stand at the lit
lamp). A command costs 1, and between stops one ``go to`` is needed unless they share a spot, so
only a few stand-ins of equal receptacles need comparing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from envs.alfworld.game import Game, State

UNREACHABLE = 1_000
"""The distance when no plan exists: the hands hold something that fits nowhere."""

TREATMENTS = {
    "clean": ("clean", frozenset({"sink", "sinkbasin"}), "cleanable"),
    "heat": ("hot", frozenset({"microwave"}), "heatable"),
    "cool": ("cool", frozenset({"fridge"}), "coolable"),
}
"""Goal kind -> state wanted, receptacle kinds that bring it about, flag the item needs."""

MAX_CACHED = 64


class Stop(NamedTuple):
    """One thing to do at one receptacle.

    Attributes:
        receptacle: index; its spot is gone to first, unless the agent is there.
        opens: whether the receptacle has to be open.
        command: what to do there, or "" if being there is all.
    """

    receptacle: int
    opens: bool
    command: str


class Source(NamedTuple):
    """An item that can be taken, and from which receptacle."""

    item: int
    receptacle: int


def start_state(game: Game) -> State:
    """The state at the beginning of a game."""
    marked = {
        mark: frozenset(i for i, item in enumerate(game.items) if mark in item.states)
        for mark in ("clean", "hot", "cool", "sliced", "toggled")
    }
    return State(
        location=game.start,
        held=None,
        opened=frozenset(i for i, place in enumerate(game.receptacles) if place.is_open),
        inside=frozenset((i, r) for i, item in enumerate(game.items) for r in item.receptacles),
        at=frozenset((i, spot) for i, item in enumerate(game.items) for spot in item.locations),
        taken_from=frozenset(),
        **marked,
    )


def plan(game: Game, state: State) -> list[str]:
    """A shortest command sequence (``move`` dialect) to the goal; empty if the goal holds.

    It is also empty if there is no way to the goal; ``distance`` tells the two apart.
    """
    planner = _planner(game)
    return planner.commands(state, planner.best(state)[1])


def distance(game: Game, state: State) -> int:
    """Length of the plan; :data:`UNREACHABLE` if there is none."""
    return _planner(game).best(state)[0]


_planners: dict[int, _Planner] = {}


def _planner(game: Game) -> _Planner:
    """The planner of this game object; a few are kept, since callers ask in runs."""
    known = _planners.get(id(game))
    if known is None or known.game is not game:
        while len(_planners) >= MAX_CACHED:
            del _planners[next(iter(_planners))]
        known = _planners[id(game)] = _Planner(game)
    return known


class _Planner:
    """What is the same in all states of a game, and the enumeration itself."""

    def __init__(self, game: Game) -> None:
        self.game = game
        goal = game.goal
        self.spots = [place.location for place in game.receptacles]
        self.doors = [place.openable for place in game.receptacles]
        everything = range(len(game.receptacles))
        kinds = [place.kind for place in game.receptacles]
        self.targets = [r for r in everything if kinds[r] == goal.target]
        self.wanted = frozenset(
            i
            for i, item in enumerate(game.items)
            if item.kind == goal.item and "pickupable" in item.flags
        )
        self.lamps = frozenset(
            i
            for i, item in enumerate(game.items)
            if item.kind == goal.target and "toggleable" in item.flags
        )
        mark, tools, flag = TREATMENTS.get(goal.kind, ("", frozenset(), ""))
        self.mark = mark
        self.tools = [r for r in everything if kinds[r] in tools]
        if flag:
            self.wanted = frozenset(i for i in self.wanted if flag in game.items[i].flags)
        self.fits = {
            item.kind: [r for r in everything if (kinds[r], item.kind) in game.can_contain]
            for item in game.items
        }
        if (goal.target, goal.item) not in game.can_contain:
            self.targets = []
        self.holders = [r for r in everything if kinds[r] == goal.target]

    def best(self, state: State) -> tuple[int, Sequence[Stop]]:
        """Length and stops of a shortest plan."""
        ways = {"look": self._look_ways, "two": self._two_ways}.get(
            self.game.goal.kind, self._place_ways
        )
        shortest: Sequence[Stop] = ()
        length = UNREACHABLE
        for stops in ways(state):
            cost = self._cost(state, stops, length)
            if cost < length:
                length, shortest = cost, stops
        return length, shortest

    def commands(self, state: State, stops: Sequence[Stop]) -> list[str]:
        """The commands that carry out the stops."""
        names, opened, here = self.game.receptacles, set(state.opened), state.location
        commands = []
        for stop in stops:
            name = names[stop.receptacle].name
            if self.spots[stop.receptacle] != here:
                here = self.spots[stop.receptacle]
                commands.append(f"go to {name}")
            if stop.opens and self.doors[stop.receptacle] and stop.receptacle not in opened:
                opened.add(stop.receptacle)
                commands.append(f"open {name}")
            if stop.command:
                commands.append(stop.command)
        return commands

    def _cost(self, state: State, stops: Sequence[Stop], limit: int) -> int:
        here, cost = state.location, 0
        opened: list[int] = []
        for receptacle, opens, command in stops:
            spot = self.spots[receptacle]
            if spot != here:
                here = spot
                cost += 1
            if (
                opens
                and self.doors[receptacle]
                and receptacle not in state.opened
                and receptacle not in opened
            ):
                opened.append(receptacle)
                cost += 1
            if command:
                cost += 1
            if cost >= limit:
                return limit
        return cost

    # -- what to do at a stop ------------------------------------------------------------------

    def _take(self, source: Source) -> Stop:
        item, receptacle = source
        names = self.game.items[item].name, self.game.receptacles[receptacle].name
        return Stop(receptacle, True, f"take {names[0]} from {names[1]}")

    def _put(self, item: int, receptacle: int) -> Stop:
        names = self.game.items[item].name, self.game.receptacles[receptacle].name
        return Stop(receptacle, True, f"move {names[0]} to {names[1]}")

    def _treat(self, item: int, tool: int) -> Stop:
        names = self.game.items[item].name, self.game.receptacles[tool].name
        return Stop(tool, False, f"{self.game.goal.kind} {names[0]} with {names[1]}")

    # -- which receptacles are worth comparing -------------------------------------------------

    def _stand_ins(
        self, state: State, receptacles: Iterable[int], spots: set[int], kept: set[int]
    ) -> list[int]:
        """One receptacle of each sort: those at spots that matter, and any other, open or shut."""
        chosen: dict[tuple[int, bool, int], int] = {}
        for receptacle in receptacles:
            spot = self.spots[receptacle]
            shut = self.doors[receptacle] and receptacle not in state.opened
            key = (
                spot if spot in spots else -1,
                shut,
                receptacle if receptacle in kept else -1,
            )
            chosen.setdefault(key, receptacle)
        return list(chosen.values())

    def _sources(self, state: State, items: frozenset[int]) -> list[Source]:
        """Where wanted items can be taken from."""
        return sorted(Source(i, r) for i, r in state.inside if i in items and i != state.held)

    def _drops(self, state: State, spots: set[int], kept: set[int]) -> list[tuple[Stop, ...]]:
        """Ways to empty the hands: nothing to do, or putting the held item somewhere."""
        if state.held is None:
            return [()]
        fitting = self.fits[self.game.items[state.held].kind]
        return [
            (self._put(state.held, receptacle),)
            for receptacle in self._stand_ins(state, fitting, spots, kept)
        ]

    def _near(self, state: State, receptacles: Iterable[int]) -> set[int]:
        return {state.location, *(self.spots[receptacle] for receptacle in receptacles)}

    # -- the ways of each kind of goal ---------------------------------------------------------

    def _place_ways(self, state: State) -> Iterator[Sequence[Stop]]:
        """simple, clean, heat, cool."""
        ready = getattr(state, self.mark) if self.mark else self.wanted
        placed = {i: set[int]() for i in self.wanted}
        for item, receptacle in state.inside:
            if item in self.wanted and receptacle in self.holders:
                placed[item].add(receptacle)
                if item in ready:
                    yield ()
                    return
        sources = self._sources(state, self.wanted)
        kept = {receptacle for _, receptacle in sources}
        spots = self._near(state, (*kept, *self.tools))
        targets = self._stand_ins(state, self.targets, spots, kept)
        if state.held in self.wanted:
            yield from self._finish(state.held, ready, placed[state.held], targets)
        spots |= self._near(state, targets)
        for drop in self._drops(state, spots, kept | set(targets)):
            for source in sources:
                left = placed[source.item] - {source.receptacle}
                start = (*drop, self._take(source))
                for end in self._finish(source.item, ready, left, targets):
                    yield (*start, *end)

    def _finish(
        self, item: int, ready: frozenset[int], placed: set[int], targets: Sequence[int]
    ) -> Iterator[Sequence[Stop]]:
        """With the item in hand: treat it if it needs to be, bring it to a target.

        An item that a target lists although it was taken from elsewhere counts as being there.
        """
        if item in ready:
            for target in targets:
                yield (self._put(item, target),)
            return
        for tool in self.tools:
            treat = self._treat(item, tool)
            if placed:
                yield (treat,)
                continue
            for target in targets:
                yield (treat, self._put(item, target))

    def _look_ways(self, state: State) -> Iterator[Sequence[Stop]]:
        ends = [
            Stop(receptacle, False, "" if lamp in state.toggled else f"use {self._name(lamp)}")
            for lamp, receptacle in sorted(state.inside)
            if lamp in self.lamps
        ]
        if state.held in self.wanted:
            for end in ends:
                yield (end,)
            return
        sources = self._sources(state, self.wanted)
        kept = {receptacle for _, receptacle in sources}
        spots = self._near(state, (*kept, *(end.receptacle for end in ends)))
        for drop in self._drops(state, spots, kept):
            for source in sources:
                for end in ends:
                    yield (*drop, self._take(source), end)

    def _name(self, item: int) -> str:
        return self.game.items[item].name

    def _two_ways(self, state: State) -> Iterator[Sequence[Stop]]:
        inside: dict[int, set[int]] = {r: set() for r in self.holders}
        for item, receptacle in state.inside:
            if receptacle in inside and self.game.items[item].kind == self.game.goal.item:
                inside[receptacle].add(item)
                if len(inside[receptacle]) == 2:
                    yield ()
                    return
        sources = self._sources(state, self.wanted)
        kept = {receptacle for _, receptacle in sources}
        kept.update(receptacle for receptacle, items in inside.items() if items)
        spots = self._near(state, kept)
        targets = self._stand_ins(state, self.targets, spots, kept)
        spots |= self._near(state, targets)
        drops = self._drops(state, spots, kept | set(targets))
        for target in targets:
            yield from self._pair_up(state, target, inside[target], sources, drops)

    def _pair_up(
        self,
        state: State,
        target: int,
        inside: set[int],
        sources: Sequence[Source],
        drops: Sequence[tuple[Stop, ...]],
    ) -> Iterator[Sequence[Stop]]:
        """Bring what is missing to this target: one item or two, the held one first."""
        held = state.held
        carried = [
            (self._take(source), self._put(source.item, target), source.item)
            for source in sources
            if source.item not in inside
        ]
        if held in self.wanted and held not in inside:
            first = self._put(held, target)
            if inside:
                yield (first,)
                return
            for take, put, _ in carried:
                yield (first, take, put)
            return
        for drop in drops:
            for take, put, item in carried:
                if inside:
                    yield (*drop, take, put)
                    continue
                for take_next, put_next, other in carried:
                    if other != item:
                        yield (*drop, take, put, take_next, put_next)
