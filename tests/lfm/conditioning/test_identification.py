"""How well wrong answers are found."""

from __future__ import annotations

import pytest
from rich.console import Console

from lfm.conditioning.identification import Identification
from lfm.done import DoneStage
from lfm.summary import results_table

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


def test_the_table_at_a_runs_end_tells_it() -> None:
    found = Identification.of([(WRONG, WRONG)] * 3 + [(RIGHT, WRONG)])
    counts = {"answers": 4, **found.as_dict()}
    stage = DoneStage("identification/round1", 1.0, False, "now", counts, {}, "")
    console = Console(width=120)
    with console.capture() as printed:
        console.print(results_table([], [stage], {}))
    row = next(line for line in printed.get().splitlines() if "identification/round1" in line)
    cells = [cell.strip() for cell in row.strip("\u2502").split("\u2502")]
    assert cells[1:] == ["4", "4", "1.000", "0.750", "0.857", "0.750"]
