"""What counts as a turn: one action on the spot, or several moves that come to a right angle."""

from __future__ import annotations

import pytest

from policies.turning import angle_of, side_of, turns


@pytest.mark.parametrize(
    ("action", "angle"),
    [
        ("left", -90),
        ("right", 90),
        ("to the left", -90),
        ("to your left", -90),
        ("slightly to your right", 45),
        ("behind you, slightly to your left", -135),
        ("to the left towards a bank", -90),
        ("forward", 0),
        ("turn_around", 0),
        ("back", 0),
        ("slightly to the right", 45),
        ("back to the left", -135),
        ("left or right", 0),
    ],
)
def test_how_far_an_action_turns(action: str, angle: int) -> None:
    assert angle_of(action) == angle
    assert side_of(action) == ("" if not angle else "left" if angle < 0 else "right")


@pytest.mark.parametrize(
    ("actions", "found"),
    [
        (["forward", "left", "left", "forward", "right"], [(2, "left"), (4, "right")]),
        (["left", "right", "right"], [(0, "left"), (2, "right")]),
        (["straight ahead", "to the left", "to the left"], [(1, "left"), (2, "left")]),
        (["back to the left", "slightly to the right"], [(0, "left")]),
        (["slightly to the left", "back to the right"], [(1, "right")]),
        (["slightly to the right", "straight ahead", "slightly to the right"], [(2, "right")]),
        (["slightly to the left", "to the right", "slightly to the left"], []),
        (["slightly to the left", *["straight ahead"] * 2, "slightly to the left"], []),
    ],
)
def test_directions_add_up_to_turns(actions: list[str], found: list[tuple[int, str]]) -> None:
    assert [*turns(actions)] == found
