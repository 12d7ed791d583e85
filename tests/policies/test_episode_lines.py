"""Factored actions and lines as indices: each fact where it belongs."""

from __future__ import annotations

import hashlib

import numpy as np

from policies.batching import encode
from policies.episode import EpisodeEncoder
from policies.layout import Layout
from policies.stages import Parts
from policies.words import Vocabulary
from tests.policies import toys

VOCABULARY = Vocabulary.of(
    ["pour open wait cup door to hall flower pot in jug thermometer reading degrees full red"]
)
LAYOUT = Layout(len(VOCABULARY))
POUR = "pour OBJ in OBJ"


def bags_of(encoder: EpisodeEncoder, *parts: str) -> list[list[int]]:
    """The bags of one option, as lists."""
    bags = encoder.partial_choices([parts])
    cuts = np.cumsum(bags.lengths)[:-1]
    return [part.tolist() for part in np.split(bags.indices, cuts)]


def step(encoder: EpisodeEncoder, parts: Parts, seen: str) -> list[list[int]]:
    """Do and see; the bags of the step."""
    bags = encoder.step(" ".join(parts), seen, parts).bags
    return [part.tolist() for part in np.split(bags.indices, np.cumsum(bags.lengths)[:-1])]


def words(bag: list[int], base: int) -> list[str]:
    """The words of a bag whose rows begin at ``base``; "?" one that is not known."""
    indices = [row - base for row in bag if base <= row < base + LAYOUT.size]
    return [("", "?", *VOCABULARY.words)[index] for index in indices]


def test_a_gap_that_is_open_is_known_and_is_no_word() -> None:
    encoder = EpisodeEncoder(VOCABULARY, "", "")
    both, second, none = (
        bags_of(encoder, POUR, *things) for things in ((), ("cup",), ("cup",) * 2)
    )
    assert (both[1], both[2]) == ([LAYOUT.gap], [LAYOUT.gap + 1])
    assert words(second[1], LAYOUT.word + LAYOUT.size) == ["cup"]
    assert second[2] == [LAYOUT.gap + 1]
    assert words(none[2], LAYOUT.word + 2 * LAYOUT.size) == ["cup"]
    assert bags_of(encoder, "wait")[1:3] == [[], []]
    for bags in (both, second, none):
        assert words(bags[0], LAYOUT.word) == ["pour", "in"]


def test_a_name_with_a_preposition_stays_in_its_slot() -> None:
    bags = bags_of(EpisodeEncoder(VOCABULARY, "", ""), POUR, "door to hall", "jug")
    assert words(bags[1], LAYOUT.word + LAYOUT.size) == ["door", "to", "hall"]
    assert words(bags[2], LAYOUT.word + 2 * LAYOUT.size) == ["jug"]


def test_things_are_bound_to_the_words_that_ask_for_them() -> None:
    encoder = EpisodeEncoder(VOCABULARY, "open the red cup", "a red jug, a cup")
    assert -1 - 3 in bags_of(encoder, "open OBJ", "cup")[1]
    assert -1 in bags_of(encoder, "open OBJ")[0]
    assert not any(member < 0 for member in bags_of(encoder, "open OBJ", "jug")[1])
    assert bags_of(encoder, "open OBJ", "jug")[3] == [-1 - 2, -1 - 3]


def test_a_thing_is_known_by_its_whole_name() -> None:
    """What was done with one pot, and when it was seen, says nothing of another."""
    encoder = EpisodeEncoder(VOCABULARY, "", "a flower pot 3\na flower pot 4")
    fresh = bags_of(encoder, "open OBJ", "flower pot 3")
    step(encoder, ("open OBJ", "flower pot 3"), "a flower pot 3 (full)")
    done, other = (bags_of(encoder, "open OBJ", f"flower pot {number}") for number in (3, 4))
    last = LAYOUT.last_verb + LAYOUT.size
    assert words(done[1], last) == ["open"]
    assert words(other[1], last) == words(fresh[1], last) == []
    ages = [
        [row for row in bags[1] if LAYOUT.acted_age <= row < LAYOUT.tried]
        for bags in (fresh, done, other)
    ]
    assert len({tuple(each) for each in ages}) == 3
    assert words(done[5], LAYOUT.said) == ["full"]
    assert other[5] == []


def test_how_often_it_was_tried_is_known_at_every_stage() -> None:
    encoder = EpisodeEncoder(VOCABULARY, "", "")
    for _ in range(2):
        step(encoder, (POUR, "cup", "jug"), "No.")
    step(encoder, (POUR, "cup", "cup"), "No.")
    options: list[Parts] = [
        (POUR,), (POUR, "cup"), (POUR, "cup", "jug"), (POUR, "jug"), ("open OBJ",)
    ]  # fmt: skip
    tried = [
        row - LAYOUT.tried
        for parts in options
        for row in bags_of(encoder, *parts)[0]
        if LAYOUT.tried <= row < LAYOUT.gap
    ]
    assert tried == [3, 3, 2, 0, 0]


def test_numbers_are_compared_with_those_of_the_instruction() -> None:
    """In the bag of what was seen, and in that of the thing that shows the number."""
    asked = "if above 50.0 degrees or below -5 or 7 or 8"
    encoder = EpisodeEncoder(VOCABULARY, asked, "")
    below, equal, above = range(3)
    for reading, relations in (
        ("-13.5", (below, below, below)),
        ("7", (below, above, equal)),
        ("50.01", (above, above, above)),
        ("-5.0", (below, equal, below)),
    ):
        rows = [LAYOUT.compared + 3 * at + relation for at, relation in enumerate(relations)]
        seen = f"a cup 7\na thermometer, reading {reading} degrees"
        bags = step(encoder, ("wait",), seen.replace("reading", "reading of"))
        assert [row for row in bags[LAYOUT.action_bags] if row >= LAYOUT.compared] == rows
        shown = bags_of(encoder, "open OBJ", "thermometer")[5]
        assert [row for row in shown if row >= LAYOUT.compared] == rows
        assert not [
            row for row in bags_of(encoder, "open OBJ", "cup 7")[5] if row >= LAYOUT.compared
        ]


def test_new_lines_are_told_from_those_that_were_there() -> None:
    encoder = EpisodeEncoder(VOCABULARY, "", "a cup\na jug")
    seen, _, still = step(encoder, ("wait",), "wait\na cup\na jug full")[LAYOUT.action_bags :]
    assert words(seen, LAYOUT.seen_word) == ["wait", "?", "jug", "full"]
    assert words(still, LAYOUT.still) == ["?", "cup"]


def test_policies_from_before_lines_read_what_they_learned_from() -> None:
    """The digest is of what the code of that time made of the episode."""
    told = [
        ("go to cabinet 1", "On the cabinet 1, you see a mug 2,\nand a pan 1.", "go to cabinet 1"),
        ("take mug 2 from cabinet 1", "You pick up the mug 2.", "take mug 2 from cabinet 1"),
        ("take mug 2 from cabinet 1", "Nothing happens.", "clean mug 2 with sink 1"),
        ("look", "A cabinet 2 and a mug 2.", "put mug 2 in/on cabinet 2"),
    ]
    episode = toys.trajectory(
        0,
        "put the clean mugs in a cabinet 2",
        [(action, seen, ["look", option]) for action, seen, option in told],
        "You are in a hall.\n\nThere is a sink 1.",
    )
    texts = ["put the clean mug in a cabinet pan go to take from you see pick up"]
    read = encode(Vocabulary.of(texts), episode, toys.done(episode), features=1)
    bags = [*(step.bags for step in read.steps), *(decision.options for decision in read.decisions)]
    digest = hashlib.sha256(b"".join(part.tobytes() for each in bags for part in each))
    assert digest.hexdigest() == "778b49442cc4c9c972f4764eca6417683ba37252b7fa48eb6d50e6fca8ffbc8c"
