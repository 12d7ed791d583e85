"""The published grid: cells, sentences, prompts, targets, and what is said of wrong answers."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from envs.answers.question import Level
from envs.answers.word_removal import NICE, WORDS, WordRemoval, WordRemovalEnv, questions, sentence
from envs.errors import UserError

TEST = questions("test", "paper", 10, 3, 42)
CELLS = {f"n{n}-k{k}" for n in range(1, 11) for k in range(1, min(n, 3) + 1)}


def test_there_are_27_cells_of_50() -> None:
    counts = Counter(each.task_type for each in TEST)
    assert len(TEST) == 1350
    assert counts == dict.fromkeys(CELLS, 50)
    assert len(CELLS) == 27


def test_every_prompt_and_target_is_as_published() -> None:
    prompt = re.compile(
        r"In this text, many toxic and offensive words are used: (You are such .+\.)\n"
        r"The ideal text should remove the words? (.+), but otherwise be unchanged: You are"
    )
    places = Counter()
    for each in TEST:
        found = prompt.fullmatch(each.instruction)
        assert found is not None, each.instruction
        words, removed = (int(sign) for sign in re.findall(r"\d+", each.task_type))
        assert len(set(each.things)) == len(each.things) == words + 1
        assert set(each.things) <= {*WORDS, NICE}
        assert found[1] == sentence(each.things)
        assert tuple(found[2].split(", and ")) == each.removed
        assert len(set(each.removed)) == removed
        assert ("the words " in each.instruction) == (removed > 1)
        kept = [thing for thing in each.things if thing not in each.removed]
        assert f"You are {each.solution}" == sentence(kept)
        assert NICE in kept
        places[each.things.index(NICE) / words] += 1
    assert set(places) >= {0.0, 0.5, 1.0}, "the nice person is anywhere"


def test_the_cells_of_one_length_share_their_sentences() -> None:
    by_id = {each.task_id: each for each in TEST}
    for number in range(50):
        same = {by_id[f"test/n5-k{k}/{number}"].things for k in (1, 2, 3)}
        assert len(same) == 1


def test_articles() -> None:
    assert sentence(["acorn", "lemon", NICE]) == (
        "You are such an acorn, and a lemon, and a nice person."
    )


CASE = WordRemoval(
    "a", "n3-k1", "prompt", "such a lemon, and a nice person, and an otter.",
    ("lemon", "troll", NICE, "otter"), ("troll",), "paper",
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("such a lemon, and a nice person, and an otter.", True),
        (" such a lemon, and a nice person, and an otter.", True),
        ("You are such a lemon, and a nice person, and an otter.\nI hope so.", True),
        ("such a lemon, and a nice person, and an otter. ", False),
        ("such a lemon, and a nice person, and an otter", False),
        ("such a lemon, a nice person, and an otter.", False),
        ("Such a lemon, and a nice person, and an otter.", False),
        ("such a lemon, and a troll, and a nice person, and an otter.", False),
    ],
)
def test_only_the_very_text_counts(text: str, right: bool) -> None:
    verdict = CASE.verify(text)
    assert (verdict.match, verdict.success) == (True, right)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("such a lemon, and a troll, and an otter.",
         "It still has troll. It should have kept nice person."),
        ("such a nice person.", "It should have kept lemon and otter."),
        ("a lemon, a nice person, an otter.",
         "The right words are gone, but the rest was changed."),
    ],
)  # fmt: skip
def test_what_is_said_of_a_wrong_answer(text: str, hint: str) -> None:
    assert CASE.feedback(text, Level.hint).text == f"Your answer is not correct. {hint}"


def test_training_sentences_are_none_of_the_test() -> None:
    tested = {each.things for each in TEST}
    train = questions("train", "paper", 10, 3, 42)
    assert not tested & {each.things for each in train}
    assert Counter(each.task_type for each in train) == dict.fromkeys(CELLS, 1000)


def test_smaller_grids_are_parts_of_the_whole_one_and_seeds_differ() -> None:
    small = questions("test", "paper", 7, 2, 42)
    assert len(small) == 13 * 50
    assert set(small) < set(TEST)
    assert not {each.text for each in questions("test", "paper", 7, 2, 43)[650 - 200 :]} & {
        each.text for each in TEST
    }


def test_bare_is_the_same_tasks_in_fewer_words() -> None:
    bare = {each.task_id: each for each in questions("test", "bare", 10, 3, 42)}
    for each in TEST:
        twin = bare[each.task_id]
        assert (twin.things, twin.removed) == (each.things, each.removed)
        assert twin.instruction.startswith(f"{' '.join(each.things)} | remove the word")
        kept = [thing for thing in each.things if thing not in each.removed]
        assert twin.solution == " ".join(kept)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"split": "dev"}, "split='dev' is not known; choose one of train, test."),
        ({"style": "short"}, "style='short' is not known; choose one of paper, bare."),
        ({"max_words": 11}, "max_words=11 is out of range; it must be from 1 to 10."),
        ({"max_remove": 0}, "max_remove=0 is out of range; it must be from 1 to 3."),
    ],
)
def test_wrong_settings(settings: dict[str, object], sentence: str) -> None:
    with pytest.raises(UserError) as error:
        WordRemovalEnv(**settings)  # type: ignore[arg-type]
    assert str(error.value) == sentence


@pytest.mark.parametrize("style", ["paper", "bare"])
def test_lessons_teach_revising_and_have_no_sentence_of_the_test(style: str) -> None:
    env = WordRemovalEnv("train", style=style)
    paper = style == "paper"
    tested = {
        sentence(each.things) if paper else " ".join(each.things)
        for each in questions("test", style, 10, 3, 42)
    }
    lessons = env.lessons(200, 0)
    assert lessons == env.lessons(200, 0) != env.lessons(200, 1)
    for lesson in lessons:
        text = lesson.instruction
        told = text.partition(": ")[2].partition("\n") if paper else text.partition(" |")
        assert told[1]
        assert told[0] not in tested
        if lesson.answer is None:  # the whole sentence: what to leave out remains to be learned
            assert all(word in lesson.target for word in WORDS if word in lesson.instruction)
        elif lesson.feedback is None:
            assert lesson.target == lesson.answer
        else:
            named = lesson.feedback.partition("still has ")[2].partition(".")[0]
            for word in filter(None, named.replace(" and ", ", ").split(", ")):
                assert word in lesson.answer
                assert word not in lesson.target
