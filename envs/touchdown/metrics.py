"""Metrics of a walk as published for Touchdown and map2seq.

Distances are hops: ways from one panorama to the next, along their directions. A walk is the
sequence of panoramas that were visited, each once for every stay, from the start to the last.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from envs.touchdown.graph import StreetGraph
from envs.touchdown.hops import Hops

THRESHOLD = 2
"""Hops; what ORAR and VLN-Transformer normalise nDTW by."""


@dataclass(frozen=True)
class Walk:
    """A walk that is over, and the route it should have been.

    Attributes:
        graph: the streets.
        route: the panoramas of the route.
        visited: the panoramas of the walk.
        stopped: whether the agent itself said that it has arrived.
    """

    graph: StreetGraph
    route: tuple[int, ...]
    visited: tuple[int, ...]
    stopped: bool

    @cached_property
    def completed(self) -> bool:
        """Whether the walk ended at the goal or next to it."""
        goal, last = self.route[-1], self.visited[-1]
        return last == goal or last in targets(self.graph, goal)

    @cached_property
    def warping(self) -> int:
        """DTW of walk and route, in hops."""
        return _warping(self.graph.hops.between(self.visited, self.route))


def targets(graph: StreetGraph, goal: int) -> set[int]:
    """The panoramas next to a goal, in either direction."""
    return {*graph.predecessors[goal], *(target for _, target in graph.edges[goal])}


def task_completion(walk: Walk) -> float:
    """TC: 1 if the walk ended at the goal or next to it, stop or no stop (Chen et al., 2019).

    So it is counted by VELMA too, where an agent that runs out of steps there has arrived.
    """
    return float(walk.completed)


def stopped_completion(walk: Walk) -> float:
    """TC with an explicit stop: 1 if the agent stopped at the goal or next to it."""
    return float(walk.completed and walk.stopped)


def goal_visited(walk: Walk) -> float:
    """1 if the goal was ever visited: success in the LFM paper's environment, which ends there."""
    return float(walk.route[-1] in walk.visited)


def shortest_path_distance(walk: Walk) -> float:
    """SPD: hops from the last panorama to the goal (Chen et al., 2019)."""
    return float(walk.graph.hops.between(walk.visited[-1:], walk.route[-1:])[0, 0])


def success_by_edit_distance(walk: Walk) -> float:
    """SED: 1 less the edit distance of walk and route over the longer's length, times TC.

    Defined by Chen et al. (2019), with Levenshtein's distance; ORAR's code also counts a swap of
    two neighbours as one edit.
    """
    if not walk.completed:
        return 0.0
    longest = max(len(walk.visited), len(walk.route))
    return 1.0 - _edits(walk.visited, walk.route) / longest


def key_point_accuracy(walk: Walk) -> float:
    """KPA: the share of a route's key points that the walk has (Schumann et al., 2023).

    Key points are the first panorama, the second, each crossing with the panorama after it, and
    as one more the completed task.
    """
    gold = _key_points(walk.graph, walk.route)
    right = len(set(gold) & set(_key_points(walk.graph, walk.visited)))
    return (right + walk.completed) / (len(gold) + 1)


def ndtw(walk: Walk) -> float:
    """Normalised DTW (nDTW) as it was defined: exp(-DTW / (d |R|)), with d = 2 hops.

    Defined by Ilharco et al. (2019).
    """
    return math.exp(-walk.warping / (THRESHOLD * len(walk.route)))


def ndtw_orar(walk: Walk) -> float:
    """The nDTW of VLN-Transformer and ORAR: exp(-DTW / (2 sqrt(|R|))).

    From the code of Zhu et al. (2021) and Schumann and Riezler (2022), who take ways for two-way.
    """
    return math.exp(-walk.warping / (THRESHOLD * math.sqrt(len(walk.route))))


def success_by_path_length(walk: Walk) -> float:
    """SPL: TC times the shortest way to the goal over that or the way gone, if that is longer.

    Defined by Anderson et al. (2018). Touchdown's own routes are often not the shortest, so that
    following them to the letter gives less than 1.
    """
    shortest = int(walk.graph.hops.between(walk.route[:1], walk.route[-1:])[0, 0])
    longest = max(shortest, len(walk.visited) - 1)
    return walk.completed * (shortest / longest if longest else 1.0)


METRICS: Mapping[str, Callable[[Walk], float]] = {
    "task_completion": task_completion,
    "stopped_completion": stopped_completion,
    "goal_visited": goal_visited,
    "spd": shortest_path_distance,
    "sed": success_by_edit_distance,
    "kpa": key_point_accuracy,
    "ndtw": ndtw,
    "ndtw_orar": ndtw_orar,
    "spl": success_by_path_length,
}
"""Name -> what works it out. All are shares from 0 to 1, but for ``spd``, which is in hops."""


def route_metrics(
    graph: StreetGraph, route: Sequence[int], visited: Sequence[int], stopped: bool
) -> dict[str, float]:
    """All of :data:`METRICS` for a walk.

    Args:
        graph: the streets.
        route: the panoramas of the route, from start to goal.
        visited: the panoramas of the walk.
        stopped: whether the agent itself said that it has arrived.
    """
    walk = Walk(graph, tuple(route), tuple(visited), stopped)
    return {name: measure(walk) for name, measure in METRICS.items()}


class LazyMetrics(Mapping[str, float]):
    """The metrics of a walk, worked out when the first of them is read.

    They cost as much as a hundred steps of the environment, and not everyone who walks reads them.
    Copied or pickled they are a plain dictionary.

    Args:
        walk: the walk.
    """

    def __init__(self, walk: Walk) -> None:
        self._walk = walk

    @cached_property
    def _found(self) -> dict[str, float]:
        walk = self._walk
        return route_metrics(walk.graph, walk.route, walk.visited, walk.stopped)

    def __getitem__(self, name: str) -> float:
        return self._found[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)

    def __repr__(self) -> str:
        return repr(self._found)

    def __reduce__(self) -> tuple[type[dict[str, float]], tuple[dict[str, float]]]:
        return dict, (self._found,)


def _key_points(graph: StreetGraph, panos: Sequence[int]) -> list[int | tuple[int, int]]:
    if len(panos) < 2:
        return []
    crossings = (pair for pair in pairwise(panos) if len(graph.edges[pair[0]]) > 2)
    return [*panos[:2], *crossings]


def _edits(one: Sequence[int], other: Sequence[int]) -> int:
    """Levenshtein's distance of two sequences."""
    pairs = enumerate(zip(one, other, strict=False))
    same = next((at for at, (each, target) in pairs if each != target), min(len(one), len(other)))
    one, other = one[same:], other[same:]
    row = list(range(len(other) + 1))
    for at, each in enumerate(one, start=1):
        corner, row[0] = row[0], at
        for index, target in enumerate(other, start=1):
            best = corner if each == target else 1 + min(corner, row[index], row[index - 1])
            corner, row[index] = row[index], best
    return row[-1]


def _warping(costs: Hops) -> int:
    """DTW: the least sum of costs on a monotonous way from corner to corner of a matrix.

    A row follows from the one above at once: with s the sums of the row's costs and m the lesser of
    what stands above and left above, its element j is s_j plus the least m_k - s_(k-1) for k <= j.
    """
    costs = costs.astype(np.int64) if len(costs) <= costs.shape[1] else costs.T.astype(np.int64)
    sums = costs.cumsum(axis=1)
    best = sums[0]
    for following, before in zip(sums[1:], (sums - costs)[1:], strict=True):
        above = best - before
        np.minimum(above[1:], best[:-1] - before[1:], out=above[1:])
        best = np.minimum.accumulate(above, out=above) + following
    return int(best[-1])
