"""Taking away what was said around an answer."""

from __future__ import annotations

import pytest

from lfm.chat.base import Answer, Failure, Request, Sampling
from lfm.conditioning.cleaning import cleaned_by, without_opening
from tests.lfm.critics.test_chat import Scripted, said


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Here's an updated version: a b", "a b"),
        ("Here is the revised answer:\n\na b", "a b"),
        ("Sure! Here's my improved response: a b", "a b"),
        ("Thank you for the feedback. I apologize for the mistake. Corrected answer: a b", "a b"),
        ("You're right, sorry. a b", "a b"),
        ("Updated version: a b", "a b"),
        ("a b", "a b"),
        ("new lemon otter", "new lemon otter"),
        ("Answer: (B)", "Answer: (B)"),
        ("Here are 3 roots: 1, 2, 3", "Here are 3 roots: 1, 2, 3"),
        ("Here's an updated version:", "Here's an updated version:"),
        ("", ""),
    ],
)
def test_an_announcement_goes_and_nothing_else(text: str, left: str) -> None:
    assert without_opening(text) == left


def test_a_teacher_cleans_each_text_once_and_what_it_does_not_answer_stays() -> None:
    def reply(request: Request) -> Answer | Failure:
        text = request.messages[0].content.removeprefix("Clean: ")
        if text == "lost":
            return Failure("failed", "no answer")
        if text == "long":
            return said("lo", "length")
        return said("" if text == "empty" else f" {text.upper()}\n")

    model = Scripted(reply)
    texts = ["a", "lost", "a", "long", "empty"]
    cleaned = cleaned_by(model, "Clean: $answer", "clean/1", "advice/round1", Sampling(9), texts)
    assert cleaned == {"a": "A", "lost": "lost", "long": "long", "empty": "empty"}
    assert len(model.asked) == 4
