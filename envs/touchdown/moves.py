"""What every way of walking is: where an agent stands, and what it can do there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

from envs.touchdown.graph import StreetGraph
from envs.touchdown.landmarks.base import Landmark
from envs.touchdown.routes import Route

STOP = "stop"
"""Ends the episode where there is an explicit stop; no movement, so no part of :class:`Moves`."""

NOWHERE = -1

STREET = 2
"""Ways out of a panorama that is no crossing."""


class State(NamedTuple):
    """Where an agent stands and looks.

    Attributes:
        pano: number of the panorama.
        heading: degrees clockwise from north, 0 to 359.
        before: the panorama that the last action left, where that matters for what can be done
            next; else :data:`NOWHERE`.
    """

    pano: int
    heading: int
    before: int = NOWHERE


class Moves(Protocol):
    """A way of walking: which actions there are, and where they lead."""

    def start(self, route: Route) -> State:
        """Where an agent begins to walk a route; it may have been moved on to its second pano."""
        ...

    def options(self, state: State) -> Mapping[str, State]:
        """The admissible actions besides :data:`STOP`, and where each leads; never empty."""
        ...

    def gold(self, state: State, target: int) -> str:
        """The action by which an expert goes on to a panorama next to this one."""
        ...

    def lines(self, state: State, landmarks: Sequence[Landmark]) -> list[str]:
        """What is to be seen, a fact a line; never empty."""
        ...


def closest(headings: Iterable[int], heading: float) -> int:
    """The heading nearest to a given one; of two equally near the smaller."""
    return min(headings, key=lambda each: (abs(relative(heading, each)), each))


def relative(heading: float, target: float) -> float:
    """The turn from one heading to another: above -180 to 180 degrees, left is negative."""
    turn = (target - heading) % 360
    return turn - 360 if turn > 180 else turn


def heading_to(graph: StreetGraph, pano: int, target: int) -> int:
    """Heading of the way to a panorama next to this one; of several the smallest.

    Raises:
        ValueError: if no way leads there.
    """
    for heading, each in graph.edges[pano]:
        if each == target:
            return heading
    raise ValueError(f"no way leads from panorama {pano} to {target}")


def first_heading(graph: StreetGraph, route: Route) -> int:
    """Where an agent looks at the start of a route.

    That is the route's own heading. Touchdown's is a placeholder and stands for the way out that
    is closest to it (VELMA's rule; Schumann et al., 2023).
    """
    if route.start_heading is None:
        return closest((heading for heading, _ in graph.edges[route.panos[0]]), 0)
    return round(route.start_heading) % 360
