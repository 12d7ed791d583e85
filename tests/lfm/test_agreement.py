"""Agreement metrics, against numbers worked out by hand."""

from __future__ import annotations

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from lfm.agreement import agreement, calibration_scale, probability

CASES = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=40)


def test_by_hand() -> None:
    found = agreement([0.9, 0.8, 0.6, 0.3, 0.1], [True, False, True, True, False], 0.5)
    assert (found.steps, found.positives, found.threshold) == (5, 3, 0.5)
    assert found.precision == pytest.approx(2 / 3)
    assert found.recall == pytest.approx(2 / 3)
    assert found.f1 == pytest.approx(2 / 3)
    assert found.accuracy == pytest.approx(3 / 5)
    assert found.brier == pytest.approx((0.01 + 0.64 + 0.16 + 0.49 + 0.01) / 5)
    assert found.calibration_error == pytest.approx((0.1 + 0.8 + 0.4 + 0.7 + 0.1) / 5)
    assert len(found.curve) == 91, "nothing reaches more than 0.9"
    assert found.curve[0] == (0.0, pytest.approx(3 / 5), 1.0)
    assert found.curve[50] == (0.5, pytest.approx(2 / 3), pytest.approx(2 / 3))
    assert found.curve[90] == (0.9, 1.0, pytest.approx(1 / 3))


def test_bins_gather_like_probabilities() -> None:
    found = agreement([0.71, 0.79, 1.0], [True, False, True], 0.5)
    assert [(mean, share, size) for mean, share, size in found.bins] == [
        (pytest.approx(0.75), 0.5, 2),
        (1.0, 1.0, 1),
    ]
    assert found.calibration_error == pytest.approx(0.25 * 2 / 3)


def test_a_probability_on_the_threshold_is_kept() -> None:
    assert agreement([0.5], [True], 0.5).recall == 1.0


def test_nothing_judged_productive_is_no_division_by_zero() -> None:
    found = agreement([0.1, 0.2], [True, False], 0.5)
    assert (found.precision, found.recall, found.f1, found.accuracy) == (0.0, 0.0, 0.0, 0.5)


@pytest.mark.parametrize(("p", "y"), [([], []), ([0.5], [True, False])])
def test_what_cannot_be_compared_is_refused(p: list[float], y: list[bool]) -> None:
    with pytest.raises(ValueError, match="cannot meet"):
        agreement(p, y, 0.5)


@given(CASES, st.floats(0.01, 1))
def test_every_step_is_in_one_bin_and_shares_are_shares(
    cases: list[tuple[float, bool]], threshold: float
) -> None:
    found = agreement([p for p, _ in cases], [y for _, y in cases], threshold)
    assert sum(size for _, _, size in found.bins) == found.steps == len(cases)
    values = (found.precision, found.recall, found.f1, found.accuracy, found.brier)
    assert all(0 <= value <= 1 + 1e-9 for value in (*values, found.calibration_error))


@pytest.mark.parametrize("true_scale", [0.3, 1.0, 4.0])
def test_the_scale_is_found_that_made_the_labels(true_scale: float) -> None:
    draw = np.random.default_rng(0)
    logits = draw.normal(0, 2, 5000)
    labels = draw.random(5000) < 1 / (1 + np.exp(-true_scale * logits))
    assert calibration_scale(logits, labels) == pytest.approx(true_scale, rel=0.15)


def test_labels_that_contradict_the_logits_flatten_them() -> None:
    assert calibration_scale([3.0, -3.0], [False, True]) == pytest.approx(1 / 20, rel=0.01)


def test_probabilities_do_not_overflow() -> None:
    assert probability(0.0, 3.0) == 0.5
    assert probability(1e6, 20.0) == 1.0
    assert probability(-1e6, 20.0) == 0.0
