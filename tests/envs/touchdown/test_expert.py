"""The expert on odd routes, and distances in actions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envs.touchdown.expert import actions_to, next_pano
from envs.touchdown.graph import Link, Node, StreetGraph
from envs.touchdown.hops import UNREACHABLE
from envs.touchdown.landmarks.none import NoLandmarks
from envs.touchdown.moves import Moves, State
from envs.touchdown.neighbor import NeighborMoves
from envs.touchdown.turns import TurnMoves
from tests.envs.touchdown.streets import grid

GRAPH = grid()


def panos(*ids: str) -> list[int]:
    return [GRAPH.index[each] for each in ids]


def followed(route: list[int], start: int, most: int = 40) -> list[int]:
    visited = [start]
    while (after := next_pano(GRAPH, route, visited)) is not None and len(visited) < most:
        visited.append(after)
    return visited


@pytest.mark.parametrize(
    "route",
    [
        panos("r0c0", "r1c0", "r2c0"),
        panos("r0c0", "r1c0", "r2c0", "r1c0", "r0c0", "r0c1"),
        panos("r0c0", "r1c0", "r0c0", "r1c0", "r0c0"),
        panos("r1c0", "r0c0", "r0c1", "r0c0", "r1c0", "r2c0"),
    ],
)
def test_routes_that_come_back_are_followed_to_the_letter(route: list[int]) -> None:
    assert followed(route, route[0]) == route


def test_off_the_route_a_shortest_way_leads_to_the_goal() -> None:
    route = panos("r0c0", "r1c0", "r2c0", "r3c0", "r4c0")
    assert followed(route, GRAPH.index["r4c2"]) == panos("r4c2", "r4c1", "r4c0")


def test_a_gap_in_a_route_is_bridged() -> None:
    route = panos("r0c0", "r1c0", "r4c0", "r4c1")
    expected = panos("r0c0", "r1c0", "r2c0", "r3c0", "r4c0", "r4c1")
    assert followed(route, route[0]) == expected


def test_at_the_goal_there_is_nothing_left_to_do() -> None:
    assert next_pano(GRAPH, panos("r0c0", "r1c0"), panos("r4c0", "r1c0")) is None


@given(st.integers(0, len(GRAPH) - 1), st.integers(0, len(GRAPH) - 1), st.integers(0, 359))
def test_distances_in_actions(start: int, goal: int, heading: int) -> None:
    """Like a plain search, and never less than the hops."""
    hops = GRAPH.distances_to(goal)
    moves: Moves
    for moves in (TurnMoves(GRAPH), NeighborMoves(GRAPH, NoLandmarks())):
        ring, seen, steps = {State(start, heading)}, {State(start, heading)}, 0
        while all(state.pano != goal for state in ring):
            ring = {after for state in ring for after in moves.options(state).values()} - seen
            seen |= ring
            steps += 1
        assert actions_to(moves, State(start, heading), goal, hops) == steps >= hops[start]
    assert steps == hops[start], "each action of the latter is a hop"


def test_no_way_is_no_distance() -> None:
    graph = StreetGraph.from_parts(
        [Node(name, 0, 40.0, -74.0) for name in "abc"],
        [Link("a", 0, "b"), Link("b", 180, "a"), Link("c", 0, "a")],
    )
    hops = graph.distances_to(2)
    assert actions_to(TurnMoves(graph), State(0, 0), 2, hops) == UNREACHABLE
    assert next_pano(graph, (2, 0, 2), (0, 1)) == 0, "somewhere, all the same"
