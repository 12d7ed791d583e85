"""Walking by directions: one action for each panorama next to this one, each with a name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envs.touchdown.landmarks.base import Landmark
from envs.touchdown.landmarks.none import NoLandmarks
from envs.touchdown.moves import State
from envs.touchdown.neighbor import NeighborMoves
from envs.touchdown.routes import MAP2SEQ, TOUCHDOWN, Route
from envs.touchdown.wording import TOWARDS, sector
from tests.envs.touchdown.streets import Signs, crossing


def names(*headings: int, signs: list[Landmark] | None = None) -> dict[str, int]:
    """Action -> the pano that it leads to, facing north at a crossing."""
    landmarks = Signs({0: signs or []})
    return {
        action: state.pano
        for action, state in NeighborMoves(crossing(*headings), landmarks)
        .options(State(0, 0))
        .items()
    }


def test_eight_directions() -> None:
    assert names(*range(0, 360, 45)) == {
        phrase: number for number, phrase in enumerate(TOWARDS, start=1)
    }
    assert names(359, 46, 91, 136, 181, 226, 271, 316) == names(*range(0, 360, 45))


@pytest.mark.parametrize(
    ("turn", "number"),
    [(0, 0), (22, 0), (22.5, 1), (67.5, 2), (180, 4), (337, 7), (337.5, 0), (-1, 0)],
)
def test_sectors_have_45_degrees(turn: float, number: int) -> None:
    assert sector(turn) == number
    assert sector(turn + 360) == number


def test_the_straightest_comes_first() -> None:
    assert list(names(180, 95, 320)) == ["slightly to the left", "to the right", "back"]


def test_moving_faces_the_way_taken() -> None:
    moves = NeighborMoves(crossing(80, 180), NoLandmarks())
    assert moves.options(State(0, 0))["to the right"] == State(1, 80)


def test_two_ways_in_one_direction_are_told_apart_by_side() -> None:
    assert names(80, 100, 0) == {
        "straight ahead": 3,
        "to the right, more to the left": 1,
        "to the right, more to the right": 2,
    }
    assert names(10, 350) == {
        "straight ahead, more to the left": 2,
        "straight ahead, more to the right": 1,
    }


def test_landmarks_tell_ways_apart_first() -> None:
    signs = [Landmark("a bus stop", 102.0), Landmark("a bank", 60.0)]
    assert names(80, 100, signs=signs) == {
        "to the right towards a bank": 1,
        "to the right towards a bus stop": 2,
    }


def test_a_landmark_names_one_way_alone() -> None:
    signs = [Landmark("a bus stop", 99.0), Landmark("a bus stop", 81.0), Landmark("a bank", 200.0)]
    assert names(80, 100, signs=signs) == {
        "to the right towards a bus stop": 1,
        "to the right, more to the right": 2,
    }


@pytest.mark.parametrize("count", [3, 4, 9])
def test_any_number_of_ways_has_names(count: int) -> None:
    headings = range(75, 75 + 3 * count, 3)
    found = names(*headings)
    assert sorted(found.values()) == list(range(1, count + 1))
    if count == 3:
        assert list(found) == [
            "to the right, on the left",
            "to the right, in the middle",
            "to the right, on the right",
        ]


@given(
    headings=st.lists(st.integers(0, 359), min_size=1, max_size=9, unique=True),
    heading=st.integers(0, 359),
    signs=st.lists(
        st.builds(Landmark, st.sampled_from(["a bank", "a bus stop", "Joe's"]), st.floats(0, 359)),
        max_size=6,
    ),
)
def test_every_way_has_a_name_of_its_own(
    headings: list[int], heading: int, signs: list[Landmark]
) -> None:
    moves = NeighborMoves(crossing(*headings), Signs({0: signs}))
    options = moves.options(State(0, heading))
    assert sorted(state.pano for state in options.values()) == list(range(1, len(headings) + 1))
    for action, state in options.items():
        assert action.startswith(TOWARDS[sector(state.heading - heading)])
        assert moves.gold(State(0, heading), state.pano) == action


def test_gold_refuses_where_no_way_leads() -> None:
    with pytest.raises(ValueError, match="no way leads from panorama 1 to 2"):
        NeighborMoves(crossing(0, 180), NoLandmarks()).gold(State(1, 0), 2)


def test_starts_are_not_moved_on() -> None:
    moves = NeighborMoves(crossing(170, 350), NoLandmarks())
    assert moves.start(Route("t/1", (1, 0, 2), "Go.", 350.0, MAP2SEQ)) == State(1, 350)
    assert moves.start(Route("t/1", (0, 2), "Go.", None, TOUCHDOWN)) == State(0, 350)


def test_lines_tell_streets_and_landmarks_of_each_direction() -> None:
    landmarks = [
        Landmark("a bus stop", 350.0),
        Landmark("Joe's (bar)", 180.0),
        Landmark("a bus stop", 10.0),
        Landmark("a bank", 90.0),
    ]
    moves = NeighborMoves(crossing(180, 0, 270, 280), Signs({}))
    assert moves.lines(State(0, 0), landmarks) == [
        "There is a 4-way intersection.",
        "Streets lead straight ahead, back and to the left.",
        "Straight ahead: a bus stop.",
        "To the right: a bank.",
        "Back: Joe's (bar).",
    ]
    assert moves.lines(State(1, 0), []) == ["A street leads straight ahead."]
