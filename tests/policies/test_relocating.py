"""The end of a walk, told of another place where things are as they were."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from envs.record import Trajectory
from policies.relocating import Relocations
from tests.policies import toys

MOVES = ["forward", "stop"]
STREET = "The street goes on."
LEFT = "On your left: {}."
AHEAD = "Slightly left: {}."
CROSSING = "There is a 4-way intersection."


def walk(number: int, instruction: str, *seen: str, log_prob: float | None = None) -> Trajectory:
    """A walk straight on that stops where it has seen the last of some things."""
    steps = [("forward", text, MOVES) for text in seen]
    walked = toys.trajectory(number, instruction, [*steps, ("stop", "You stop.", MOVES)], STREET)
    last = replace(walked.steps[-1], log_prob=log_prob)
    return replace(walked, steps=(*walked.steps[:-1], last))


def passing(name: str) -> list[str]:
    """What is seen on the way past something: its end is the step before the last two."""
    return [STREET, STREET, AHEAD.format(name), LEFT.format(name), LEFT.format(name), STREET]


END = walk(1, "Go. Stop with the Blue Bank on your left.", *passing("Blue Bank (bank)")[:4])
OTHER = walk(2, "Go on for long.", *passing("Red Cafe (cafe)"))


def relocated(*walks: Trajectory, times: int = 200) -> dict[str, Trajectory]:
    """The walks that come of the first one in many draws, by their instruction."""
    examples = [(each, toys.done(each)) for each in walks]
    drawn = [Relocations(examples).draw(*examples[0], seed) for seed in range(times)]
    assert all([step.action for step in each.steps] == wanted for each, wanted in drawn)
    return {each.instruction: each for each, _ in drawn}


def test_an_end_is_told_of_a_thing_that_is_where_the_other_was() -> None:
    found = relocated(END, OTHER)
    assert set(found) == {END.instruction, "Stop with the Red Cafe on your left."} | {
        "Stop with the Blue Bank on your left."
    }
    moved = found["Stop with the Red Cafe on your left."]
    assert [step.action for step in moved.steps] == ["forward"] * 4 + ["stop"]
    assert moved.steps[-2].observation == OTHER.steps[3].observation
    assert moved.first_observation == OTHER.first_observation


def test_most_episodes_stay_as_they_are() -> None:
    examples = [(each, toys.done(each)) for each in (END, OTHER)]
    relocations = Relocations(examples)
    same = sum(relocations.draw(*examples[1], seed)[0] is OTHER for seed in range(300))
    assert 150 < same < 270
    drawn = [Relocations(examples).draw(*examples[1], seed) for seed in range(20)]
    assert drawn == [relocations.draw(*examples[1], seed) for seed in range(20)]


def test_the_way_is_told_as_the_other_walk_has_it() -> None:
    turn = [("left", STREET, [*MOVES, "left"])]
    before = [("forward", text, MOVES) for text in passing("Red Cafe (cafe)")]
    steps = [*turn, *before, ("stop", "You stop.", MOVES)]
    turned = toys.trajectory(3, "Turn left. Go on for long.", steps, STREET)
    assert "Turn left. Stop with the Red Cafe on your left." in relocated(END, turned)


@pytest.mark.parametrize(
    "other",
    [
        walk(2, "Go on.", STREET, STREET, STREET, LEFT.format("Red Cafe (cafe)"), STREET),
        walk(2, "Go on.", STREET, STREET, *["On your right: Red Cafe (cafe)."] * 4),
        walk(2, "Go on.", STREET, CROSSING, *passing("Red Cafe (cafe)")[2:]),
    ],
)
def test_a_thing_that_was_elsewhere_or_behind_a_crossing_does_not_do(other: Trajectory) -> None:
    assert not any("Cafe" in instruction for instruction in relocated(END, other))


@pytest.mark.parametrize(
    "told",
    [
        "Go. Stop halfway down, with the Blue Bank on your left.",
        "Go. Stop two buildings before the Blue Bank on your left.",
        "Go. Stop at the third light with the Blue Bank on your left.",
        "Go. Stop there.",
    ],
)
def test_an_end_that_is_told_by_how_far_it_is_stays_where_it_is(told: str) -> None:
    end = walk(1, told, *passing("Blue Bank (bank)")[:4])
    assert set(relocated(end, OTHER)) == {told}


def test_where_a_policy_stopped_that_was_trying_is_no_end() -> None:
    tried = walk(1, END.instruction, *passing("Blue Bank (bank)")[:4], log_prob=-0.1)
    assert set(relocated(tried, OTHER)) == {END.instruction}


def test_a_name_that_is_told_already_does_not_do() -> None:
    end = walk(
        1, "Go. Stop with the Blue Bank on your left, not at the cafe.", *passing("Blue Bank")[:4]
    )
    assert not any("Red" in instruction for instruction in relocated(end, OTHER))


def test_both_of_two_things_have_to_be_where_they_were() -> None:
    def pair(one: str, two: str) -> Sequence[str]:
        ends = [f"{AHEAD.format(one)}\nAhead: {two}.", f"{LEFT.format(one)}\nAhead: {two}."]
        return [STREET, STREET, *ends]

    told = "Go. Stop with the Blue Bank on your left and Dim Sum ahead."
    end = walk(1, told, *pair("Blue Bank (bank)", "Dim Sum (restaurant)"))
    other = walk(2, "Go on.", *pair("Red Cafe (cafe)", "Tap Room (bar)"), STREET)
    found = set(relocated(end, other))
    assert "Stop with the Red Cafe on your left and Tap Room ahead." in found
    assert not any("Tap Room on your left" in each for each in found)
    assert not any("Red" in each for each in relocated(end, OTHER))


def test_an_end_at_a_crossing_needs_one() -> None:
    told = "Go. Stop before the crossing with the Blue Bank on your left."
    seen = [
        STREET,
        STREET,
        "Slightly left: Blue Bank.",
        "On your left: Blue Bank.\nAhead: a light.",
    ]
    end = walk(1, told, *seen)
    assert not any("Red" in each for each in relocated(end, OTHER))
    lit = [each.replace("Blue Bank", "Red Cafe") for each in seen]
    other = walk(2, "Go on.", *lit, STREET)
    assert any("Red Cafe" in each for each in relocated(end, other))
