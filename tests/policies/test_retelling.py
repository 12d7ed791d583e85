"""A walk whose legs are told as those of others are."""

from __future__ import annotations

import pytest

from envs.record import Trajectory
from policies.augmentation import Augmentation
from policies.retelling import Retellings
from tests.policies import toys
from tests.policies.walks import AHEAD, CROSSING, LEFT, STREET, passing, walk

LIGHT = "Ahead: a light."
LAST = "Stop there."


def to_turn(*seen: str, side: str = "left") -> list[str]:
    return [STREET, STREET, STREET, *seen, side, STREET, STREET]


COUNTED = walk(1, f"Take the next left at the light. {LAST}", *to_turn(LIGHT, CROSSING))
OTHER = walk(2, f"Go to the light ahead and turn left. {LAST}", *to_turn(STREET, LIGHT, CROSSING))


def told(*walks: Trajectory, times: int = 100) -> set[str]:
    """What the first of some walks is told in many draws."""
    retellings = Retellings([(each, toys.done(each)) for each in walks])
    drawn = [retellings.draw(walks[0], seed) for seed in range(times)]
    assert all(each.steps == walks[0].steps for each in drawn)
    assert drawn == [retellings.draw(walks[0], seed) for seed in range(times)]
    return {each.instruction for each in drawn}


def test_a_leg_is_told_as_another_with_the_same_turn_and_crossings() -> None:
    assert told(COUNTED, OTHER) == {COUNTED.instruction, OTHER.instruction}
    assert told(OTHER, COUNTED) == {COUNTED.instruction, OTHER.instruction}


@pytest.mark.parametrize(
    "other",
    [
        walk(
            2, f"Go on to the light and turn right. {LAST}", *to_turn(LIGHT, CROSSING, side="right")
        ),
        walk(
            2,
            f"Turn left at the second light. {LAST}",
            *to_turn(CROSSING, *[STREET] * 4, LIGHT, CROSSING),
        ),
        # Told of two and walked to one: who knows what was meant.
        walk(2, f"Turn left at the second light. {LAST}", *to_turn(LIGHT, CROSSING)),
        walk(2, f"Turn left at the end of the block. {LAST}", *to_turn(LIGHT, CROSSING)),
        walk(2, f"Turn left at the light with a bank. {LAST}", *to_turn(LEFT.format("a bank"))),
    ],
)
def test_one_that_differs_or_says_more_does_not_do(other: Trajectory) -> None:
    assert told(COUNTED, other) == {COUNTED.instruction}


def test_what_is_said_of_a_thing_is_said_of_one_that_is_in_its_place() -> None:
    def at(name: str) -> list[str]:
        return to_turn(AHEAD.format(name), f"{CROSSING}\n{LEFT.format(name)}")

    bank = walk(1, f"Turn left with the Blue Bank on the corner. {LAST}", *at("Blue Bank (bank)"))
    cafe = walk(2, f"Take a left. {LAST}", *at("Red Cafe (cafe)"))
    assert f"Turn left with the red cafe on the corner. {LAST}" in told(cafe, bank)
    assert f"Take a left. {LAST}" in told(bank, cafe)
    ahead = walk(3, f"Take a left. {LAST}", *to_turn(CROSSING, AHEAD.format("Red Cafe (cafe)")))
    assert not any("corner" in each for each in told(ahead, bank))
    # "The cafe" would be two of them.
    two = walk(4, "Take a left. Stop at the red house.", *at("Red Cafe (cafe)"))
    assert not any("corner" in each for each in told(two, bank))


def test_where_nothing_is_counted_and_nothing_named_the_first_crossing_is_meant() -> None:
    first = walk(1, f"Turn left. {LAST}", *to_turn(CROSSING))
    beyond = to_turn(CROSSING, *[STREET] * 4, CROSSING)
    second = walk(2, f"Turn left. {LAST}", *beyond)
    plain = walk(3, f"Go to the second intersection and turn left. {LAST}", *beyond)
    assert told(first, second) == {first.instruction}
    assert told(second, first, plain) == {second.instruction, plain.instruction}


def test_what_a_policy_tried_is_told_as_it_was_and_teaches_no_words() -> None:
    tried = walk(2, OTHER.instruction, *to_turn(STREET, LIGHT, CROSSING), log_prob=-0.1)
    assert told(COUNTED, tried) == {COUNTED.instruction}
    assert told(tried, COUNTED) == {tried.instruction}


def test_all_that_is_drawn_can_be_learned_from() -> None:
    end = walk(1, f"Take the next left. {LAST}", *to_turn(CROSSING), *passing("Blue Bank (bank)"))
    other = walk(
        2,
        "Go on and turn left. Stop with the Red Cafe on your left.",
        *to_turn(CROSSING),
        *passing("Red Cafe (cafe)")[:4],
    )
    examples = [(each, toys.done(each)) for each in (end, other)]
    augmentation = Augmentation(examples)
    drawn = [augmentation.draw(*examples[0], seed) for seed in range(100)]
    assert all(len(episode.steps) == len(targets) for episode, targets in drawn)
    assert all(any(targets) for _, targets in drawn)
    assert len({episode.instruction for episode, _ in drawn}) > 20
    again = [augmentation.draw(*examples[0], seed) for seed in range(100)]
    assert drawn == again
