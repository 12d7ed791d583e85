"""What an observation lists: which things there are, where, and how often they have come up."""

from __future__ import annotations

import numpy as np
import pytest

from policies.batching import encode, without_names
from policies.layout import Layout
from policies.sights import SightEncoder, read_sights, stems_of
from policies.words import UNKNOWN, Vocabulary, cut_words
from tests.policies import toys

STREET = "The street goes on.\nOn your left: a bank, Joe's Pizza (pizza place).\nAhead: a light."
TASK = "Pass the banks, go to Joe Pizza, then to the next bank"
VOCABULARY = Vocabulary.of([STREET, TASK, "There is a 4-way intersection. turn"])
LAYOUT = Layout(len(VOCABULARY), features=3)


@pytest.fixture
def encoder() -> SightEncoder:
    return SightEncoder(VOCABULARY, LAYOUT, TASK, cut_words(TASK))


def bags(encoder: SightEncoder, observation: str) -> list[tuple[set[int], list[int]]]:
    """(rows, places in the instruction) of each sight."""
    seen = encoder.see(observation)
    parts = [part.tolist() for part in np.split(seen.indices, np.cumsum(seen.lengths)[:-1])]
    return [
        (set(rows), sorted(-1 - at for at in asked))
        for rows, asked in zip(parts[::2], parts[1::2], strict=True)
    ]


def test_stems_are_in_the_order_of_the_name() -> None:
    """Each once; an order by hash would be another in each process."""
    name = cut_words("Three Lions and a Lion's Den near nine old pizza places")
    stems = stems_of(name)
    assert stems == ("three", "lion", "s", "den", "near", "nine", "old", "pizza", "place")


def test_every_thing_behind_a_colon_is_a_sight_with_the_words_before_it() -> None:
    assert [tuple(map(" ".join, each)) for each in read_sights(STREET)] == [
        ("the street goes on", "", ""),
        ("on your left", "a bank", ""),
        ("on your left", "joe s pizza", "pizza place"),
        ("ahead", "a light", ""),
    ]


@pytest.mark.parametrize("text", ["", "\n", " : , ", "...", ":"])
def test_what_says_nothing_has_no_sights(text: str) -> None:
    assert read_sights(text) == ()


def test_a_sight_knows_where_the_instruction_speaks_of_it(encoder: SightEncoder) -> None:
    words = cut_words(TASK)
    street, bank, pizza, light = bags(encoder, STREET)
    assert street[1] == light[1] == []
    assert bank[1] == [words.index("banks"), len(words) - 1]
    assert pizza[1] == [words.index("joe"), words.index("pizza")]
    shares = [rows & set(range(LAYOUT.share, LAYOUT.ever)) for rows, _ in (bank, pizza, light)]
    assert shares == [{LAYOUT.share + 4}, {LAYOUT.share + 3}, {LAYOUT.share}]


def test_crossings_are_counted_whatever_their_number_of_ways(encoder: SightEncoder) -> None:
    def counts(observation: str) -> tuple[bool, ...]:
        ((rows, _),) = bags(encoder, observation)
        return tuple(
            start + number in rows for start in (LAYOUT.ever, LAYOUT.lately) for number in (1, 2)
        )

    encoder.act("forward")
    assert counts("There is a 4-way intersection.") == (True, False, True, False)
    assert counts("There is a 4-way intersection.") == (True, False, True, False)
    encoder.act("forward")
    encoder.see("The street goes on.")
    assert counts("There is a 3-way intersection.") == (False, True, False, True)
    encoder.see("The street goes on.")
    encoder.act("left")
    assert counts("There is a 4-way intersection.") == (False, False, True, False)


def test_changes_of_action_are_counted_and_dated(encoder: SightEncoder) -> None:
    moved = [encoder.act(action) for action in ("forward", "forward", "left", "forward")]
    assert [rows[0] - LAYOUT.changes for rows in moved] == [1, 1, 2, 3]
    assert [rows[1] - LAYOUT.since_change for rows in moved] == [1, 2, 1, 1]


def test_all_rows_are_in_the_table_however_long_an_episode_is(encoder: SightEncoder) -> None:
    for number in range(100):
        rows = encoder.act("left" if number % 2 else "forward")
        seen = encoder.see(STREET if number % 2 else "There is a 4-way intersection.")
        assert max(*rows, *seen.indices) < LAYOUT.rows


def test_names_in_sight_can_be_hidden() -> None:
    episode = toys.trajectory(0, TASK, [("turn", STREET, ["turn", "go"])])
    read = encode(VOCABULARY, episode, toys.done(episode), features=3)
    assert {VOCABULARY["bank"], VOCABULARY["pizza"], VOCABULARY["joe"]} <= set(read.names)
    hidden = without_names(read, LAYOUT)
    before, after = read.steps[1].sights, hidden.steps[1].sights
    assert np.array_equal(before.lengths, after.lengths)
    assert LAYOUT.sight + VOCABULARY["bank"] in before.indices
    assert LAYOUT.sight + VOCABULARY["bank"] not in after.indices
    assert LAYOUT.sight + UNKNOWN in after.indices
    assert LAYOUT.sight + VOCABULARY["left"] in after.indices
