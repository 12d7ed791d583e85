"""The way that an instruction tells: what it asks for at each place, and how far it still is."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

from envs.touchdown.graph import StreetGraph
from envs.touchdown.hops import UNREACHABLE, Hops
from envs.touchdown.moves import STOP, STREET, Moves, State, heading_to, relative
from envs.touchdown.routes import Route

LEFT, RIGHT, STRAIGHT, BACK = "left", "right", "straight", "back"
"""Where a way leads from a heading."""

_BEND, _REVERSAL = 45, 135
"""Degrees from which on a change of direction is a turn, and is no turn to one side any more."""


def direction(heading: float, target: float) -> str:
    """What people call a change from one heading to another."""
    turn = relative(heading, target)
    if abs(turn) < _BEND:
        return STRAIGHT
    if abs(turn) > _REVERSAL:
        return BACK
    return LEFT if turn < 0 else RIGHT


class Turn(NamedTuple):
    """A turn to the left or right that the way takes."""

    number: int
    """Of the intersection: how many have been reached since the last turn, or the start."""
    where: str
    """:data:`LEFT` or :data:`RIGHT`."""


class Way:
    """The route of a task as a person would tell it, and the ways back to it.

    Where an agent has left the route, the way from there is a shortest one to the goal.

    Args:
        graph: the streets.
        moves: how one walks in them.
        route: of the task.
        explicit_stop: whether the agent has to say that it has arrived.

    Attributes:
        explicit_stop: the same.
    """

    def __init__(
        self, graph: StreetGraph, moves: Moves, route: Route, *, explicit_stop: bool
    ) -> None:
        self._graph = graph
        self._moves = moves
        self._route = route.panos
        self._index = {pano: at for at, pano in enumerate(route.panos)}
        self.explicit_stop = explicit_stop
        self._needed: dict[State, int] = {}
        self._counts = list(self._count())

    @property
    def goal(self) -> int:
        """The panorama where the way ends."""
        return self._route[-1]

    def is_crossing(self, pano: int) -> bool:
        """Whether more than two ways lead out of a panorama."""
        return len(self._graph.edges[pano]) > STREET

    def beyond(self, pano: int) -> int:
        """Panoramas from the end of the way to this one."""
        return int(self._graph.hops.between([self.goal], [pano])[0, 0])

    def place(self, pano: int) -> int | None:
        """Which panorama of the route it is, from 0; None if it is none of them."""
        return self._index.get(pano)

    def to_the_end(self, pano: int) -> int:
        """Panoramas from this one of the route to its end."""
        return len(self._route) - 1 - self._index[pano]

    def intersection(self, pano: int, before: int) -> int:
        """Which intersection since the last turn this one is, for one who has come along the way.

        Args:
            pano: where the agent is.
            before: where it came from.

        Returns:
            From 1; 0 if it is none, or the agent came from elsewhere.
        """
        at = self._index.get(pano, 0)
        return self._counts[at] if at and self._route[at - 1] == before else 0

    def next_turn(self, pano: int) -> Turn | None:
        """The first turn after this panorama of the route; None if there is none any more."""
        for at in range(self._index[pano] + 1, len(self._route)):
            where = self._where(at)
            if self._counts[at] and where in (LEFT, RIGHT):
                return Turn(self._counts[at], where)
        return None

    def leads(self, pano: int) -> int | None:
        """The next panorama on the way from this one; None at the goal, or if none leads there."""
        if pano == self.goal:
            return None
        targets = [target for _, target in self._graph.edges[pano]]
        at = self._index.get(pano)
        if at is not None and self._route[at + 1] in targets:
            return self._route[at + 1]
        nearest = min(targets, key=lambda target: (self._hops[target], target))
        return nearest if self._hops[nearest] < UNREACHABLE else None

    def asks(self, pano: int, heading: float) -> str:
        """Where the way leads for one who has arrived with a heading; empty if nowhere."""
        target = self.leads(pano)
        if target is None:
            return ""
        return direction(heading, heading_to(self._graph, pano, target))

    def action(self, state: State) -> str:
        """What one does who follows the way; empty if nothing leads on, or nothing is to do."""
        target = self.leads(state.pano)
        if target is not None:
            return self._moves.gold(state, target)
        return STOP if state.pano == self.goal and self.explicit_stop else ""

    def needed(self, state: State) -> int:
        """Actions to the end of the way for one who follows it, a stop included.

        :data:`~envs.touchdown.hops.UNREACHABLE` where no way leads on.
        """
        passed: list[State] = []
        while state not in self._needed:
            target = self.leads(state.pano)
            if target is None:
                arrived = state.pano == self.goal
                self._needed[state] = int(self.explicit_stop) if arrived else UNREACHABLE
            else:
                passed.append(state)
                state = self._moves.options(state)[self._moves.gold(state, target)]
        for each in reversed(passed):
            self._needed[each] = min(self._needed[state] + 1, UNREACHABLE)
            state = each
        return self._needed[state]

    @cached_property
    def _hops(self) -> Hops:
        return self._graph.distances_to(self.goal)

    def _where(self, at: int) -> str:
        """Where the route leads at its panorama ``at``; straight on at the first and the last."""
        if not 0 < at < len(self._route) - 1:
            return STRAIGHT
        before, here, after = self._route[at - 1 : at + 2]
        arriving, leaving = self._heading(before, here), self._heading(here, after)
        if arriving is None or leaving is None:
            return STRAIGHT
        return direction(arriving, leaving)

    def _heading(self, pano: int, target: int) -> int | None:
        """Of the way from one panorama of the route to the next; None where the route has a gap."""
        return next((heading for heading, each in self._graph.edges[pano] if each == target), None)

    def _count(self) -> Iterator[int]:
        """For each panorama of the route its number as an intersection; 0 if it is none."""
        count = 0
        for at, pano in enumerate(self._route):
            if not at or not self.is_crossing(pano):
                yield 0
                continue
            count += 1
            yield count
            if self._where(at) != STRAIGHT:
                count = 0
