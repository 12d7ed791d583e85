"""Reasons lose the names of one step and take those of another."""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import given

from envs.actions import FactoredActions
from lfm.reasons import blank, common, fill, names_of

WORDS = st.lists(
    st.sampled_from("mug pan 1 2 12 shelf clean object task kind place to the with".split()),
    max_size=9,
).map(" ".join)


def test_a_reason_moves_to_another_step() -> None:
    said = "picked up the kettle 1, which the task asks for"
    blanked = blank(said, "put a kettle on the shelf", "take kettle 1 from stoveburner 2")
    assert blanked == "picked up the {object}, which the task asks for"
    other = fill(blanked, "put a mug on the shelf", "take mug 3 from desk 1")
    assert other == "picked up the mug 3, which the task asks for"


def test_places_kinds_and_other_words_of_the_task_are_names_too() -> None:
    task, action = "cool some egg", "move egg 1 to fridge 1"
    said = "the fridge 1 can cool an egg"
    assert blank(said, task, action) == "the {place} can {task 1} an {object kind}"
    names = names_of(task, action)
    assert (names["object"], names["place kind"]) == ("egg 1", "fridge")


def test_factored_actions_say_which_names_are_in_an_action() -> None:
    can = FactoredActions(("pick up OBJ", "move OBJ to OBJ"), ("metal pot", "door to hallway"))
    task, action = "boil water", "move metal pot to door to hallway"
    blanked = blank("moved the metal pot to the door to hallway", task, action, can)
    assert blanked == "moved the {object} to the {place}"
    assert fill(blanked, task, "pick up metal pot", can) is None
    assert fill("picked up the {object}", task, "pick up metal pot", can) == (
        "picked up the metal pot"
    )
    assert names_of(task, "sing", can)["task 2"] == "water"


def test_names_are_whole_words() -> None:
    assert blank("mug 12 and mugs", "x", "take mug 1") == "{object kind} 12 and mugs"


def test_a_step_that_lacks_a_name_cannot_give_the_reason() -> None:
    assert fill("went to {place}", "find a mug", "look") is None
    assert fill("looked around", "find a mug", "look") == "looked around"


@given(WORDS, WORDS, WORDS)
def test_what_is_blanked_is_filled_as_it_was(reason: str, task: str, action: str) -> None:
    assert fill(blank(reason, task, action), task, action) == reason


@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=60))
def test_any_text_survives(reason: str, task: str, action: str) -> None:
    clean = reason.replace("{", "").replace("}", "")
    assert fill(blank(reason, task, action), task, action) == clean


@pytest.mark.parametrize(("most", "kept"), [(0, []), (1, ["b"]), (9, ["b", "a", "c"])])
def test_the_commonest_come_first(most: int, kept: list[str]) -> None:
    assert common(["c", "b", "a", "b"], most) == kept
