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
from envs.touchdown.moves import STREET, State, first_heading, relative
from envs.touchdown.routes import Route
from envs.touchdown.wording import TOWARDS, by_sector, listed, meeting, sector

NEAR = 45
"""Degrees; a landmark tells two ways apart only if it stands no farther than this from one."""
_STARTS = tuple(where.capitalize() for where in TOWARDS)
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
        pano, facing = state.pano, state.heading
        ways = sorted(
            (relative(facing, heading), State(target, heading))
            for heading, target in self._graph.edges[pano]
        )
        sectors = [sector(turn) for turn, _ in ways]
        if len(set(sectors)) == len(sectors):
            names = [TOWARDS[number] for number in sectors]
        else:
            names = self._names(state, sectors, [way.heading for _, way in ways])
        by_turn = sorted(zip(map(_straightness, ways), names, ways, strict=True))
        return {name: way for _, name, (_, way) in by_turn}

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
        """Where streets lead and the landmarks of each direction, clockwise from ahead.

        That three or more ways meet is said as by turns, but also at the start.
        """
        edges = self._graph.edges[state.pano]
        lines = [meeting(len(edges))] if len(edges) > STREET else []
        streets = sorted({sector(heading - state.heading) for heading, _ in edges})
        lead = "Streets lead" if len(streets) > 1 else "A street leads"
        lines.append(f"{lead} {listed([TOWARDS[number] for number in streets])}.")
        found = by_sector(landmarks, state.heading)
        return lines + [f"{_STARTS[at]}: {', '.join(found[at])}." for at in sorted(found)]

    def _names(self, state: State, sectors: list[int], headings: list[int]) -> list[str]:
        """A name for each of several ways, of which some are in the same sector.

        Args:
            state: where they begin.
            sectors: of each way, from left to right.
            headings: of each way.
        """
        names = [TOWARDS[number] for number in sectors]
        for number, count in Counter(sectors).items():
            if count > 1:
                group = [at for at, each in enumerate(sectors) if each == number]
                aims = self._aims([headings[at] for at in group], state)
                for place, at in enumerate(group):
                    names[at] += aims.get(place) or f", {_place(place, count)}"
        return names

    def _aims(self, headings: list[int], state: State) -> dict[int, str]:
        """Index of a heading -> the landmark that stands nearest to it, each used once."""
        pairs = sorted(
            (abs(relative(heading, landmark.bearing)), at, landmark.phrase)
            for landmark in self._landmarks.visible(state.pano, state.heading)
            for at, heading in enumerate(headings)
        )
        found: dict[int, str] = {}
        for apart, at, phrase in pairs:
            if apart <= NEAR and at not in found and f" towards {phrase}" not in found.values():
                found[at] = f" towards {phrase}"
        return found


def _straightness(way: tuple[float, State]) -> float:
    return abs(way[0])


def _place(number: int, count: int) -> str:
    """Which of several ways it is, counted from the left."""
    return _PLACES[count][number] if count in _PLACES else f"number {number + 1} from the left"
