"""What language models say of a single answer."""

from __future__ import annotations

import pytest

from lfm.critics.reading.read import read


@pytest.mark.parametrize(
    ("text", "productive", "reason", "how"),
    [
        ("Feedback: Leave out the lemon.", False, "Leave out the lemon.", "parsed"),
        ("I see.\n**Feedback:** Two\nlines.", False, "Two lines.", "parsed"),
        ("Feedback: First.\nFeedback: Last.", False, "Last.", "parsed"),
        ("No feedback needed", True, "No feedback needed.", "parsed"),
        ("**No feedback is needed.**", True, "No feedback needed.", "parsed"),
        ("Feedback: no feedback needed!", True, "No feedback needed.", "parsed"),
        ("<think>Hm. Feedback: x</think>Feedback: y", False, "y", "parsed"),
        ("Well done. No feedback needed.", True, "Well done. No feedback needed.", "repaired"),
        ("The lemon is left.", False, "The lemon is left.", "repaired"),
    ],
)
def test_feedback_is_what_follows_the_mark_and_needless_feedback_says_right(
    text: str, productive: bool, reason: str, how: str
) -> None:
    reading = read("feedback", text, 4, 4)
    assert reading.how == how
    assert [tuple(label)[:3] for label in reading.steps] == [(4, productive, reason)]


@pytest.mark.parametrize(
    ("text", "productive", "reason", "how"),
    [
        ("It is.\nCorrectness: correct", True, "It is.", "parsed"),
        ("It is not.\n**Correctness: Incorrect**.", False, "It is not.", "parsed"),
        ("Correctness: not correct", False, "", "parsed"),
        ("Correctness: correct. No: Correctness: incorrect", False, None, "repaired"),
    ],
)
def test_the_last_word_on_correctness_counts(
    text: str, productive: bool, reason: str | None, how: str
) -> None:
    reading = read("correctness", text, 1, 1)
    assert reading.how == how
    (label,) = reading.steps
    assert label.productive is productive
    assert reason is None or label.reason == reason


@pytest.mark.parametrize(
    ("form", "text", "how"),
    [
        ("feedback", "", "unparseable"),
        ("feedback", "Feedback:", "unparseable"),
        ("feedback", "I'm sorry, I can't help.", "refused"),
        ("correctness", "It is correct.", "unparseable"),
        ("correctness", "Correctness: partly", "unparseable"),
    ],
)
def test_nothing_is_made_up_of_an_answer_that_says_nothing(form: str, text: str, how: str) -> None:
    reading = read(form, text, 1, 1)
    assert (reading.steps, reading.how) == ((), how)


@pytest.mark.parametrize("text", ["Feedback: x", "Correctness: correct"])
def test_what_is_said_of_one_answer_is_not_said_of_several(text: str) -> None:
    form = "feedback" if "Feedback" in text else "correctness"
    assert read(form, text, 1, 2).how == "unparseable"


def test_feedback_that_was_cut_off_is_used_and_marked() -> None:
    assert read("feedback", "Feedback: Leave out the", 1, 1, complete=False).how == "repaired"
