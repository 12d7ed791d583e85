"""The rule that nobody tells: what is right, what feedback names, and that no lesson tells it."""

from __future__ import annotations

from collections import Counter

import pytest

from envs.answers.hidden_rule import (
    CHANGE,
    KEEP,
    HiddenRuleEnv,
    forbidden_words,
    questions,
)
from envs.answers.question import Level
from envs.answers.word_removal import WORDS

RULE = forbidden_words(42)


@pytest.mark.parametrize("split", ["train", "test"])
def test_lists_want_what_the_rule_says(split: str) -> None:
    found = questions(split, 42)
    kinds = Counter(each.task_type for each in found)
    assert set(kinds) == {CHANGE, KEEP}
    assert 0.2 < kinds[KEEP] / len(found) < 0.4
    for each in found:
        words = each.instruction.split()
        assert 2 <= len(words) <= 7
        assert each.solution.split() == [word for word in words if word not in RULE]
        assert each.solution, "something is left to be said"
        assert (each.task_type == KEEP) == (each.solution == each.instruction)
        assert sum(word in RULE for word in words) <= 3


def test_feedback_names_what_to_remove_and_what_to_put_back() -> None:
    question = next(each for each in questions("test", 42) if len(each.forbidden) == 2)
    good = question.solution.split()
    first, second = question.forbidden
    assert question.feedback(question.instruction, Level.hint).text == (
        f"That is wrong. Remove the words {first} {second}."
    )
    left = " ".join(word for word in question.words if word not in (good[0], first))
    assert question.feedback(left, Level.hint).text == (
        f"That is wrong. Remove the words {second}. Put back the words {good[0]}."
    )
    assert question.feedback(question.instruction, Level.verdict).text == "That is wrong."
    assert question.feedback(question.solution, Level.hint).text == "Your answer is correct."


def test_what_an_answer_still_has_is_published() -> None:
    env = HiddenRuleEnv("test")
    question = next(each for each in questions("test", 42) if each.forbidden)
    for answer, bad in ((question.instruction, 1.0), (question.solution, 0.0), ("", 0.0)):
        env.reset(options={"task_id": question.task_id})
        info = env.step(answer)[-1]
        assert info["metrics"]["emits_bad"] == bad


def test_lessons_tell_nothing_of_the_rule() -> None:
    """Words that it forbids are no likelier than others to be removed, or to be anywhere."""
    lessons = HiddenRuleEnv("train").lessons(4000, 0)
    removed, kept = Counter[str](), Counter[str]()
    for each in lessons:
        said = set(each.target.split())
        for word in each.instruction.split():
            (kept if word in said else removed)[word] += 1
    share = {}
    for words in (RULE, set(WORDS) - RULE):
        gone, stay = (sum(of[word] for word in words) for of in (removed, kept))
        share[len(words)] = gone / (gone + stay)
    bad, good = share[len(RULE)], share[len(WORDS) - len(RULE)]
    assert bad == pytest.approx(good, abs=0.02)
    assert set(removed) == set(kept) == set(WORDS)


def test_lessons_do_what_their_feedback_says_and_have_no_list_of_the_test() -> None:
    tested = {each.instruction for each in questions("test", 42)}
    lessons = HiddenRuleEnv("train").lessons(500, 1)
    assert HiddenRuleEnv("train").lessons(500, 1) == lessons
    assert HiddenRuleEnv("train").lessons(500, 2) != lessons
    for each in lessons:
        assert each.instruction not in tested
        wanted = set((each.answer or each.instruction).split())
        for sentence in (each.feedback or "").split(". "):
            words = set(sentence.strip(".").split())
            if sentence.startswith("Remove the words"):
                wanted -= words
            if sentence.startswith("Put back the words"):
                wanted |= words & set(WORDS)
        assert each.target.split() == [w for w in each.instruction.split() if w in wanted]
    assert {each.answer is None for each in lessons} == {True, False}
    assert any(each.answer and each.feedback is None for each in lessons)
