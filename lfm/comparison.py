"""Two opinions on the same steps: how far they agree, with intervals over episodes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from envs.errors import UserError
from lfm.statistics import CONFIDENCE, Interval

Opinion = Mapping[tuple[str, int], bool]
"""Episode and step (from 1) -> whether it was called productive."""

_RESAMPLES = 2000

Counts = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Comparison:
    """One opinion measured by another; positive means productive.

    Attributes:
        episodes: with steps that both are about.
        steps: that both are about; all else is of these.
        only_first: steps that only the first opinion is about.
        only_second: steps that only the second is about.
        productive_first: steps that the first calls productive.
        productive_second: steps that the second calls productive.
        overlap: of the steps that one or the other calls productive, the share that both do.
        agreement: share of steps on which they agree.
        precision: of the steps the first calls productive, the share that the second does.
        recall: of the steps the second calls productive, the share that the first does.
        f1: harmonic mean of the two.
        kappa: agreement beyond chance (Cohen 1960): 1 is full, 0 as by chance.
    """

    episodes: int
    steps: int
    only_first: int
    only_second: int
    productive_first: int
    productive_second: int
    overlap: Interval
    agreement: Interval
    precision: Interval
    recall: Interval
    f1: Interval
    kappa: Interval


def compare(first: Opinion, second: Opinion, seed: int) -> Comparison:
    """Measure an opinion by another, on the steps that both are about.

    Intervals are bootstrapped over episodes, whose steps are not independent of each other.

    Args:
        first: what is measured.
        second: what it is measured by.
        seed: of the bootstrap.

    Raises:
        UserError: there is no step that both are about.
    """
    shared = first.keys() & second.keys()
    if not shared:
        raise UserError(
            f"no step has a label from both sides ({len(first)} labels and {len(second)}); compare "
            "labels of the same episodes"
        )
    episodes = {name: at for at, name in enumerate(sorted({name for name, _ in shared}))}
    counts = np.zeros((4, len(episodes)))
    for name, step in shared:
        one, other = first[name, step], second[name, step]
        counts[2 * (not one) + (not other), episodes[name]] += 1
    both, ours, theirs, _ = (int(row.sum()) for row in counts)
    return Comparison(
        episodes=len(episodes),
        steps=len(shared),
        only_first=len(first) - len(shared),
        only_second=len(second) - len(shared),
        productive_first=both + ours,
        productive_second=both + theirs,
        **_intervals(counts, seed),
    )


def _intervals(counts: Counts, seed: int) -> dict[str, Interval]:
    """Every measure with its interval.

    Args:
        counts: a column for each episode: steps that both call productive, only the first, only
            the second, neither.
        seed: of the bootstrap.
    """
    values = _measures(counts.sum(axis=1, keepdims=True))
    names = list(values)
    if counts.shape[1] < 2:  # of a single episode there is no interval
        return {
            name: Interval(float(values[name][0]), -1.0 if name == "kappa" else 0.0, 1.0, 1)
            for name in names
        }

    def statistic(*rows: Counts, axis: int) -> Counts:
        measured = _measures(np.stack([row.sum(axis=axis) for row in rows]))
        return np.stack([measured[name] for name in names])

    found = stats.bootstrap(
        tuple(counts),
        statistic,
        paired=True,
        vectorized=True,
        n_resamples=_RESAMPLES,
        confidence_level=CONFIDENCE,
        method="percentile",
        rng=np.random.default_rng(seed),
    ).confidence_interval
    return {
        name: Interval(float(values[name][0]), float(low), float(high), counts.shape[1])
        for name, low, high in zip(names, found.low, found.high, strict=True)
    }


def _measures(counts: Counts) -> dict[str, Counts]:
    """The measures; a share of nothing is 0.

    Args:
        counts: 4 x samples, with rows as in :func:`_intervals`.
    """
    both, ours, theirs, neither = counts
    steps = counts.sum(axis=0)
    agreed = (both + neither) / steps
    chance = ((both + ours) * (both + theirs) + (theirs + neither) * (ours + neither)) / steps**2
    return {
        "overlap": _share(both, both + ours + theirs),
        "agreement": agreed,
        "precision": _share(both, both + ours),
        "recall": _share(both, both + theirs),
        "f1": _share(2 * both, 2 * both + ours + theirs),
        "kappa": _share(agreed - chance, 1 - chance),
    }


def _share(part: Counts, whole: Counts) -> Counts:
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)
