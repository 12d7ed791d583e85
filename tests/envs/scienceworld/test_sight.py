from __future__ import annotations

import pytest

from envs.scienceworld.sight import place_in, things_held

INVENTORY = (
    "In your inventory, you see:\n"
    "\tan orange\n"
    "\ta seed jar (containing apple seed, apple seed)\n"
    "\ta thermometer, currently reading a temperature of 10 degrees celsius\n"
    "\ta substance called soap\n"
    "\tmetal pot "
)


@pytest.mark.parametrize(
    ("look", "place"),
    [
        ("This room is called the art studio. In it, you see: \n\tthe agent", "art studio"),
        ("This outside location is called the outside. Here you see: ", "outside"),
        ("this room is called the kitchen. in it, you see: a substance called air", "kitchen"),
        ("A substance called air", ""),
    ],
)
def test_places_have_names(look: str, place: str) -> None:
    assert place_in(look) == place


def test_things_in_hand_are_called_by_their_names_alone() -> None:
    assert things_held(INVENTORY) == ["seed jar", "thermometer", "soap", "metal pot"]
    assert things_held("In your inventory, you see:\n\tan orange") == []
