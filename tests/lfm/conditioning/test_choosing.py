"""Choosing the best of several texts as feedback conditioning does."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from envs.answers.hidden_rule import questions
from lfm.chat.base import Answer, Failure, Request, Sampling
from lfm.conditioning.choosing import (
    First,
    KnownBest,
    StudentChoice,
    TeacherChoice,
    asked_which,
    last_number,
)
from lfm.refining.base import Asked, Candidates, Selector
from lfm.refining.stage import _best
from lfm.refining.verifying import Verifier
from policies.writing.base import Conversation
from tests.lfm.critics.test_chat import Scripted, said
from tests.lfm.refining.writers import Fake, episode

QUESTION = "Task: $instruction\n$candidates\nWhich?"
TASK = questions("train", 42)[0]


def candidates(*texts: str) -> Candidates:
    return Candidates(Asked(episode("a", "first", task=TASK.task_id), 1, "f"), "f", texts)


def chosen(selector: Selector, *of: Candidates) -> list[str | None]:
    """The texts that are chosen, as the stage does it."""
    found = []
    for each, scores in zip(of, selector.scores(of), strict=True):
        best = _best([values[selector.name] for values in scores], selector.least)
        found.append(None if best is None else each.texts[best])
    return found


def test_without_a_choice_the_first_is_taken() -> None:
    assert chosen(First(), candidates("x", "longer", "")) == ["x"]


def test_the_student_is_shown_all_and_takes_the_likeliest_number() -> None:
    told: list[str] = []

    def likely(conversation: Conversation, text: str) -> float:
        told.append(conversation[-1]["content"])
        return {"1": -3.0, "2": -1.0, "3": -2.0}[text]

    of = candidates("x", "y", "z"), candidates("u", "v")
    assert chosen(StudentChoice(Fake(likely=likely), QUESTION), *of) == ["y", "v"]
    assert told[0] == "Task: Do it.\n1. x\n\n2. y\n\n3. z\nWhich?"
    assert told[3] == asked_which(QUESTION, of[1])


@pytest.mark.parametrize(
    ("answer", "wanted"),
    [
        (said("2"), "y"),
        (said("<think>1 or 3</think>Answer 1 is good, but I take 3."), "z"),
        (said("None."), None),
        (said("7"), None),
        (Failure("failed", "no answer"), None),
    ],
)
def test_the_teacher_names_one_or_none_is_taken(
    answer: Answer | Failure, wanted: str | None
) -> None:
    model = Scripted(lambda request: answer)
    teacher = TeacherChoice(model, QUESTION, "best/1", "refinements/round1", Sampling(9))
    assert chosen(teacher, candidates("x", "y", "z")) == [wanted]
    assert model.asked[0].prompt == "best/1"


def test_the_teacher_is_asked_about_each_answer_once() -> None:
    def reply(request: Request) -> Answer:
        return said("1" if "u" in request.messages[0].content else "2")

    model = Scripted(reply)
    teacher = TeacherChoice(model, QUESTION, "best/1", "r", Sampling(9))
    assert chosen(teacher, candidates("x", "y"), candidates("u", "v")) == ["y", "u"]
    assert len(model.asked) == 2


def test_who_knows_the_answer_takes_what_is_right_and_is_privileged() -> None:
    verifier = Verifier({TASK.task_id: TASK}.__getitem__)
    selector = KnownBest(verifier)
    assert chosen(selector, candidates("x", TASK.solution), candidates("x", "y")) == [
        TASK.solution,
        "x",
    ]
    flags: Sequence[bool] = [KnownBest.privileged, First.privileged, TeacherChoice.privileged]
    assert flags == [True, False, False]


def test_the_last_number_counts() -> None:
    assert [last_number(text) for text in ("1 2", "no", "(3).")] == [2, None, 3]
