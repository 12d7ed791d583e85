"""The expert, which knows the route, and how many actions it takes to the goal. Privileged."""

from __future__ import annotations

import heapq
from collections.abc import Sequence

from envs.touchdown.graph import StreetGraph
from envs.touchdown.hops import UNREACHABLE, Hops
from envs.touchdown.moves import Moves, State


def next_pano(graph: StreetGraph, route: Sequence[int], visited: Sequence[int]) -> int | None:
    """Where the expert goes next: along the route, or a shortest way to the goal.

    The latter off the route, and where no way leads to the next panorama of the route.
    Where a route comes to a panorama several times, the visits up to now say at which time it is
    (VELMA's rule; Schumann et al., 2023).

    Args:
        graph: the streets.
        route: panoramas from start to goal.
        visited: panoramas of the walk up to now, the last being where the agent is.

    Returns:
        A panorama next to the last; None where the goal is reached.
    """
    pano, goal = visited[-1], route[-1]
    ways = [target for _, target in graph.edges[pano]]
    times = [at for at, each in enumerate(route) if each == pano]
    if times:
        at = times[min(len(times), visited.count(pano)) - 1]
        if at + 1 < len(route) and route[at + 1] in ways:
            return route[at + 1]
    if pano == goal:
        return None
    return ways[int(graph.hops.between(ways, [goal])[:, 0].argmin())]


def actions_to(moves: Moves, state: State, goal: int, hops: Hops) -> int:
    """Fewest actions from a state to a goal panorama.

    No action leads over more than one way, so the hops to the goal never say too much, and the
    search (A*) looks at little besides the way itself.

    Args:
        moves: which actions there are.
        state: where to begin.
        goal: the panorama to come to.
        hops: from each panorama to the goal, (N,).

    Returns:
        0 at the goal; :data:`~envs.touchdown.hops.UNREACHABLE` if no way leads there.
    """
    if hops[state.pano] >= UNREACHABLE:
        return UNREACHABLE
    best = {state: 0}
    heap = [(int(hops[state.pano]), 0, state)]
    while heap:
        least, spent, state = heapq.heappop(heap)
        if state.pano == goal:
            return least
        if best[state] < -spent:
            continue
        for following in moves.options(state).values():
            if best.get(following, UNREACHABLE) > 1 - spent:
                best[following] = 1 - spent
                left = int(hops[following.pano])
                heapq.heappush(heap, (1 - spent + left, spent - 1, following))
    return UNREACHABLE
