from __future__ import annotations

import pytest

from lfm.critics.reading.read import read


def test_each_step_has_its_verdict() -> None:
    answer = "Step 3: Yes, it took the mug.\n- Step 4: no - it went back.\nSteps 5-6: No.\n"
    reading = read("yes_no", answer, 3, 6)
    assert reading.how == "parsed"
    assert [(label.step, label.productive, label.reason) for label in reading.steps] == [
        (3, True, "it took the mug."),
        (4, False, "it went back."),
        (5, False, ""),
        (6, False, ""),
    ]


@pytest.mark.parametrize(
    ("answer", "steps"),
    [
        ("Step 3: yes\nStep 4: perhaps", [3]),  # no verdict
        ("Step 3: yes\nStep 4: no\nStep 4: yes", [3]),  # two verdicts
        ("Step 3: yes\nStep 9: yes", [3]),  # not shown
        ("Step 3: yes\n- and all others: no", [3]),  # which?
    ],
)
def test_what_is_in_doubt_has_no_label(answer: str, steps: list[int]) -> None:
    reading = read("yes_no", answer, 3, 4)
    assert reading.how == "repaired"
    assert [label.step for label in reading.steps] == steps


def test_a_step_without_a_line_has_no_label() -> None:
    reading = read("yes_no", "Step 3: yes", 3, 4)
    assert (reading.how, [label.step for label in reading.steps]) == ("parsed", [3])


def test_the_only_step_needs_no_number() -> None:
    reading = read("yes_no", "No. It went\nback.", 8, 8)
    assert [(label.step, label.productive, label.reason) for label in reading.steps] == [
        (8, False, "It went back.")
    ]
    assert read("yes_no", "No. It went back.", 8, 9).how == "unparseable"
