"""Values of two methods compared seed by seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from experiments.markdown import mean_cell
from lfm.statistics import mean_interval

Rates = Mapping[int, float]
"""Seed -> a value of a method, usually in per cent."""


def differences(one: Rates, other: Rates) -> list[float]:
    """``one - other`` for every seed that both have."""
    return [one[seed] - other[seed] for seed in sorted(one.keys() & other.keys())]


def verdict(name: str, values: Sequence[float]) -> str:
    """Whether ``name`` is above, below or neither, by the 95 % interval of its differences."""
    if len(values) < 2:
        return "one seed, which decides nothing"
    interval = mean_interval(values)
    if interval.low <= 0 <= interval.high:
        return "not told apart"
    return f"{name} above" if interval.low > 0 else f"{name} below"


def difference_cell(values: Sequence[float]) -> str:
    """Mean of differences in points; a dash if there are none."""
    return mean_cell(values, "+.1f") if values else "-"
