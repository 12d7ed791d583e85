"""An instruction as legs, and what an episode that is followed through them carries."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from policies.batching import encode
from policies.episode import EpisodeEncoder
from policies.layout import AHEAD, AHEAD_BUCKETS, SHARES, Layout, age_bucket
from policies.legs import Legs, read_legs
from policies.words import Vocabulary, cut_words
from tests.policies import toys

TASK = "Go to the light and turn left at the bank. Take a right at the cafe, then stop by the park."
OPENED = "The street goes on.\nAhead: a light, a bank."
VOCABULARY = Vocabulary.of([TASK, OPENED])
LAYOUT = Layout(len(VOCABULARY), features=4).leg


def legs(text: str) -> list[tuple[str, str]]:
    """(words, side) of each leg."""
    ends = read_legs(text)
    begins = [0, *(leg.end for leg in ends)]
    return [
        (text[begin : leg.end].strip(), leg.side) for begin, leg in zip(begins, ends, strict=False)
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", [("", "")]),
        ("Walk on. Stop at the bank.", [("Walk on. Stop at the bank.", "")]),
        (
            "Turn right with the KFC on the corner. Stop at the bank.",
            [("Turn right with the KFC on the corner.", "right"), ("Stop at the bank.", "")],
        ),
        (
            "Make a left at the bank and then a right and stop at the park",
            [
                ("Make a left at the bank", "left"),
                ("and then a right", "right"),
                ("and stop at the park", ""),
            ],
        ),
        ("Turn left stop", [("Turn left", "left"), ("stop", "")]),
        (
            "Turn left at the bank and go through two lights. Stop.",
            [("Turn left at the bank", "left"), ("and go through two lights. Stop.", "")],
        ),
        (
            "With a bank on the right turn left, then you will pass a cafe.",
            [("With a bank on the right turn left", "left"), (", then you will pass a cafe.", "")],
        ),
        ("Make a left turn right here.", [("Make a left turn right here.", "left"), ("", "")]),
        ("Turn left.", [("Turn left.", "left"), ("", "")]),
        ("Parks on the left and right. Stop.", [("Parks on the left and right. Stop.", "")]),
        (
            "Take your first right. Take the next left; stop there.",
            [
                ("Take your first right.", "right"),
                ("Take the next left;", "left"),
                ("stop there.", ""),
            ],
        ),
    ],
)
def test_a_leg_ends_with_the_sentence_or_clause_of_its_turn(
    text: str, found: list[tuple[str, str]]
) -> None:
    assert legs(text) == found


def test_legs_follow_the_turns_that_are_taken() -> None:
    following = Legs(TASK)
    words = cut_words(TASK)
    seen = []
    for action in ("forward", "left", "left", "forward", "left", "right", "right", "left"):
        ended = following.act(action)
        seen.append((ended, following.now, following.side, following.left))
    assert seen == [
        (False, 0, "left", 2),
        (True, 1, "right", 1),
        (False, 1, "right", 1),  # a sharper turn is one turn
        (False, 1, "right", 1),
        (False, 1, "right", 1),  # no left is told any more
        (True, 2, "", 0),
        (False, 2, "", 0),
        (False, 2, "", 0),
    ]
    assert [words[at] for at in following.words(len(words))] == "then stop by the park".split()
    assert following.words(len(words) - 2) == following.words(len(words))[:-2]


def test_legs_follow_turns_of_several_moves() -> None:
    following = Legs(TASK)
    lanes = ("slightly to the left", "to the right", "slightly to the left")
    for action in (*lanes, "straight ahead"):
        assert not following.act(action)
    ended = [following.act(action) for action in ("slightly to the right", "back to the left")]
    assert ended == [False, True]
    assert following.side == "right"


def test_a_turn_that_is_told_later_ends_the_leg_before_it_as_well() -> None:
    following = Legs(TASK)
    assert following.act("right")
    assert (following.now, following.side) == (2, "")


def test_when_a_word_is_told() -> None:
    following = Legs(TASK)
    words = cut_words(TASK)
    light, cafe, park = (words.index(word) for word in ("light", "cafe", "park"))
    assert [following.when([at]) for at in (light, cafe, park)] == [0, 1, 2]
    assert following.when([light, park]) == 0
    following.act("left")
    assert [following.when([at]) for at in (light, cafe, park)] == [-1, 0, 1]


def bags_of(encoder: EpisodeEncoder, action: str, observation: str) -> list[list[int]]:
    """The bags of a step that are of the present leg: what it tells, what of it has come up."""
    step = encoder.step(action, observation).bags
    return [part.tolist() for part in np.split(step.indices, np.cumsum(step.lengths)[:-1])][-2:]


def test_a_step_carries_the_present_leg_and_what_has_come_up_in_it() -> None:
    encoder = EpisodeEncoder(VOCABULARY, TASK, OPENED, features=4)
    words = cut_words(TASK)
    told, met = bags_of(encoder, "forward", "The street goes on.\nOn your left: a bank.")
    assert told[:2] == [LAYOUT.side + 1, LAYOUT.to_come + 2]
    assert [words[-1 - at] for at in told if at < 0] == list(words[: words.index("bank") + 1])
    assert [row for row in met if row >= 0] == [LAYOUT.met + 1] * 2
    assert [words[-1 - at] for at in met if at < 0] == ["light", "bank"]

    _, met = bags_of(encoder, "forward", "The street goes on.\nAhead: a light.")
    assert [row for row in met if row >= 0] == [LAYOUT.met + 2, LAYOUT.met + 1]

    told, met = bags_of(encoder, "left", "The street goes on.\nAhead: a light.")
    assert told[:2] == [LAYOUT.side + 2, LAYOUT.to_come + 1]
    assert met == []  # a new leg, in which the light does not come up: it was there


def test_a_turn_carries_whether_it_is_told() -> None:
    encoder = EpisodeEncoder(VOCABULARY, TASK, OPENED, features=4)

    def told(action: str) -> list[int]:
        rows = encoder.choices([action]).indices
        return [row for row in rows if LAYOUT.as_told <= row < LAYOUT.crossings]

    assert told("forward") == []
    assert [told(each) for each in ("left", "right")] == [
        [LAYOUT.as_told + 4],  # as is told, but no street leads there
        [LAYOUT.as_told + 5],
    ]
    encoder.step("forward", "Streets lead to the left.\nOn your right: a bank.")
    assert told("left") == [LAYOUT.as_told + 1]
    encoder.step("left", "Streets lead to the left and to the right.")
    assert [told(each) for each in ("left", "right")] == [
        [LAYOUT.as_told + 2],
        [LAYOUT.as_told + 1],
    ]
    encoder.step("right", OPENED)
    assert told("left") == told("right") == [LAYOUT.as_told + 3]


def test_an_action_carries_whether_it_goes_with_the_traffic() -> None:
    encoder = EpisodeEncoder(VOCABULARY, TASK, "Traffic flows to the left and back.", features=4)

    def told(action: str) -> list[int]:
        rows = encoder.choices([action]).indices
        return [row - LAYOUT.traffic for row in rows if row >= LAYOUT.traffic]

    ways = ("straight ahead", "to the left", "to the left, more to the right", "back to the left")
    assert [told(each) for each in ways] == [[0], [1], [1], [0]]
    encoder.step("to the left", "Streets lead straight ahead and to the left.")
    assert [told(each) for each in ways] == [[]] * 4, "it is not said"


class Counting:
    """What a policy is told of crossings, by its rows, as it walks."""

    def __init__(self, task: str) -> None:
        self.encoder = EpisodeEncoder(VOCABULARY, task, "The street goes on.", features=4)

    def ahead(self, action: str, seen: str) -> list[int]:
        """Up to the one reached, counted as the leg names them and not, and to the last passed."""
        told, _ = bags_of(self.encoder, action, seen)
        found = [row - LAYOUT.ahead for row in told if LAYOUT.ahead <= row < LAYOUT.since_crossing]
        return [row - at * AHEAD_BUCKETS - AHEAD for at, row in enumerate(found)]

    def due(self, action: str) -> list[tuple[int, int]]:
        """(to the side that is told 1, to the other 2; ahead), counted as is told and not."""
        rows = [
            row for row in self.encoder.choices([action]).indices if LAYOUT.due <= row < LAYOUT.gone
        ]
        kinds = [divmod(int(row) - LAYOUT.due, AHEAD_BUCKETS) for row in rows]
        return [(kind - 3 * by, ahead - AHEAD) for by, (kind, ahead) in enumerate(kinds)]


ROAD, CROSSING = "The street goes on.", "There is a 4-way intersection."
SIDE_STREET = "There is a 3-way intersection."
LIGHT = "Ahead: a light."


@pytest.mark.parametrize("named", ["light", "intersection"])
def test_crossings_are_counted_down_by_streets_or_by_lights(named: str) -> None:
    count = Counting(f"Go through one {named} and turn left at the next {named}. Turn right.")
    assert count.ahead("forward", ROAD) == [2, 2, 1, 1]
    found = count.ahead("forward", SIDE_STREET)
    assert found == ([2, 1, 1, 0] if named == "light" else [1, 2, 0, 1])
    assert count.due("left") == [(1, ahead) for ahead in found[:2]]
    assert count.due("right") == [(2, ahead) for ahead in found[:2]]
    assert count.due("forward") == []
    for _ in range(2):
        count.ahead("forward", ROAD)
    found = count.ahead("forward", f"{SIDE_STREET}\n{LIGHT}")
    assert found == ([1, 0, 0, -1] if named == "light" else [0, 1, -1, 0])
    assert count.ahead("left", ROAD) == [1, 1, 0, 0]  # the next leg


def test_a_turn_at_the_next_crossing_is_not_one_at_any() -> None:
    def told(task: str) -> tuple[int, list[int]]:
        count = Counting(task)
        rows, _ = bags_of(count.encoder, "forward", CROSSING)
        (row,) = (row for row in rows if LAYOUT.crossings <= row < LAYOUT.ahead)
        return row - LAYOUT.crossings, count.ahead("forward", ROAD)

    which, ahead = told("Turn left at the bank. Stop.")
    assert (which, ahead) == (0, [0, 0, -1, -1]), "the first, for all that is told"
    assert told("Turn left at the next light. Stop.") == (1, ahead)
    assert told("Go on. Stop.") == (0, [-1, -1, -1, -1])


def test_lanes_apart_are_one_crossing_and_its_light_is_seen_from_before_it() -> None:
    count = Counting("Turn left at the third light.")
    count.ahead("forward", f"{ROAD}\n{LIGHT}")
    assert count.ahead("forward", ROAD)[:2] == [3, 3]
    assert count.ahead("forward", SIDE_STREET)[:2] == [2, 2]
    assert count.ahead("forward", ROAD)[:2] == [2, 2]
    assert count.ahead("forward", SIDE_STREET)[:2] == [2, 2]


def test_where_streets_lead_both_ways_lights_are_expected() -> None:
    count = Counting("Turn left at the third light.")
    assert count.ahead("forward", CROSSING)[:2] == [2, 2]


def test_how_long_ago_the_last_crossing_was() -> None:
    encoder = EpisodeEncoder(VOCABULARY, TASK, ROAD, features=4)

    def since(seen: str) -> int:
        told, _ = bags_of(encoder, "forward", seen)
        (row,) = (row for row in told if LAYOUT.since_crossing <= row < LAYOUT.due)
        return row - LAYOUT.since_crossing

    found = [since(each) for each in (ROAD, CROSSING, ROAD, ROAD)]
    assert found[0] > found[3] > found[2] > found[1]


def test_what_the_leg_tells_of_is_remembered_when_it_is_out_of_sight() -> None:
    encoder = EpisodeEncoder(VOCABULARY, TASK, "On your left: a bank, a kiosk, a park.", features=4)

    def gone(action: str) -> list[int]:
        """For how long each of the things is that are out of sight, in buckets."""
        indices = encoder.step(action, ROAD).sights.indices
        return [int(row) - LAYOUT.gone for row in indices if LAYOUT.gone <= row < LAYOUT.kind_share]

    assert gone("forward") == [age_bucket(1, 0)]  # the bank; parks are told of later
    assert gone("forward") == [age_bucket(2, 0)]
    assert gone("left") == []
    assert gone("right") == [age_bucket(4, 0)]  # the park


def test_a_sight_carries_whether_it_is_spoken_of_now() -> None:
    encoder = EpisodeEncoder(VOCABULARY, TASK, OPENED, features=4)
    told = range(LAYOUT.told_now, LAYOUT.met)

    def rows(action: str) -> list[list[int]]:
        sights = encoder.step(action, "Ahead: a light, a park, a kiosk.").sights
        parts = np.split(sights.indices, np.cumsum(sights.lengths)[:-1])[:6:2]
        return [[row for row in part if row in told] for part in parts]

    whole = LAYOUT.told_now + 4
    later, earlier = [LAYOUT.told_now, LAYOUT.told + 1], [LAYOUT.told_now, LAYOUT.told]
    assert rows("forward") == [[whole], later, [LAYOUT.told_now]]
    assert rows("left") == [earlier, later, [LAYOUT.told_now]]
    assert rows("right") == [earlier, [whole], [LAYOUT.told_now]]


def test_a_sight_carries_whether_it_is_told_of_the_end_of_the_leg() -> None:
    task = (
        "Pass the cafe. Turn left at Blue Bottle. Go by a bank and a bus stop, then stop at the "
        "Red Lion, a pub. If you see Joe's you have gone too far."
    )
    encoder = EpisodeEncoder(VOCABULARY, task, ROAD, features=4)
    seen = "Ahead: Blue Bottle (cafe), a bank, Red Lion (pub), Red Hat, Joe."
    begins = [LAYOUT.told_now, LAYOUT.closing, LAYOUT.kind_now, LAYOUT.kind_closing]

    def shares(action: str) -> list[list[int]]:
        """Quarters of name and kind that the present leg has, and that tell of its end."""
        sights = encoder.step(action, seen).sights
        parts = np.split(sights.indices, np.cumsum(sights.lengths)[:-1])[:10:2]
        return [
            [int(row) - begin for begin in begins for row in part if 0 <= row - begin < SHARES]
            for part in parts
        ]

    assert shares("forward") == [[4, 4, 4, 0], [0] * 4, [0] * 4, [0] * 4, [0] * 4]
    assert shares("left") == [[0] * 4, [4, 0, 0, 0], [4, 4, 4, 4], [2, 2, 0, 0], [4, 0, 0, 0]]
    asides = [LAYOUT.aside in part for part in sights_of(encoder, seen)]
    assert asides == [False] * 4 + [True]


def sights_of(encoder: EpisodeEncoder, observation: str) -> list[list[int]]:
    """The rows of each sight."""
    sights = encoder.step("forward", observation).sights
    return [part.tolist() for part in np.split(sights.indices, np.cumsum(sights.lengths)[:-1])[::2]]


@pytest.mark.parametrize(
    ("text", "close"),
    [
        ("Go to the light. By the bank turn left.", "By the bank turn left."),
        ("Go past a bus stop and a stop sign. Stop here.", "Stop here."),
        ("Go on. Your destination is a bank.", "destination is a bank."),
        ("Go on. It is the bank.", "It is the bank."),
        ("", ""),
    ],
)
def test_what_tells_of_the_end_of_a_leg(text: str, close: str) -> None:
    assert text[read_legs(text)[0].close :] == close


def test_only_the_step_that_ends_an_episode_by_itself_is_its_last() -> None:
    steps = [("forward", OPENED, ["forward", "stop"])] * 2 + [("stop", "", ["forward", "stop"])]
    walk, cut = toys.trajectory(0, TASK, steps), toys.trajectory(1, TASK, steps[:2])
    tried = replace(walk, steps=tuple(replace(step, log_prob=-0.1) for step in walk.steps))
    read = [encode(VOCABULARY, each, toys.done(each), 4) for each in (walk, cut, tried)]
    assert [[each.last for each in found.decisions] for found in read] == [
        [False, False, True],
        [False, False],
        [False, False, True],
    ]
    other = encode(VOCABULARY, walk, [None, None, "forward"], 4)
    assert [each.last for each in other.decisions] == [False]
