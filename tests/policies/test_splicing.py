"""Two walks made into one: sentences and steps are cut behind the same turn."""

from __future__ import annotations

import pytest

from envs.record import Trajectory
from policies.splicing import Cut, cuts, splice
from policies.variation import Variations
from tests.policies import toys

CROSSING = ["forward", "left", "right", "stop"]


def walk(seed: int, instruction: str, *actions: str) -> Trajectory:
    """A walk that sees a thing of its own behind every step."""
    steps = [(action, f"Ahead: thing {seed}{at}.", CROSSING) for at, action in enumerate(actions)]
    return toys.trajectory(seed, instruction, steps)


ONE = walk(
    1,
    "Go on and turn left. Take the next right by the bank. Stop behind the park.",
    *("forward", "left", "forward", "right", "forward", "stop"),
)
OTHER = walk(
    2,
    "Make a sharp right at the light! Hang a left, with a cafe on your right. Stop there.",
    *("right", "right", "forward", "forward", "left", "stop"),
)


def told(episode: Trajectory) -> list[tuple[str, int]]:
    """The part of the instruction before each cut, and the number of steps before it."""
    return [(episode.instruction[: at.characters], at.steps) for at in cuts(episode).values()]


def test_a_walk_is_cut_behind_the_sentence_and_the_step_of_a_turn() -> None:
    assert told(ONE) == [
        ("Go on and turn left. ", 2),
        ("Go on and turn left. Take the next right by the bank. ", 4),
    ]
    # Turning twice on the spot is one turn.
    assert [steps for _, steps in told(OTHER)] == [2, 5]
    ways = {"forward": "straight ahead", "left": "to the left", "right": "to the right"}
    by_directions = walk(1, ONE.instruction, *(ways.get(s.action, s.action) for s in ONE.steps))
    assert told(by_directions) == told(ONE)


@pytest.mark.parametrize(
    ("instruction", "actions"),
    [
        ("Turn left. Go on. Stop.", ["right", "forward", "stop"]),
        ("Turn left. Go on. Stop.", ["left", "forward", "left", "stop"]),
        ("Go on. Stop with a bank on your left.", ["forward", "left", "stop"]),
        ("Go on. Stop.", ["forward", "stop"]),
        ("Go on. Turn left.", ["forward", "left", "stop"]),
    ],
)
def test_other_turns_than_told_or_nothing_behind_them_is_no_cut(
    instruction: str, actions: list[str]
) -> None:
    assert cuts(walk(3, instruction, *actions)) == {}


def test_a_sentence_is_parted_where_it_goes_on() -> None:
    both = walk(4, "Turn left, then right and stop.", "left", "forward", "right", "stop")
    assert told(both) == [("Turn left", 1), ("Turn left, then right ", 3)]


@pytest.mark.parametrize(
    ("turn", "behind", "joined"),
    [
        ("Turn left. ", "Stop at once.", "Turn left. Stop at once."),
        ("Turn left. ", "and stop at once.", "Turn left. and stop at once."),
        ("Turn left ", "and stop at once.", "Turn left and stop at once."),
        ("Turn left", ", then stop at once.", "Turn left then stop at once."),
        ("Turn left ", "Stop at once.", "Turn left. Stop at once."),
    ],
)
def test_the_words_of_two_parts_are_joined_as_sentences(
    turn: str, behind: str, joined: str
) -> None:
    one, other = (walk(seed, turn + behind, "left", "stop") for seed in (5, 6))
    at = Cut(len(turn), 1)
    made, _ = splice((one, toys.done(one)), at, (other, toys.done(other)), at)
    assert made.instruction == joined


def test_a_splice_follows_one_and_then_the_other() -> None:
    at, on = cuts(ONE)[0], cuts(OTHER)[0]
    targets = [None, *toys.done(OTHER)[1:]]
    made, wanted = splice((ONE, toys.done(ONE)), at, (OTHER, targets), on)
    assert made.instruction == (
        "Go on and turn left. Hang a left, with a cafe on your right. Stop there."
    )
    assert [step.action for step in made.steps] == wanted
    assert wanted == ["forward", "left", "forward", "forward", "left", "stop"]
    seen = [step.observation for step in made.steps]
    assert seen == [f"Ahead: thing {at}." for at in (10, 21, 22, 23, 24, 25)]
    assert made.first_observation == ONE.first_observation


def test_variations_draw_splices_that_are_true() -> None:
    """What is told is what is to be done, whatever was put together."""
    examples = [(each, toys.done(each)) for each in (ONE, OTHER)]
    variations = Variations(examples)
    drawn = [variations.draw(ONE, toys.done(ONE), seed) for seed in range(60)]
    ways = {
        tuple(action for action in wanted if action not in ("forward", None)) for _, wanted in drawn
    }
    assert ways == {
        ("left", "right", "stop"),
        ("left", "left", "stop"),
        ("right", "left", "stop"),
        ("right", "right", "stop"),
    }
