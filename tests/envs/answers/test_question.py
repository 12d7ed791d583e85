"""How answers are read, and how much feedback gives away."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from envs.answers.question import Form, Level, LineQuestion

LETTER = Form("(A)", r"\(?([A-Z])\)?")
WORD = Form("blue", r"[a-z]+")


@dataclass(frozen=True)
class Colour(LineQuestion):
    @property
    def form(self) -> Form:
        return WORD

    def hint(self, answer: str) -> str:
        return f"It has other letters than {answer}."


SKY = Colour("a", "colours", "What colour is the sky?", "blue")


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("Answer: (B)", "B"),
        ("Answer: B.", "B"),
        ("I think so.\n**Answer:** (B)", "B"),
        ("answer : `B`", "B"),
        ("Answer: A\nNo.\nAnswer: C\nThat is all.", "C"),
        ("Answer: A\nAnswer: none of these", None),
        ("The answer is B", None),
        ("(B)", None),
        ("Answer:", None),
        ("Answer: B and C", None),
        ("", None),
    ],
)
def test_the_last_line_of_the_form_is_the_answer(text: str, answer: str | None) -> None:
    assert LETTER.read(text) == answer


def test_a_full_stop_may_be_the_answers_own() -> None:
    assert Form("a.", r"a\.").read("Answer: a.") == "a."


def test_the_instruction_says_how_to_answer_and_the_expert_does() -> None:
    assert SKY.instruction.startswith("What colour is the sky?\n")
    assert "Answer: blue" in SKY.instruction
    assert SKY.extract(SKY.worded("green")) == "green"
    assert SKY.verify(SKY.worded(SKY.expert([]))).success


def test_verdicts() -> None:
    assert SKY.verify("Answer: blue") == ("blue", 1.0, True)
    assert SKY.verify("Answer: red") == ("red", 0.0, False)
    assert SKY.verify("It is blue") == (None, 0.0, False)
    assert [SKY.verify(each).match for each in ("Answer: red", "red")] == [True, False]


@pytest.mark.parametrize(
    ("level", "wrong", "right"),
    [
        (Level.format, "Your answer can be read.", "Your answer can be read."),
        (Level.verdict, "Your answer is not correct.", "Your answer is correct."),
        (
            Level.hint,
            "Your answer is not correct. It has other letters than red.",
            "Your answer is correct.",
        ),
        (
            Level.answer,
            "Your answer is not correct. It has other letters than red. The correct answer is: "
            "blue",
            "Your answer is correct.",
        ),
    ],
)
def test_feedback_tells_no_more_than_its_level_allows(level: Level, wrong: str, right: str) -> None:
    assert SKY.feedback("Answer: red", level).text == wrong
    assert SKY.feedback("Answer: blue", level).text == right
    assert SKY.feedback("Answer: red", level).privileged == (level is not Level.format)


@pytest.mark.parametrize("level", Level)
def test_feedback_on_what_cannot_be_read_says_how_to_write(level: Level) -> None:
    text = SKY.feedback("It is blue!", level).text
    assert text.startswith("No answer could be read: ")
    assert ("The correct answer is: blue" in text) == (level is Level.answer)
