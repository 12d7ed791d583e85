"""Walking by directions: one action for each panorama next to this one.

This is the way of the LFM paper's environment (Zhong et al., 2024): an action is named by where
the way leads from the heading, in eight sectors; taking it moves to the next panorama and faces
the way that was taken.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from envs.touchdown.graph import StreetGraph
from envs.touchdown.landmarks.base import Landmark, Landmarks
from envs.touchdown.moves import State, first_heading, relative
from envs.touchdown.routes import Route
from envs.touchdown.wording import TOWARDS, by_sector, sector

NEAR = 45
"""Degrees; a landmark tells two ways apart only if it stands no farther than this from one."""
_PLACES = {
    2: ("more to the left", "more to the right"),
    3: ("on the left", "in the middle", "on the right"),
}


class NeighborMoves:
    """Each action moves to a panorama next to this one.

    Two ways in one sector are told apart by the landmarks towards which they lead, else by which
    is more to the left; so every way has a name of its own.

    Args:
        graph: the streets.
        landmarks: what the names may use.
    """

    def __init__(self, graph: StreetGraph, landmarks: Landmarks) -> None:
        self._graph = graph
        self._landmarks = landmarks

    def start(self, route: Route) -> State:
        """Where the route begins."""
        return State(route.panos[0], first_heading(self._graph, route))

    def options(self, state: State) -> dict[str, State]:
        """The admissible actions and where they lead, the straightest first."""
        ways = [
            (relative(state.heading, heading), State(target, heading))
            for heading, target in self._graph.edges[state.pano]
        ]
        sectors: dict[int, list[tuple[float, State]]] = {}
        for way in sorted(ways):
            sectors.setdefault(sector(way[0]), []).append(way)
        named = [
            (abs(turn), name, target)
            for each, group in sectors.items()
            for name, (turn, target) in zip(self._names(each, group, state), group, strict=True)
        ]
        return {name: target for _, name, target in sorted(named)}

    def gold(self, state: State, target: int) -> str:
        """The action that moves to a panorama next to this one.

        Raises:
            ValueError: if none does.
        """
        for action, following in self.options(state).items():
            if following.pano == target:
                return action
        raise ValueError(f"no way leads from panorama {state.pano} to {target}")

    def lines(self, state: State, landmarks: Sequence[Landmark]) -> list[str]:
        """Streets and landmarks of each direction in which there are any, clockwise from ahead."""
        found = by_sector(landmarks, state.heading)
        edges = self._graph.edges[state.pano]
        streets = Counter(sector(heading - state.heading) for heading, _ in edges)
        for number, count in streets.items():
            found[number].insert(0, "a street" if count == 1 else f"{count} streets")
        return [
            f"{where.capitalize()}: {', '.join(each)}."
            for where, each in zip(TOWARDS, found, strict=True)
            if each
        ]

    def _names(self, number: int, ways: list[tuple[float, State]], state: State) -> list[str]:
        """A name for each way in a sector, the ways being in order from left to right."""
        if len(ways) == 1:
            return [TOWARDS[number]]
        places = _PLACES.get(len(ways)) or [
            f"number {at} from the left" for at in range(1, len(ways) + 1)
        ]
        towards = self._aims([way.heading for _, way in ways], state)
        return [
            f"{TOWARDS[number]} towards {towards[at]}"
            if at in towards
            else f"{TOWARDS[number]}, {place}"
            for at, place in enumerate(places)
        ]

    def _aims(self, headings: list[int], state: State) -> dict[int, str]:
        """Index of a heading -> the landmark that stands nearest to it, each used once."""
        pairs = sorted(
            (abs(relative(heading, landmark.bearing)), at, landmark.phrase)
            for landmark in self._landmarks.visible(state.pano, state.heading)
            for at, heading in enumerate(headings)
        )
        found: dict[int, str] = {}
        for apart, at, phrase in pairs:
            if apart <= NEAR and at not in found and phrase not in found.values():
                found[at] = phrase
        return found
