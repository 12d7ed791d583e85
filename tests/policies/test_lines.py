"""What lines say of things: their state, what they hold, where they are, and numbers."""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import given

from policies.lines import (
    MOST_AROUND,
    MOST_SAID,
    Line,
    LineMemory,
    names_of,
    numbers_in,
    read_lines,
)
from policies.words import split_words

ROOM = """The cupboard is now open.

This room is called the kitchen. In it, you see:
\tthe agent
\ta counter. On the counter is: a bowl (containing a red apple, a banana), a drawer.
\ta sink, which is turned off. In the sink is: a jug (containing a substance called water), a pan.
\ta stove, which is turned on. On the stove is: nothing.
\ta flower pot 3 (containing a cherry tree in the adult stage, a bee)
\ta thermometer, currently reading a temperature of -13.5 degrees celsius
You also see:
\tA door to the hallway (that is closed)

In your inventory, you see:
\tan orange
"""
PIECES = [*"(),.:\n\t", "a", "the", "mug", "jug", "1", "2.5", "-3", "in", "and", "is", " "]
TEXTS = st.text(max_size=60) | st.lists(st.sampled_from(PIECES), max_size=25).map(" ".join)


def said(thing: str, *observations: str) -> tuple[set[str], set[str], tuple[float, ...]]:
    """What the line where it was last seen says of a thing, but for the room's name."""
    memory = LineMemory()
    for now, observation in enumerate(observations):
        memory.see([*read_lines(observation)], now)
    sighting = memory.find(thing)
    assert sighting is not None, thing
    found = sighting.line.said_of(sighting.name)
    room = {"this", "room", "called", "kitchen", "in", "see", "also"}
    return set(found.words), set(found.around) - room, found.quantities


@pytest.mark.parametrize(
    ("thing", "words", "around"),
    [
        ("stove", "turned on nothing", ""),
        ("jug", "containing substance called water", "sink"),
        ("water", "", "jug sink"),
        ("pan", "", "sink"),
        ("banana", "", "bowl counter"),
        ("drawer", "", "counter"),
        ("door to hallway", "closed", ""),
        ("flower pot 3", "containing cherry tree in adult stage bee", ""),
        ("cherry tree", "in adult stage", "flower pot"),
        ("living thing in flower pot 3", "containing cherry tree in adult stage bee", ""),
        ("orange", "", "inventory"),
        ("hallway door", "to hallway closed", ""),
        ("tin jug", "containing substance called water", "sink"),
    ],
)
def test_a_line_says_the_state_the_contents_and_the_place(
    thing: str, words: str, around: str
) -> None:
    assert said(thing, ROOM)[:2] == (set(words.split()), set(around.split()))


def test_a_thing_at_the_start_of_a_line_has_all_of_it() -> None:
    words, _, _ = said("sink", ROOM)
    assert {"turned", "off", "jug", "water", "pan"} <= words


def test_a_sentence_that_lists_things_says_where_they_are() -> None:
    assert said("pen 1", "On the desk 1, you see a mug 2, a pen 1, and a cd 3.")[:2] == (
        set(),
        {"on", "desk"},
    )
    told = "You open the drawer 2. The drawer 2 is open. In it, you see a cd 3."
    assert said("drawer 2", told)[0] == {"open"}


def test_a_measurement_belongs_to_what_measures_it() -> None:
    assert said("thermometer", ROOM)[2] == (-13.5,)
    assert said("flower pot 3", ROOM)[2] == ()
    assert said("stove", ROOM)[2] == ()


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("above 50.0 degrees, below -5 or 50", (50.0, -5.0)),
        ("pot3 x-3 and 1.5.", (3.0, 1.5)),
        ("none", ()),
    ],
)
def test_numbers_may_be_negative_and_have_decimals(text: str, numbers: tuple[float, ...]) -> None:
    assert numbers_in(text) == numbers


def test_the_last_line_that_names_a_thing_counts() -> None:
    closed, opened = "a box (that is closed)", "a box (that is open)"
    assert said("box", closed, opened)[0] == {"open"}
    assert said("box", closed, "nothing here")[0] == {"closed"}
    assert said("box", opened, closed, opened)[0] == {"open"}


def test_the_room_counts_more_than_the_answer_to_the_action() -> None:
    room = "\na box (that is open)"
    assert said("box", f"ok{room}", f"The box is already open.{room}")[0] == {"open"}


def test_what_is_not_named_is_looked_for_only_where_all_its_words_are() -> None:
    memory = LineMemory()
    memory.see([*read_lines("a door to the hall (closed)\na door to the old attic (open)")], 0)
    found = {name: memory.find(name) for name in ("attic door", "hall door", "cellar lamp", "")}
    states = {name: each and each.line.said_of(each.name).words[-1] for name, each in found.items()}
    assert states == {"attic door": "open", "hall door": "closed", "cellar lamp": None, "": None}


def test_lines_that_were_there_are_told_from_new_ones() -> None:
    memory = LineMemory()
    first, second, third = "ok\na cup\na jug", "ok\na cup\na pan", "ok\na jug"
    told = [memory.see([*read_lines(text)], now) for now, text in enumerate((first, second, third))]
    texts = [tuple([line.key[1] for line in part] for part in parts) for parts in told]
    assert texts == [
        (["ok", "a cup", "a jug"], []),
        (["ok", "a pan"], ["a cup"]),
        (["ok", "a jug"], []),
    ]
    times = {thing: memory.find(thing) for thing in ("cup", "jug", "pan")}
    assert {thing: each and each.time for thing, each in times.items()} == {
        "cup": 1,
        "jug": 2,
        "pan": 1,
    }
    assert memory.find("lamp") is None


def test_names_are_found_by_their_words() -> None:
    assert names_of("door to the Hallway") == ("door to hallway", "hallway")
    assert names_of("substance in metal pot 2") == ("substance in metal pot 2", "metal pot 2")
    assert names_of("?") == ()


@given(TEXTS)
def test_any_text_can_be_read(text: str) -> None:
    for line in read_lines(text):
        assert set(split_words(line.key[1])) == set(line.words)
        for name in line.names:
            found = line.said_of(name)
            assert len(found.words) <= MOST_SAID
            assert len(found.around) <= MOST_AROUND
            assert not set(name.split()) & {*found.words, *found.around}


def test_a_line_is_read_alike_whoever_reads_it() -> None:
    """Lines are kept and shared: what was asked of one before must not matter."""
    fresh, used = Line("", "a jug (full), a pan"), Line("", "a jug (full), a pan")
    used.said_of("pan")
    assert fresh.said_of("jug") == used.said_of("jug")
    assert fresh.names == used.names


def slope(name: str, far: int) -> str:
    return f"\tan inclined plane {name}, with:  a wood block approximately {far}% down the plane"


def test_what_was_measured_of_one_is_compared_with_others_of_its_kind() -> None:
    memory = LineMemory()
    memory.see(
        [*read_lines(f"You see:\n{slope('B', 94)}\n\tan inclined plane C\n\ta cup, 3 cm")], 1
    )
    assert [*memory.ranks("inclined plane b")] == []  # of the other nothing is known yet
    memory.see([*read_lines(f"You see:\n\tan inclined plane B\n{slope('C', 74)}")], 2)
    assert [*memory.ranks("inclined plane b")] == [2]
    assert [*memory.ranks("inclined plane c")] == [0]
    assert [*memory.ranks("inclined plane d")] == [*memory.ranks("cup")] == []
    memory.see([*read_lines(f"You see:\n{slope('C', 94)}")], 3)
    assert [*memory.ranks("inclined plane c")] == [1]
