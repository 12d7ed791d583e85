from __future__ import annotations

import pytest

from lfm.critics.reading.base import Reading
from lfm.critics.reading.read import read

FULL = """Yes, it is on the right track.

- Steps 21-23: it went to the desk and took the mug.
- **Step 26:** it washed the mug,
  which the task asks for.

#Summary
The player cleans a mug.
#Improvement
1. Step 24: do not look around.
- Step 25: nor here."""


def labels(reading: Reading) -> dict[int, bool]:
    return {label.step: label.productive for label in reading.steps}


def test_an_answer_as_asked_for() -> None:
    reading = read("bullets", FULL, 21, 28)
    assert reading.how == "parsed"
    assert labels(reading) == {step: step in (21, 22, 23, 26) for step in range(21, 29)}
    reasons = {label.step: label.reason for label in reading.steps}
    assert reasons[22] == "it went to the desk and took the mug."
    assert reasons[26] == "it washed the mug, which the task asks for."
    assert reasons[28] == ""
    assert reading.summary == "The player cleans a mug."
    assert reading.suggestion == "1. Step 24: do not look around. - Step 25: nor here."


@pytest.mark.parametrize("ending", ["", "\n", "\n\n", "\r\n"])
def test_the_last_line_counts_however_it_ends(ending: str) -> None:
    reading = read("bullets", f"Yes\n- Step 1: a\n- Step 2: b{ending}", 1, 3)
    assert labels(reading) == {1: True, 2: True, 3: False}


@pytest.mark.parametrize(
    "heading", ["#Summary", "## Summary:", "**Summary**", "**Summary:**", "Summary:", "SUMMARY"]
)
def test_headings_in_any_style(heading: str) -> None:
    reading = read("bullets", f"Yes\n- Step 1: a\n{heading}\n- Step 2: b", 1, 2)
    assert labels(reading) == {1: True, 2: False}
    assert reading.summary == "- Step 2: b"


def test_a_summary_beside_its_heading() -> None:
    reading = read("bullets", "Yes\n- Step 1: a\nSummary: it walks.\nSuggestion: run.", 1, 1)
    assert (reading.summary, reading.suggestion) == ("it walks.", "run.")


def test_a_heading_that_is_none_of_these_ends_a_section() -> None:
    reading = read("bullets", "#Summary\nIt walks.\n# Helpful steps\n- Step 2: b", 1, 2)
    assert labels(reading) == {1: False, 2: True}
    assert reading.summary == "It walks."


@pytest.mark.parametrize("answer", ["No", "**No.**", "Answer: no, it wanders.", "No\n#Summary\nx"])
def test_no_is_about_all_steps(answer: str) -> None:
    reading = read("bullets", answer, 5, 7)
    assert reading.how == "parsed"
    assert labels(reading) == {5: False, 6: False, 7: False}


@pytest.mark.parametrize(
    ("answer", "known"),
    [
        ("Yes\n- Step 5: a\n- Step 9: b", {5: True}),  # was not shown
        ("Yes\n- Step 5: a\n- took mug 1 from desk 6: b", {5: True}),  # which step was it?
        ("Yes\n1. Step 5: a\n2. took the mug", {5: True}),
        ("Yes\n- Step 5: a\n- Step 6: not helpful.", {5: True}),
        ("Yes\n- Steps 4-6: a", {5: True, 6: True}),
        ("Yes\n- Steps 7-5: a\n- Step 6: b", {6: True}),
    ],
)
def test_where_the_list_is_in_doubt_the_rest_has_no_label(
    answer: str, known: dict[int, bool]
) -> None:
    reading = read("bullets", answer, 5, 7)
    assert (reading.how, labels(reading)) == ("repaired", known)


def test_where_the_answer_was_cut_off_the_rest_has_no_label() -> None:
    reading = read("bullets", "Yes\n- Step 5: it took", 5, 7, complete=False)
    assert (reading.how, labels(reading)) == ("repaired", {5: True})
    assert read("bullets", "No", 5, 7, complete=False).how == "unparseable"


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "Yes.",
        "The player is on the right track.",
        "No.\n- Step 5: but this was good",
        "No doubt it is on the right track",
        "Yes\n- Step 4: a",
        "<think>- Step 5: a",
        "-----",
    ],
)
def test_nothing_is_guessed(answer: str) -> None:
    reading = read("bullets", answer, 5, 7)
    assert (reading.how, reading.steps) == ("unparseable", ())


def test_refusals_are_told_apart() -> None:
    assert read("bullets", "I'm sorry, but I can't assist with that.", 1, 3).how == "refused"


def test_a_list_of_mistakes_is_the_other_way_round() -> None:
    reading = read("corrections", "- Step 2: go to desk 1", 1, 3)
    assert labels(reading) == {1: True, 2: False, 3: True}
    assert reading.steps[1].reason == reading.steps[1].instead == "go to desk 1"
    assert reading.steps[0].instead == ""
    assert labels(read("corrections", "None.", 1, 2)) == {1: True, 2: True}
    assert read("corrections", "No, it wanders.", 1, 2).how == "unparseable"
