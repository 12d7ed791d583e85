"""The official splits of Touchdown and map2seq, and how many routes each has.

Apart from what reads them, because every command knows their names and few read a route.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Split(NamedTuple):
    """A split of a scenario.

    Attributes:
        file: its name, inside the scenario's folder ``data``.
        counts: how many routes it may have.
    """

    file: str
    counts: tuple[int, ...]


def _splits(train: tuple[int, ...], dev: int, test: int) -> Mapping[str, Split]:
    return {
        "train": Split("train.json", train),
        "dev": Split("dev.json", (dev,)),
        "test": Split("test.json", (test,)),
    }


OFFICIAL: Mapping[str, Mapping[str, Split]] = {
    "touchdown": _splits((6526, 6525), 1391, 1409),
    "touchdown_unseen": _splits((6770,), 800, 1507),
    "map2seq": _splits((6072,), 800, 800),
    "map2seq_unseen": _splits((5737,), 800, 800),
}
"""Scenario -> split -> file and count. The scenarios ``_unseen`` hold out a part of the city.

Touchdown's training split is quoted with 6,526 routes (Chen et al., 2019); what others derived from
it has 6,525.
"""
