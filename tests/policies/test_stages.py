"""Factored actions in parts: all of them come of the stages, and each comes apart again."""

from __future__ import annotations

import hypothesis.strategies as st
from hypothesis import given

from envs.actions import FactoredActions
from policies.stages import Parts, join_parts, next_options, split_action

ACTIONS = FactoredActions(
    ("wait1", "look around", "look at OBJ", "open OBJ", "pour OBJ in OBJ", "use OBJ"),
    ("cup", "door to hall", "water in cup", "jug in sink in hall"),
)
WORDS = st.lists(st.sampled_from(["in", "cup", "jug", "to"]), min_size=1, max_size=4).map(" ".join)


def all_made(actions: FactoredActions) -> list[Parts]:
    """What comes of every choice in every stage."""
    made, pending = [], next_options(actions)
    while pending:
        made += [parts for parts in pending if not next_options(actions, parts)]
        pending = [further for parts in pending for further in next_options(actions, parts)]
    return made


def test_the_stages_make_every_action_once() -> None:
    assert sorted(map(join_parts, all_made(ACTIONS))) == sorted(ACTIONS)


def test_every_action_comes_apart_into_what_it_was_made_of() -> None:
    for parts in all_made(ACTIONS):
        assert split_action(ACTIONS, join_parts(parts)) == parts


@given(st.lists(WORDS, unique=True, max_size=4).map(tuple))
def test_whatever_the_names_the_parts_make_the_action(things: tuple[str, ...]) -> None:
    actions = FactoredActions(ACTIONS.frames, things)
    for parts in all_made(actions):
        found = split_action(actions, join_parts(parts))
        assert found is not None
        assert join_parts(found) == join_parts(parts)
        assert found in all_made(actions)


def test_names_that_are_not_there_are_split_as_well_as_can_be() -> None:
    assert split_action(ACTIONS, "open fridge") == ("open OBJ", "fridge")
    assert split_action(ACTIONS, "look at sky") == ("look at OBJ", "sky")
    pour = "pour OBJ in OBJ"
    assert split_action(ACTIONS, "pour milk in jar in cup") == (pour, "milk in jar", "cup")
    assert split_action(ACTIONS, "pour cup in jar in bag") == (pour, "cup", "jar in bag")
    assert split_action(ACTIONS, "pour water in cup in milk in jar") == (
        pour,
        "water in cup",
        "milk in jar",
    )


def test_what_no_frame_says_and_what_is_no_frame_has_no_parts() -> None:
    for action in ("fly", "", "pour cup", "open ", "pour  in cup"):
        assert split_action(ACTIONS, action) is None
    assert split_action(("open cup",), "open cup") is None


def test_without_things_only_frames_without_gaps_are_options() -> None:
    assert next_options(FactoredActions(ACTIONS.frames, ())) == [("wait1",), ("look around",)]
