"""What sentences mean; the names are as the simulator gives them in a kitchen."""

from __future__ import annotations

import pytest

from envs.scienceworld.actions import FRAMES, TELEPORTS, frames, meanings, refused

THINGS = {
    1: "metal pot",
    2: "substance in metal pot",
    3: "stove",
    4: "orange in bowl",
    5: "orange in inventory",
    6: "door to hallway",
    7: "hallway",
    8: "red wire terminal 1",
    9: "thermometer",
}
ALIASES = {
    1: ("metal pot", "pot", "metal pot in stove"),
    2: ("water", "substance", "water in metal pot", "substance in metal pot"),
    3: ("stove",),
    4: ("orange", "orange in bowl", "an orange in bowl"),
    5: ("orange", "orange in inventory"),
    6: ("door", "door to hallway", "hallway door"),
    7: ("hallway", "room"),
    8: ("terminal 1", "red wire terminal 1", "terminal 1 on red wire"),
    9: ("thermometer", "thermometer in inventory"),
    99: ("sewer",),
}


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("pick up the pot", "pick up metal pot"),
        ("take metal pot in stove", "pick up metal pot"),
        ("pour pot into metal pot", "pour metal pot into metal pot"),
        ("pour water in metal pot in pot", "pour substance in metal pot into metal pot"),
        ("Go  Hallway", "go to hallway"),
        ("open hallway door", "open door to hallway"),
        ("examine water", "look at substance in metal pot"),
        ("turn on stove", "activate stove"),
        ("drop thermometer", "put down thermometer"),
        ("use thermometer in inventory on water", "use thermometer on substance in metal pot"),
        ("connect terminal 1 on red wire to stove", "connect red wire terminal 1 to stove"),
        ("eat an orange in bowl", "eat orange in bowl"),
        ("wait1", "wait1"),
        ("teleport to kitchen", "teleport to kitchen"),
    ],
)
def test_other_words_for_the_same(said: str, meant: str) -> None:
    assert meanings(said, THINGS, ALIASES) == (meant,)


def test_an_ambiguous_sentence_means_several() -> None:
    assert meanings("eat orange", THINGS, ALIASES) == (
        "eat orange in bowl",
        "eat orange in inventory",
    )


@pytest.mark.parametrize(
    "said", ["", "look around", "open", "open sewer", "dance", "0", "wait pot"]
)
def test_nothing_else_is_understood(said: str) -> None:
    assert meanings(said, THINGS, ALIASES) == ()


def test_simplifications_change_the_frames() -> None:
    assert frames(()) == FRAMES
    easy = frames(("teleportAction", "noElectricalAction"))
    assert set(FRAMES) - set(easy) == {"connect OBJ to OBJ", "disconnect OBJ"}
    assert easy[-len(TELEPORTS) :] == TELEPORTS


def test_undoing_and_spying_are_refused() -> None:
    assert refused(" Reset  task")
    assert refused("objects")
    assert not refused("wait")
