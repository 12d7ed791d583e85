"""Readers against answers that were made up: what was meant is what is read, and no more."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from lfm.critics.reading.base import Label, Reading
from lfm.critics.reading.read import READERS, read

WORDS = st.text("abcdefg ", min_size=1, max_size=30).map(str.strip).filter(bool)
FORMS = st.sampled_from(sorted(READERS))
FRAGMENTS = st.sampled_from(
    [
        *"0123456789-*#{}[]\":,.\\",
        "Step ", "Steps ", "Yes", "No", "None", "\n", " to ", " and ", "\n- ", "\n1. ", "\u2013",
        "#Summary\n", "Suggestion: ", "true", "false", '"step"', '"productive"', '"reason"',
        '"steps": [', '{"step": 3, "productive": true, "reason": "x"}', "\\ud800", "\ud800",
        "<think>", "</think>", "```json\n", "NaN", "1e999", "I'm sorry", "\u0663", "\x00", "\u2028",
    ]
)  # fmt: skip
ANSWERS = st.one_of(
    st.text(max_size=300), st.lists(FRAGMENTS, max_size=80).map("".join), st.binary().map(repr)
)


@st.composite
def labelled(draw: st.DrawFn) -> tuple[range, list[Label]]:
    """Steps that were shown, and labels of some of them."""
    first = draw(st.integers(1, 90))
    shown = range(first, first + draw(st.integers(1, 20)))
    steps = draw(st.sets(st.sampled_from(shown), min_size=1))
    return shown, [Label(step, draw(st.booleans()), draw(WORDS)) for step in sorted(steps)]


def fits(reading: Reading, first: int, last: int) -> bool:
    """Whether a reading keeps what every reading promises."""
    steps = [label.step for label in reading.steps]
    texts = [reading.summary, reading.suggestion, *(label.reason for label in reading.steps)]
    return (
        steps == sorted(set(steps))
        and all(first <= step <= last for step in steps)
        and (reading.how in ("parsed", "repaired")) == bool(steps)
        and all(text.encode() is not None for text in texts)
    )


@given(FORMS, ANSWERS, st.integers(1, 50), st.integers(0, 30), st.booleans())
def test_nothing_is_labelled_that_was_not_shown(
    form: str, answer: str, first: int, more: int, complete: bool
) -> None:
    assert fits(read(form, answer, first, first + more, complete=complete), first, first + more)


@given(labelled(), WORDS, WORDS)
def test_json_is_read_as_it_was_meant(
    made: tuple[range, list[Label]], summary: str, suggestion: str
) -> None:
    shown, labels = made
    entries = [
        {"step": each.step, "reason": each.reason, "productive": each.productive} for each in labels
    ]
    answer = json.dumps({"steps": entries, "summary": summary, "suggestion": suggestion})
    reading = read("structured", answer, shown[0], shown[-1])
    one_line = [Label(x.step, x.productive, " ".join(x.reason.split())) for x in labels]
    assert reading.how == "parsed"
    assert list(reading.steps) == one_line


@given(labelled())
def test_verdicts_are_read_as_they_were_meant(made: tuple[range, list[Label]]) -> None:
    shown, labels = made
    lines = [
        f"- Step {each.step}: {'Yes' if each.productive else 'No'}, {each.reason}"
        for each in labels
    ]
    reading = read("yes_no", "\n".join(lines), shown[0], shown[-1])
    assert reading.how == "parsed"
    assert [(x.step, x.productive) for x in reading.steps] == [
        (x.step, x.productive) for x in labels
    ]


@given(
    labelled(), st.sampled_from(["- Step {}: ", "* **Step {}**: ", "{}) Step {}. ", "Step {}: "])
)
def test_lists_are_read_as_they_were_meant(made: tuple[range, list[Label]], bullet: str) -> None:
    """Whatever the bullets look like; consecutive steps may share one."""
    shown, labels = made
    listed = {each.step for each in labels}
    lines = [bullet.format(each.step, each.step) + f"because {each.reason}" for each in labels]
    reading = read("bullets", "Yes\n" + "\n".join(lines), shown[0], shown[-1])
    assert reading.how == "parsed"
    assert {x.step: x.productive for x in reading.steps} == {s: s in listed for s in shown}


@given(st.integers(1, 60), st.integers(0, 19), st.sampled_from(["-", " - ", "\u2013", " to "]))
def test_ranges_are_expanded(first: int, more: int, dash: str) -> None:
    last = first + more
    reading = read("bullets", f"Yes\n- Steps {first}{dash}{last}: so", first, last + 3)
    assert {x.step for x in reading.steps if x.productive} == set(range(first, last + 1))
    assert len(reading.steps) == more + 4


@given(labelled(), st.data())
def test_a_cut_answer_labels_as_the_whole_one_does(
    made: tuple[range, list[Label]], data: st.DataObject
) -> None:
    shown, labels = made
    entries = [
        {"step": each.step, "reason": each.reason, "productive": each.productive} for each in labels
    ]
    answer = json.dumps({"steps": entries, "summary": "", "suggestion": ""})
    cut = answer[: data.draw(st.integers(0, len(answer) - 1))]
    meant = {each.step: each.productive for each in labels}
    for label in read("structured", cut, shown[0], shown[-1], complete=False).steps:
        assert meant[label.step] == label.productive
