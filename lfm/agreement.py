"""How well probabilities agree with labels: what a feedback model is judged by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import expit, log_expit

_BINS = 10


@dataclass(frozen=True, slots=True)
class Agreement:
    """A feedback model against held-out critic labels; positive means productive.

    Attributes:
        steps: held-out labelled steps.
        positives: how many of them the critic called productive.
        threshold: probability from which a step counts as judged productive.
        precision: of the steps judged productive, the share the critic called productive.
        recall: of the steps the critic called productive, the share judged productive.
        f1: harmonic mean of the two.
        accuracy: share of steps judged as the critic did.
        brier: mean squared difference of probability and label.
        calibration_error: expected calibration error over ten equal bins (Guo et al. 2017).
        bins: of each bin that holds steps: mean probability, share productive, steps.
        curve: threshold, precision and recall for each hundredth that some probability reaches.
    """

    steps: int
    positives: int
    threshold: float
    precision: float
    recall: float
    f1: float
    accuracy: float
    brier: float
    calibration_error: float
    bins: list[tuple[float, float, int]]
    curve: list[tuple[float, float, float]]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def agreement(
    probabilities: Sequence[float], labels: Sequence[bool], threshold: float
) -> Agreement:
    """Compare probabilities with labels.

    Raises:
        ValueError: if there are none, or not as many of one as of the other.
    """
    if not labels or len(labels) != len(probabilities):
        raise ValueError(f"{len(probabilities)} probabilities cannot meet {len(labels)} labels")
    p, y = np.asarray(probabilities, float), np.asarray(labels, bool)
    judged = p >= threshold
    precision, recall = _precision_recall(judged, y)
    bins = [
        (float(p[inside].mean()), float(y[inside].mean()), int(inside.sum()))
        for inside in (np.minimum((p * _BINS).astype(int), _BINS - 1) == at for at in range(_BINS))
        if inside.any()
    ]
    return Agreement(
        steps=len(y),
        positives=int(y.sum()),
        threshold=threshold,
        precision=precision,
        recall=recall,
        f1=2 * precision * recall / max(1e-12, precision + recall),
        accuracy=float((judged == y).mean()),
        brier=float(((p - y) ** 2).mean()),
        calibration_error=sum(abs(mean - share) * size for mean, share, size in bins) / len(y),
        bins=bins,
        curve=[
            (float(each), *_precision_recall(p >= each, y))
            for each in np.arange(101) / 100
            if each <= p.max()
        ],
    )


def _precision_recall(judged: NDArray[np.bool_], y: NDArray[np.bool_]) -> tuple[float, float]:
    both = float((judged & y).sum())
    return both / max(1, int(judged.sum())), both / max(1, int(y.sum()))


def calibration_scale(logits: Sequence[float], labels: Sequence[bool]) -> float:
    """The factor on logits that makes their probabilities likeliest (temperature scaling).

    Source: Guo et al. 2017, "On Calibration of Modern Neural Networks", section 4.2; the factor
    is the inverse of their temperature, sought between 1/20 and 20.
    """
    z, y = np.asarray(logits, float), np.asarray(labels, float)

    def loss(log_scale: float) -> float:
        scaled = z * np.exp(log_scale)
        return float(-(y * log_expit(scaled) + (1 - y) * log_expit(-scaled)).mean())

    best = minimize_scalar(loss, bounds=(-np.log(20), np.log(20)), method="bounded")
    return float(np.exp(best.x))


def probability(logit: float, scale: float) -> float:
    """The calibrated probability of a logit."""
    return float(expit(logit * scale))
