"""How well wrong answers are found."""

from __future__ import annotations

import pytest

from lfm.conditioning.identification import Identification

RIGHT, WRONG = True, False


def test_a_wrong_answer_called_wrong_is_a_hit() -> None:
    pairs = [(WRONG, WRONG)] * 6 + [(WRONG, RIGHT)] * 2 + [(RIGHT, WRONG)] * 1 + [(RIGHT, RIGHT)]
    found = Identification.of(pairs)
    assert (found.hits, found.false_alarms, found.misses, found.passes) == (6, 2, 1, 1)
    assert found.recall == pytest.approx(6 / 7)
    assert found.precision == pytest.approx(6 / 8)
    assert found.f1 == pytest.approx(2 / (7 / 6 + 8 / 6))
    assert found.accuracy == pytest.approx(0.7)


def test_who_calls_all_wrong_has_the_error_rate_as_precision() -> None:
    found = Identification.of([(WRONG, WRONG)] * 71 + [(WRONG, RIGHT)] * 29)
    assert (found.recall, found.precision, found.accuracy) == (1.0, 0.71, 0.71)


@pytest.mark.parametrize("pairs", [[], [(RIGHT, RIGHT)]])
def test_where_nothing_is_wrong_there_is_nothing_to_find(pairs: list[tuple[bool, bool]]) -> None:
    found = Identification.of(pairs)
    assert (found.recall, found.precision, found.f1) == (0.0, 0.0, 0.0)
    assert found.as_dict()["accuracy"] == float(bool(pairs))
