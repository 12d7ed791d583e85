"""Walking by turns: forward, left, right, turn_around.

The rules at crossings are those of VELMA (Schumann et al., 2023): at a crossing the agent rotates
in place and then goes forward; on arrival the middle way is forward, and on a street without
crossings forward follows every bend.
"""

from __future__ import annotations

from collections.abc import Sequence

from envs.touchdown.graph import Edge, Edges, StreetGraph
from envs.touchdown.landmarks.base import Landmark
from envs.touchdown.moves import (
    NOWHERE,
    STREET,
    State,
    closest,
    first_heading,
    heading_to,
    relative,
)
from envs.touchdown.routes import MAP2SEQ, Route
from envs.touchdown.wording import BESIDE, IN_SIGHT, TOWARDS, by_sector, listed, meeting, sector

FORWARD, LEFT, RIGHT, TURN_AROUND = "forward", "left", "right", "turn_around"
SHARP = 45
"""Degrees; at a crossing of three ways a turn of so much is called left or right, not forward."""


class TurnMoves:
    """Forward moves to the next panorama, the other actions rotate in place.

    The heading after a move is that of the way taken; it is not adapted to the ways that go on.

    Args:
        graph: the streets.
    """

    def __init__(self, graph: StreetGraph) -> None:
        self._graph = graph

    def start(self, route: Route) -> State:
        """Where the route begins; a map2seq route has been followed one panorama far."""
        state = State(route.panos[0], first_heading(self._graph, route))
        return self.options(state).get(FORWARD, state) if route.source == MAP2SEQ else state

    def options(self, state: State) -> dict[str, State]:
        """The admissible actions and where they lead, ``forward`` first if there is one.

        VELMA takes ``left`` and ``right`` for ``forward`` where there is no crossing, and for
        ``stop`` at a dead end; here they are not admissible. At a dead end ``forward`` is not
        either, until the agent has turned around.
        """
        pano, edges = state.pano, self._graph.edges[state.pano]
        if len(edges) == STREET:
            ahead, back = _both(edges, state.heading)
            return {FORWARD: self._moved(ahead, pano), TURN_AROUND: State(pano, back[0])}
        found = {}
        way = _ahead(edges, state)
        if way is not None:
            found[FORWARD] = self._moved(way, pano)
        if len(edges) > STREET:
            left, right = _sideways(edges, state)
            found[LEFT], found[RIGHT] = State(pano, left), State(pano, right)
        found[TURN_AROUND] = State(pano, closest(map(_heading, edges), state.heading + 180))
        return found

    def gold(self, state: State, target: int) -> str:
        """The action that brings the agent nearer to leaving for a panorama next to this one.

        Forward if it leads there, but for sharp turns where three ways meet, which are called what
        they are; else the rotation that faces it; else the one that comes closer to facing it.
        """
        options = self.options(state)
        heading = heading_to(self._graph, state.pano, target)
        crossing = len(self._graph.edges[state.pano]) == STREET + 1
        sharp = crossing and abs(relative(state.heading, heading)) >= SHARP
        forward = options.get(FORWARD)
        if forward is not None and forward.pano == target and not sharp:
            return FORWARD
        for action in (TURN_AROUND, LEFT, RIGHT):
            if action in options and options[action].heading == heading:
                return action
        if LEFT not in options:
            return FORWARD
        left, right = options[LEFT].heading, options[RIGHT].heading
        return LEFT if closest((left, right), heading) == left else RIGHT

    def lines(self, state: State, landmarks: Sequence[Landmark]) -> list[str]:
        """How the street goes on, or the crossing, then what is seen on each side.

        That three or more ways meet is said on arrival alone, so that it can be counted. What is
        behind is not seen.
        """
        lines = self._streets(state)
        if landmarks:
            found = by_sector(landmarks, state.heading)
            lines += (f"{BESIDE[at]}: {', '.join(found[at])}." for at in IN_SIGHT if at in found)
        return lines

    def _streets(self, state: State) -> list[str]:
        edges, heading = self._graph.edges[state.pano], state.heading
        if len(edges) > STREET:
            arrived = [meeting(len(edges))] if state.before >= 0 else []
            turns = sorted(relative(heading, each) for each in _open(edges, state))
            ways = dict.fromkeys(TOWARDS[sector(turn)] for turn in turns)
            return [*arrived, f"Streets lead {listed(tuple(ways))}."]
        way = _both(edges, heading)[0] if len(edges) == STREET else _ahead(edges, state)
        if way is None:
            return ["The street ends here."]
        return [f"The street goes on {TOWARDS[sector(way[0] - heading)]}."]

    def _moved(self, way: Edge, pano: int) -> State:
        """The state after taking a way.

        Where the agent came from matters only at crossings and dead ends.
        """
        heading, target = way
        street = len(self._graph.edges[target]) == STREET
        return State(target, heading, NOWHERE if street else pano)


def _both(edges: Edges, heading: int) -> tuple[Edge, Edge]:
    """The way ahead and the way back on a street without crossings.

    What is closest to the heading is ahead, so that the other is closest to its opposite. If both
    are equally close, which leaves VELMA with one of them only, the smaller heading is ahead.
    """
    one, other = edges
    if abs(relative(heading, one[0])) <= abs(relative(heading, other[0])):
        return one, other
    return other, one


def _open(edges: Edges, state: State) -> list[int]:
    """Headings of the ways out; on arrival without the way back."""
    back = next((heading for heading, target in edges if target == state.before), None)
    return [heading for heading, _ in edges if heading != back]


def _ahead(edges: Edges, state: State) -> Edge | None:
    """The way that ``forward`` takes at a crossing or a dead end; None on arrival at the latter."""
    found = dict(edges)
    if state.heading in found:
        heading = state.heading
    elif state.before == NOWHERE:
        heading = closest(found, state.heading)
    elif len(edges) < STREET:
        return None
    else:
        heading = _middle(_open(edges, state), state.heading)
    return heading, found[heading]


def _middle(headings: list[int], heading: int) -> int:
    """The middle one from left to right; of the two middle ones the closer to a heading."""
    ordered = sorted(headings, key=lambda each: relative(heading, each))
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else closest(ordered[half - 1 : half + 1], heading)


def _sideways(edges: Edges, state: State) -> tuple[int, int]:
    """Headings after ``left`` and after ``right`` at a crossing."""
    ways, straight = _open(edges, state), state.heading
    if state.before != NOWHERE:
        if len(edges) == STREET + 1:
            ordered = sorted(ways, key=lambda each: relative(state.heading, each))
            return ordered[0], ordered[-1]
        straight = _middle(ways, state.heading)
    others = [each for each in ways if each != straight]
    left = min(others, key=lambda each: (straight - each) % 360)
    return left, min(others, key=lambda each: (each - straight) % 360)


def _heading(way: Edge) -> int:
    return way[0]
