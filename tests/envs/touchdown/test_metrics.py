"""Metrics against slow implementations that follow the papers' definitions word for word."""

from __future__ import annotations

import copy
import math
import pickle
import random
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest

from envs.touchdown import metrics
from envs.touchdown.graph import Link, Node, StreetGraph
from envs.touchdown.metrics import METRICS, LazyMetrics, Walk, route_metrics
from envs.touchdown.routes import read_routes
from tests.envs.touchdown.streets import grid

GRAPH = grid(rows=4, columns=4, block=3)


def along(*ids: str, graph: StreetGraph = GRAPH) -> tuple[int, ...]:
    return tuple(graph.index[each] for each in ids)


def slow_distance(graph: StreetGraph, source: int, target: int) -> int:
    ring, seen, distance = {source}, {source}, 0
    while target not in ring:
        ring = {after for pano in ring for _, after in graph.edges[pano]} - seen
        seen |= ring
        distance += 1
        assert ring, "no way"
    return distance


def slow_warping(graph: StreetGraph, walk: Sequence[int], route: Sequence[int]) -> int:
    @cache
    def least(i: int, j: int) -> float:
        if i < 0 or j < 0:
            return 0 if i == j else math.inf
        before = min(least(i - 1, j), least(i, j - 1), least(i - 1, j - 1))
        return slow_distance(graph, walk[i], route[j]) + before

    return int(least(len(walk) - 1, len(route) - 1))


def slow_edits(one: Sequence[int], other: Sequence[int]) -> int:
    if not one or not other:
        return len(one) + len(other)
    return min(
        slow_edits_cached(tuple(one[1:]), tuple(other)) + 1,
        slow_edits_cached(tuple(one), tuple(other[1:])) + 1,
        slow_edits_cached(tuple(one[1:]), tuple(other[1:])) + (one[0] != other[0]),
    )


slow_edits_cached = cache(slow_edits)


def slow_key_points(graph: StreetGraph, panos: Sequence[int]) -> list[object]:
    if len(panos) == 1:
        return []
    points: list[object] = [panos[0], panos[1]]
    for at in range(len(panos) - 1):
        if len(graph.edges[panos[at]]) > 2:
            points.append((panos[at], panos[at + 1]))
    return points


def slow_metrics(
    graph: StreetGraph, route: Sequence[int], visited: Sequence[int], stopped: bool
) -> dict[str, float]:
    goal, last = route[-1], visited[-1]
    beside = {a for a, edges in enumerate(graph.edges) for _, b in edges if b == goal}
    beside |= {b for _, b in graph.edges[goal]}
    done = last == goal or last in beside
    warping = slow_warping(graph, visited, route)
    gold = slow_key_points(graph, route)
    right = [each for each in set(gold) if each in slow_key_points(graph, visited)]
    shortest = slow_distance(graph, route[0], goal)
    longest = max(shortest, len(visited) - 1)
    edits = slow_edits(visited, route)
    return {
        "task_completion": 1.0 if done else 0.0,
        "stopped_completion": 1.0 if done and stopped else 0.0,
        "goal_visited": 1.0 if goal in visited else 0.0,
        "spd": float(slow_distance(graph, last, goal)),
        "sed": 1 - edits / max(len(visited), len(route)) if done else 0.0,
        "kpa": (len(right) + (1 if done else 0)) / (len(gold) + 1),
        "ndtw": math.exp(-warping / (2 * len(route))),
        "ndtw_orar": math.exp(-warping / (2 * math.sqrt(len(route)))),
        "spl": (shortest / longest if longest else 1.0) if done else 0.0,
    }


def wander(graph: StreetGraph, rng: random.Random, start: int, steps: int) -> tuple[int, ...]:
    panos = [start]
    for _ in range(steps):
        panos.append(rng.choice(graph.edges[panos[-1]])[1])
    return tuple(panos)


@pytest.mark.parametrize("seed", range(40))
def test_like_the_definitions(seed: int) -> None:
    rng = random.Random(seed)
    start = rng.randrange(len(GRAPH))
    route = wander(GRAPH, rng, start, rng.randint(1, 14))
    kinds = [
        wander(GRAPH, rng, start, rng.randint(0, 14)),
        route,
        route[:-1],
        route + wander(GRAPH, rng, route[-1], rng.randint(1, 3))[1:],
        route[: len(route) // 2] + wander(GRAPH, rng, route[len(route) // 2], 6),
    ]
    for visited in kinds:
        for stopped in (True, False):
            found = route_metrics(GRAPH, route, visited, stopped)
            assert found == pytest.approx(slow_metrics(GRAPH, route, visited, stopped))


def test_directions_count() -> None:
    graph = StreetGraph.from_parts(
        [Node(name, 0, 40.0, -74.0) for name in "abc"],
        [Link("a", 0, "b"), Link("b", 0, "c"), Link("c", 0, "a")],
    )
    found = route_metrics(graph, (0, 1), (0, 1, 2), True)
    assert found["spd"] == 2, "from c to b by way of a"
    assert found["task_completion"] == 1, "c is next to b, if only from there"
    assert route_metrics(graph, (0, 1), (0,), True)["task_completion"] == 1, "a, if only to there"


def test_a_walk_by_hand() -> None:
    route = along("r0c0", "r1c0", "r2c0", "r3c0", "r3c1")
    visited = along("r0c0", "r1c0", "r2c0", "r3c0", "r4c0", "r3c0", "r3c1", "r3c2")
    found = route_metrics(GRAPH, route, visited, stopped=False)
    assert found["task_completion"] == 1.0
    assert found["stopped_completion"] == 0.0
    assert found["goal_visited"] == 1.0
    assert found["spd"] == 1.0
    assert found["sed"] == pytest.approx(1 - 3 / 8)
    # Key points: r0c0, r1c0, (r3c0, r3c1), completion; r0c0 is a corner and no crossing.
    assert found["kpa"] == 1.0
    # Apart are r4c0 by 1 and r3c2 by 1.
    assert found["ndtw"] == pytest.approx(math.exp(-2 / 10))
    assert found["ndtw_orar"] == pytest.approx(math.exp(-2 / (2 * math.sqrt(5))))
    assert found["spl"] == pytest.approx(4 / 7)


def test_following_the_route_is_perfect() -> None:
    route = along("r0c0", "r1c0", "r2c0", "r3c0", "r3c1")
    found = route_metrics(GRAPH, route, route, stopped=True)
    assert found == dict.fromkeys(METRICS, 1.0) | {"spd": 0.0}


def test_staying_at_the_start_is_a_walk() -> None:
    route = along("r0c0", "r1c0", "r2c0")
    found = route_metrics(GRAPH, route, route[:1], stopped=True)
    assert found["kpa"] == 0.0
    assert found["spd"] == 2.0
    back = route_metrics(GRAPH, (*route[:2], route[0]), route[:1], stopped=True)
    assert back["spl"] == 1.0


def test_lazy_metrics_are_worked_out_once_and_on_demand(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    route = along("r0c0", "r1c0", "r2c0")
    monkeypatch.setattr(metrics, "METRICS", {"tc": lambda walk: asked.append(walk) or 1.0})
    lazy = LazyMetrics(Walk(GRAPH, route, route, True))
    assert not asked
    assert (lazy["tc"], dict(lazy), len(lazy), repr(lazy)) == (1.0, {"tc": 1.0}, 1, "{'tc': 1.0}")
    assert len(asked) == 1
    for twin in (copy.deepcopy(lazy), pickle.loads(pickle.dumps(lazy))):
        assert type(twin) is dict
        assert twin == lazy


def test_over_manhattan(manhattan_data: Path, manhattan: StreetGraph) -> None:
    """Real routes and walks on the real graph; a plain search over it is slow, so only a few."""
    rng = random.Random(0)
    routes = read_routes(manhattan_data / "routes" / "map2seq_seen_area.json", manhattan)
    for route in rng.sample(routes, 1):
        visited = [route.panos[0]]
        for _ in range(30):
            visited.append(rng.choice([after for _, after in manhattan.edges[visited[-1]]]))
        found = route_metrics(manhattan, route.panos, visited, True)
        apart = [[slow_distance(manhattan, a, b) for b in route.panos[::12]] for a in visited[::12]]
        assert manhattan.hops.between(visited[::12], route.panos[::12]).tolist() == apart
        assert found["spd"] == slow_distance(manhattan, visited[-1], route.panos[-1])
    assert all(
        route_metrics(manhattan, route.panos, route.panos, True)["ndtw"] == 1.0
        for route in rng.sample(routes, 20)
    )
