"""Actions said as frames and things."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envs.actions import FactoredActions, fill, splits

KITCHEN = FactoredActions(
    ("wait", "open OBJ", "pour OBJ into OBJ"), ("cup", "door to kitchen", "water in cup")
)


def test_fills_gaps_from_the_left() -> None:
    assert fill("pour OBJ into OBJ") == "pour OBJ into OBJ"
    assert fill("pour OBJ into OBJ", "cup") == "pour cup into OBJ"
    assert fill("pour OBJ into OBJ", "cup", "sink") == "pour cup into sink"


def test_is_the_sequence_of_all_sentences() -> None:
    written = list(KITCHEN)
    assert len(KITCHEN) == len(written) == len(set(written)) == 1 + 3 + 9
    assert [KITCHEN[at] for at in range(-13, 13)] == written * 2
    assert KITCHEN[2:4] == tuple(written[2:4])
    assert all(action in KITCHEN for action in written)
    assert pickle.loads(pickle.dumps(KITCHEN)) == KITCHEN
    with pytest.raises(IndexError, match="13 actions"):
        KITCHEN[13]


@pytest.mark.parametrize(
    "action", ["", "open", "open sink", "open OBJ", "pour cup into", "wait cup", "pour cup to cup"]
)
def test_has_no_other_sentence(action: str) -> None:
    assert action not in KITCHEN
    assert KITCHEN.parts(action) is None
    assert 3 not in KITCHEN


@given(
    st.sampled_from(KITCHEN.frames),
    st.lists(st.sampled_from(KITCHEN.things), min_size=2, max_size=2),
)
def test_takes_sentences_apart(frame: str, things: list[str]) -> None:
    used = tuple(things[: frame.count("OBJ")])
    assert KITCHEN.parts(fill(frame, *used)) == (frame, *used)


def test_a_thing_may_hold_the_word_between_the_gaps() -> None:
    actions = FactoredActions(("move OBJ to OBJ",), ("door to kitchen", "door", "kitchen"))
    assert actions.parts("move door to kitchen to door") == (
        "move OBJ to OBJ",
        "door to kitchen",
        "door",
    )


@pytest.mark.parametrize(
    ("frame", "action", "ways"),
    [
        ("wait", "wait", [()]),
        ("wait", "wait1", []),
        ("open OBJ", "open red door", [("red door",)]),
        ("open OBJ", "open ", []),
        ("focus on OBJ now", "focus on now", []),
        ("OBJ to OBJ", "a to b to c", [("a", "b to c"), ("a to b", "c")]),
        ("OBJ to OBJ", " to b", []),
        ("OBJ to OBJ", "a to ", []),
    ],
)
def test_splits_are_all_ways_to_fill_the_gaps(
    frame: str, action: str, ways: list[tuple[str, ...]]
) -> None:
    assert splits(frame, action) == ways
