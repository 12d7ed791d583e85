"""How far panoramas are apart, for any two of them at once.

Most panoramas lie on a street between two crossings, where nothing can happen. So distances are
worked out once between all crossings, some 1,600 in Manhattan, and those of any two panoramas
follow from the crossings at the ends of their streets. A search over all panoramas for every
question takes a hundred times as long, and metrics such as nDTW ask for thousands of distances.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

UNREACHABLE = 1_000_000
"""More than any number of ways, for a goal to which none leads."""

Hops = NDArray[np.int32]


class HopTable:
    """Fewest ways from any panorama to any other, along the ways' directions.

    Args:
        following: of each panorama those to which a way leads.
    """

    def __init__(self, following: Sequence[Sequence[int]]) -> None:
        self._ends = np.zeros((len(following), 2), dtype=np.int32)
        """Numbers of the crossings at the ends of a panorama's street; a crossing's own, twice."""
        self._off = np.zeros((len(following), 2), dtype=np.int32)
        """How far it is from each."""
        self._street = np.full(len(following), -1, dtype=np.int32)
        """Name of the street, one of its panoramas; -1 for crossings."""
        self._crossings: dict[int, int] = {}
        """Pano -> number of a crossing."""
        self._lengths: dict[tuple[int, int], int] = {}
        """Of streets, from one crossing to the next."""
        self._explore(following)
        self._between = self._solve()

    def between(self, sources: ArrayLike, targets: ArrayLike) -> Hops:
        """Hops from each source, (S,), to each target, (T,).

        Returns:
            (S, T); :data:`UNREACHABLE` where no way leads.
        """
        sources, targets = np.asarray(sources), np.asarray(targets)
        off, ends = self._off[targets], self._ends[targets]
        found = np.full((len(sources), len(targets)), UNREACHABLE, dtype=np.int32)
        for side in (0, 1):
            start, walked = self._ends[sources, side][:, None], self._off[sources, side][:, None]
            for other in (0, 1):
                length = self._between[start, ends[:, other]] + walked + off[:, other]
                np.minimum(found, length, out=found)
        street = self._street[sources][:, None]
        same = (street == self._street[targets]) & (street >= 0)
        if same.any():
            along = np.abs(self._off[sources, 0][:, None] - off[:, 0])
            np.minimum(found, along, out=found, where=same)
        return found

    def _explore(self, following: Sequence[Sequence[int]]) -> None:
        """Find all crossings and the streets between them."""
        before: list[set[int]] = [set() for _ in following]
        for pano, targets in enumerate(following):
            for target in targets:
                before[target].add(pano)
        plain = {
            pano
            for pano, targets in enumerate(following)
            if len(set(targets)) == 2 and before[pano] == set(targets)
        }
        found = [pano for pano in range(len(before)) if pano not in plain]
        self._crossings = {pano: number for number, pano in enumerate(found)}
        while found or plain:
            if not found:  # What is left is round: any of its panoramas will do for a crossing.
                found.append(plain.pop())
                self._crossings[found[0]] = len(self._crossings)
            pano = found.pop()
            self._ends[pano] = self._crossings[pano]
            for target in following[pano]:
                self._follow(following, pano, target, plain)

    def _follow(
        self, following: Sequence[Sequence[int]], crossing: int, target: int, plain: set[int]
    ) -> None:
        """Walk the street that begins there, unless that was done from its other end."""
        walked: list[int] = []
        last, pano = crossing, target
        while pano in plain:
            plain.discard(pano)
            walked.append(pano)
            last, pano = pano, next(each for each in following[pano] if each != last)
        if pano not in self._crossings:
            return
        ends, length = (self._crossings[crossing], self._crossings[pano]), len(walked) + 1
        for each in (ends, ends[::-1]) if walked else (ends,):
            self._lengths[each] = min(length, self._lengths.get(each, length))
        self._ends[walked] = ends
        self._off[walked, 0] = range(1, length)
        self._off[walked, 1] = range(length - 1, 0, -1)
        self._street[walked] = target

    def _solve(self) -> Hops:
        """Hops between all crossings, (C, C)."""
        count = len(self._crossings)
        rows, columns = np.array(list(self._lengths)).reshape(-1, 2).T
        lengths = csr_array((list(self._lengths.values()), (rows, columns)), shape=(count, count))
        solved = dijkstra(lengths)
        hops: Hops = np.minimum(solved, UNREACHABLE).astype(np.int32)
        return hops
