from __future__ import annotations

import json
from typing import Any

import pytest

from lfm.critics.reading.base import Reading
from lfm.critics.reading.read import read


def entry(step: Any, productive: Any, reason: Any = "so") -> dict[str, Any]:
    return {"step": step, "reason": reason, "productive": productive}


def document(*steps: Any) -> str:
    return json.dumps({"steps": steps, "summary": "It walks.", "suggestion": "Run."})


def labels(reading: Reading) -> dict[int, bool]:
    return {label.step: label.productive for label in reading.steps}


def test_an_answer_after_the_schema() -> None:
    reading = read("structured", document(entry(3, True, "a\nb"), entry(4, False)), 3, 5)
    assert reading.how == "parsed"
    assert labels(reading) == {3: True, 4: False}
    assert reading.steps[0].reason == "a b"
    assert (reading.summary, reading.suggestion) == ("It walks.", "Run.")


@pytest.mark.parametrize(
    ("step", "productive", "label"),
    [
        ("3", True, {3: True}),
        ("Step 3", "yes", {3: True}),
        (3.0, "False", {3: False}),
        (3, 0, {3: False}),
        (3, "not productive", {3: False}),
        (3, True, {3: True}),
        (3.5, True, {}),
        (True, True, {}),
        ("3-4", True, {}),
        (3, "perhaps", {}),
        (3, None, {}),
        (3, [1], {}),
        (9, True, {}),
        (10**400, True, {}),
        (float("nan"), True, {}),
        (None, None, {}),
    ],
)
def test_values_of_another_type(step: Any, productive: Any, label: dict[int, bool]) -> None:
    reading = read("structured", document(entry(step, productive), entry(5, True, 7)), 3, 5)
    assert reading.how == "repaired"
    assert labels(reading) == {**label, 5: True}


@pytest.mark.parametrize("other", ["here", None, 7, [], [entry(3, True)]])
def test_what_is_no_object_is_no_step(other: Any) -> None:
    assert labels(read("structured", document(other, entry(4, True)), 3, 5)) == {4: True}


@pytest.mark.parametrize(
    "answer",
    [
        f"```json\n{document(entry(3, True), entry(4, False))}\n```",
        f"Here it is: {document(entry(3, True), entry(4, False))} I hope it helps.",
        json.dumps([entry(3, True), entry(4, False)]),
        json.dumps({"feedback": {"steps": [entry(3, True), entry(4, False)]}}),
        document(entry(3, True), entry(4, False))[:-1],
        document(entry(3, True), entry(4, False)).replace("}]", "},]"),
        document(entry(3, True), entry(4, False), entry(5, True)).partition('{"step": 5')[0],
        document(entry(3, True), entry(4, False), entry(5, True)).partition('ue}]')[0],
        "Step 3: productive, so.\nStep 4: unproductive.",
    ],
)  # fmt: skip
def test_damaged_answers_are_read_as_far_as_they_go(answer: str) -> None:
    reading = read("structured", answer, 3, 5)
    assert (reading.how, labels(reading)) == ("repaired", {3: True, 4: False})


def test_texts_of_a_damaged_answer() -> None:
    reading = read("structured", f"Well: {document(entry(3, True))}", 3, 3)
    assert (reading.summary, reading.suggestion) == ("It walks.", "Run.")
    cut = document(entry(3, True)).partition("lks")[0]
    assert read("structured", cut, 3, 3, complete=False).summary == "It wa"


def test_a_step_labelled_twice() -> None:
    twice = read("structured", document(entry(3, True), entry(3, False), entry(4, True)), 3, 5)
    assert (twice.how, labels(twice)) == ("repaired", {4: True})
    same = read("structured", document(entry(3, True, "a"), entry(3, True, "b")), 3, 5)
    assert [label.reason for label in same.steps] == ["a"]


@pytest.mark.parametrize(
    "answer", ["", "{}", "null", '{"steps": {}}', document(), "[" * 100_000, '{"a":' * 50_000]
)
def test_without_a_label_it_is_unparseable(answer: str) -> None:
    assert read("structured", answer, 3, 5).how == "unparseable"


def test_words_that_no_file_can_hold() -> None:
    text = document(entry(3, True, "\ud800")).replace("It walks.", "\\udfff")
    reading = read("structured", text, 3, 3)
    assert (reading.steps[0].reason, reading.summary) == ("\\ud800", "\\udfff")
