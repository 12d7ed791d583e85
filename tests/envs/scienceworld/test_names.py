"""Which of its names a thing goes by."""

from __future__ import annotations

import pytest

from envs.scienceworld.names import own_names, told_names
from envs.scienceworld.simulator import Simulator

KITCHEN = "In it, you see:\n\ta glass cup (containing a substance called water)\n\ta freezer"


def test_reads_what_scala_prints() -> None:
    printed = (
        "ObjectID (17, name: Glass cup, type: )), Contents (water/, terminal 1/)\n"
        "ObjectID (4, name: water, type: )), Contents ()"
    )
    assert own_names(printed) == {17: "glass cup", 4: "water"}


@pytest.mark.parametrize(
    ("chosen", "own", "called"),
    [
        ("cup containing water in table", "glass cup", "glass cup"),
        ("substance in cup", "water", "water"),
        ("cup", "glass cup", "glass cup"),
        ("freezer", "water", "freezer"),
        ("glass freezer", "freezer", "glass freezer"),
        ("egg turtle", "turtle", "egg turtle"),
        ("butterfly egg", "moth", "butterfly egg"),
    ],
)
def test_takes_the_name_that_the_room_uses(chosen: str, own: str, called: str) -> None:
    assert told_names({1: chosen}, {1: own}, KITCHEN) == {1: called}


def test_keeps_what_tells_things_apart() -> None:
    chosen = {1: "cup in sink", 2: "cup in table", 3: "water"}
    own = {1: "glass cup", 2: "glass cup", 3: "glass cup"}
    assert told_names(chosen, own, KITCHEN) == chosen
    assert told_names({1: "cup", 2: "water"}, {1: "water"}, KITCHEN) == {1: "cup", 2: "water"}


def test_names_things_as_the_kitchen_is_told() -> None:
    simulator = Simulator()
    try:
        simulator.load("find-plant", 3)
        simulator.step("open door to kitchen")
        simulator.step("go to kitchen")
        called, known = simulator.things(), simulator.aliases()
    finally:
        simulator.close()
    assert "glass cup" in called.values()
    for number, name in called.items():
        assert [each for each, names in known.items() if name in names] == [number]
