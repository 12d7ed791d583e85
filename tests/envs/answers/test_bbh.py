"""BIG-Bench Hard: files of its schema, and stand-ins whose targets are worked out another way."""

from __future__ import annotations

import itertools
import json
import re
from pathlib import Path
from typing import Any

import pytest

from envs.answers.bbh.env import BBHEnv, generated
from envs.answers.bbh.families import FAMILIES, Puzzle, puzzle
from envs.answers.bbh.makers import GENERATED
from envs.answers.question import Level
from envs.errors import UserError


def _made(family: str) -> tuple[Puzzle, ...]:
    return generated("test", (family,), 0)


def _file(folder: Path, family: str, examples: Any) -> None:
    (folder / f"{family}.json").write_text(json.dumps({"canary": "x", "examples": examples}))


TARGETS = {
    "boolean_expressions": "False", "causal_judgement": "No", "dyck_languages": "] >",
    "formal_fallacies": "invalid", "multistep_arithmetic_two": "-35", "navigate": "Yes",
    "object_counting": "8", "sports_understanding": "no", "web_of_lies": "Yes",
    "word_sorting": "it&t pear",
}  # fmt: skip


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for family in FAMILIES:
        target = TARGETS.get(family, "(B)")
        examples = [{"input": f"{family} {n}?", "target": target} for n in range(103)]
        _file(tmp_path, family, examples)
    return tmp_path


def test_files_are_split_after_the_first_hundred(data: Path) -> None:
    train, test = (BBHEnv(split, data=str(data)) for split in ("train", "test"))
    assert len(FAMILIES) == 27
    assert (len(train.task_ids), len(test.task_ids)) == (2700, 81)
    assert test.question("test/navigate/102").text == "navigate 102?"
    assert train.task_ids[0] == "train/boolean_expressions/0"
    for task_id in test.task_ids:
        asked = test.question(task_id)
        assert asked.verify(asked.worded(asked.expert([]))).success, task_id


@pytest.mark.parametrize(
    ("family", "target", "right", "wrong", "unread"),
    [
        ("snarks", "(B)", ["(B)", "B", "(B) as it is said", "B)"], ["(A)"], ["Both", "b"]),
        ("navigate", "Yes", ["yes", "YES."], ["No"], ["maybe"]),
        ("formal_fallacies", "valid", ["Valid"], ["invalid"], ["not valid"]),
        ("object_counting", "8", ["8", "+8", "08"], ["-8"], ["eight", "8.5"]),
        ("dyck_languages", "] >", ["]>", "] >"], ["> ]"], ["none"]),
        ("word_sorting", "it&t pear", ["it&t, pear", "It&t pear"], ["pear it&t"], []),
    ],
)
def test_answers(
    family: str, target: str, right: list[str], wrong: list[str], unread: list[str]
) -> None:
    asked = puzzle("test", family, 0, "?", target)
    verdicts = {said: asked.verify(f"Answer: {said}")[::2] for said in (*right, *wrong, *unread)}
    for said in right:
        assert verdicts[said][1], said
    for said in wrong:
        assert verdicts[said][0] is not None, said
        assert not verdicts[said][1], said
    for said in unread:
        assert verdicts[said][0] is None, said


def test_what_is_said_of_a_wrong_order() -> None:
    asked = puzzle("test", "word_sorting", 0, "?", "a b c")
    hints = [asked.feedback(f"Answer: {said}", Level.hint).text for said in ("a c b", "a b d")]
    assert hints == [
        "Your answer is not correct. The order is wrong from word 2 on.",
        "Your answer is not correct. These are not the words of the list.",
    ]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("{", "is damaged"),
        ("[]", "there is no list 'examples' in it"),
        ('{"examples": [{"input": "a"}]}', "example 0 has no texts input and target"),
        ('{"examples": [{"input": "a", "target": 3}]}', "example 0 has no texts"),
        ('{"examples": [{"input": "a", "target": "b"}]}', "it has 1 examples, of which the first"),
    ],
)
def test_bad_files(tmp_path: Path, content: str, sentence: str) -> None:
    (tmp_path / "snarks.json").write_text(content)
    with pytest.raises(UserError, match=re.escape(sentence)):
        BBHEnv("test", data=str(tmp_path), tasks=["snarks"])


def test_missing_files_and_families(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"^data: there is no boolean_expressions.json in "):
        BBHEnv("test", data=str(tmp_path))
    with pytest.raises(UserError, match=r"'snarks' is not known; choose among boolean_expressions"):
        BBHEnv("test", tasks=["snarks"])


def test_the_stand_ins_are_150_of_each_family() -> None:
    env = BBHEnv("test")
    types = [env.task_type(task_id) for task_id in env.task_ids]
    assert {kind: types.count(kind) for kind in types} == dict.fromkeys(GENERATED, 150)
    assert set(GENERATED) < set(FAMILIES)


def test_sums() -> None:
    for each in (*_made("boolean_expressions"), *_made("multistep_arithmetic_two")):
        text = each.text.removesuffix(" is").removesuffix(" =")
        assert set(text) <= set("notadrTrueFals ()+-*0123456789"), text
        assert str(eval(text)) == each.solution


def test_brackets() -> None:
    for each in _made("dyck_languages"):
        whole = each.text.partition(": ")[2].replace(" ", "") + each.solution.replace(" ", "")
        while (shorter := re.sub(r"\(\)|\[\]|\{\}|<>", "", whole)) != whole:
            whole = shorter
        assert whole == ""


def test_walks_and_lies_are_balanced_and_right() -> None:
    for each in _made("navigate"):
        steps = re.findall(r"Take (\d+) steps? (\w+)\.", each.text)
        sums = {way: sum(int(count) for count, to in steps if to == way) for _, way in steps}
        home = (sums.get("left", 0), sums.get("forward", 0)) == (
            sums.get("right", 0), sums.get("backward", 0),
        )  # fmt: skip
        assert each.solution == ("Yes" if home else "No")
    for each in _made("web_of_lies"):
        lies = each.text.partition(" Does ")[0].count(" lies.")
        assert each.solution == ("No" if lies % 2 else "Yes")
    for family in ("navigate", "web_of_lies"):
        assert 45 <= sum(each.solution == "Yes" for each in _made(family)) <= 105


def _chosen(each: Puzzle) -> str:
    found = re.search(rf"^\({each.solution}\) (.*)$", each.text, re.MULTILINE)
    assert found is not None
    return found[1]


def test_swaps() -> None:
    for each in _made("tracking_shuffled_objects_five_objects"):
        having = r"(\w+) (?:dances with|has the ball that is|has the book about) (\w+)\."
        owned = dict(re.findall(having, each.text))
        for one, two in re.findall(r"(?:First|Then), (\w+) and (\w+) sw", each.text):
            owned[one], owned[two] = owned[two], owned[one]
        asked = re.search(r"At the end, (\w+)", each.text)
        assert asked is not None
        assert _chosen(each) == owned[asked[1]]


def test_orders_have_one_solution() -> None:
    ordinals = "first second third fourth fifth".split()
    for each in _made("logical_deduction_five_objects")[:40]:
        named = re.findall(r"^\(\w\) The (.+) is the", each.text, re.MULTILINE)
        story = each.text.partition("What is true?")[0]
        orders = [
            order
            for order in itertools.permutations(named)
            if all(
                order.index(a) < order.index(b)
                for a, b in re.findall(r"The ([^.]+?) is to the left of the ([^.]+)\.", story)
            )
            and all(
                order.index(a) > order.index(b)
                for a, b in re.findall(r"The ([^.]+?) is to the right of the ([^.]+)\.", story)
            )
            and all(
                order[ordinals.index(place)] == a
                for a, place in re.findall(r"The ([^.]+?) is the (\w+) from", story)
            )
        ]
        assert len(orders) == 1
        claim = re.fullmatch(r"The (.+) is the (\w+) from the left", _chosen(each))
        assert claim is not None
        assert orders[0][ordinals.index(claim[2])] == claim[1]


def test_counting_words_colours_and_times() -> None:
    number = {"a": 1, "an": 1, "two": 2, "three": 3, "four": 4, "five": 5}
    for each in _made("object_counting"):
        counts = [number[word] for word in re.findall(r"(?:have|,|and) (an?|\w+) \w+", each.text)
                  if word in number]  # fmt: skip
        assert 0 < int(each.solution) < sum(counts)
    for each in _made("word_sorting"):
        assert each.solution.split() == sorted(each.text.partition(": ")[2].split())
    for each in _made("reasoning_about_colored_objects"):
        found = re.findall(r"\ban? (\w+) (\w+)[,.]", each.text)
        things = {thing: colour for colour, thing in found}
        if one := re.search(r"What colour is the (\w+)\?", each.text):
            assert _chosen(each) == things[one[1]]
        elif colour := re.search(r"not (\w+)\?", each.text):
            count = sum(value != colour[1] for value in things.values())
            assert _chosen(each) == "zero one two three four five six".split()[count]
    for each in _made("temporal_sequences"):
        seen = re.findall(r"from (\w+) to (\w+)\.", each.text)
        assert tuple(_chosen(each).split(" to ")) not in seen


def test_the_real_files(language_data: Path) -> None:
    data = str(language_data / "bbh")
    train, test = (BBHEnv(split, data=data) for split in ("train", "test"))
    assert (len(train.task_ids), len(test.task_ids)) == (2700, 3811)
    asked = [env.question(task_id) for env in (train, test) for task_id in env.task_ids]
    wrong = [each.task_id for each in asked if not each.verify(each.worded(each.solution)).success]
    assert wrong == [
        "train/ruin_names/99", "test/movie_recommendation/163", "test/ruin_names/144",
    ]  # fmt: skip
