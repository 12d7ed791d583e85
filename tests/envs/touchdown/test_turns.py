"""Walking by turns: VELMA's rules, on crossings made by hand."""

from __future__ import annotations

import pytest

from envs.touchdown.landmarks.base import Landmark
from envs.touchdown.moves import NOWHERE, State
from envs.touchdown.routes import CITY, MAP2SEQ, TOUCHDOWN, Route
from envs.touchdown.turns import TurnMoves
from tests.envs.touchdown.streets import crossing, grid


def arrive(headings: tuple[int, ...], heading: int, from_: int) -> dict[str, tuple[int, int]]:
    """Options on arrival at a crossing, as (pano, heading)."""
    options = TurnMoves(crossing(*headings)).options(State(0, heading, from_))
    return {action: state[:2] for action, state in options.items()}


def test_a_street_is_followed_round_its_bends() -> None:
    moves = TurnMoves(crossing(80, 180))
    options = moves.options(State(0, 0))
    assert options == {"forward": State(1, 80, 0), "turn_around": State(0, 180)}
    assert moves.options(State(0, 180)) == {
        "forward": State(2, 180, 0),
        "turn_around": State(0, 80),
    }


def test_both_ways_of_a_street_can_be_taken_from_between() -> None:
    options = TurnMoves(crossing(90, 270)).options(State(0, 0))
    assert options == {"forward": State(1, 90, 0), "turn_around": State(0, 270)}


def test_the_heading_is_that_of_the_way_taken() -> None:
    graph = crossing(80, 180)
    state = TurnMoves(graph).options(State(2, 0))["forward"]
    assert state == State(0, 0), "not snapped to 80, and on a street no matter from where"


def test_a_side_street_on_the_right() -> None:
    # Ways: on (2), right (3), back (1).  Left is the leftmost way, which is straight on.
    assert arrive((180, 0, 90), 0, 1) == {
        "forward": (2, 0),
        "left": (0, 0),
        "right": (0, 90),
        "turn_around": (0, 180),
    }


def test_a_t_junction_has_the_closer_arm_for_forward() -> None:
    assert arrive((180, 280, 85), 0, 1) == {
        "forward": (2, 280),
        "left": (0, 280),
        "right": (0, 85),
        "turn_around": (0, 180),
    }


def test_of_equally_close_arms_the_smaller_heading_is_forward() -> None:
    assert arrive((180, 270, 90), 0, 1)["forward"] == (3, 90)


def test_the_middle_way_is_forward_even_if_another_is_closer() -> None:
    # Ways at -80, -30 and 10 degrees: the middle one is forward although 10 is closer.
    options = arrive((180, 280, 330, 10), 0, 1)
    assert options["forward"] == (3, 330)
    assert options["left"] == (0, 280)
    assert options["right"] == (0, 10)


def test_the_way_at_the_very_heading_is_forward_before_the_middle() -> None:
    # Ways at -80, -30 and 0 degrees.
    options = arrive((180, 280, 330, 0), 0, 1)
    assert options["forward"] == (4, 0)
    assert options["left"] == (0, 280), "left and right are still counted from the middle way"
    assert options["right"] == (0, 0)


def test_of_two_middle_ways_the_closer_is_forward() -> None:
    # Five ways; without the one back at -100, -20, 30 and 80 degrees.
    options = arrive((180, 260, 340, 30, 80), 0, 1)
    assert options["forward"] == (3, 340)
    assert options["left"] == (0, 260)
    assert options["right"] == (0, 30)


def test_left_and_right_go_round_past_half_a_turn() -> None:
    # Four ways, the one back at 170: of -60, 20 and 60 the middle is 20.
    options = arrive((170, 300, 20, 60), 0, 1)
    assert options["forward"] == (3, 20)
    assert options["left"] == (0, 300)
    assert options["right"] == (0, 60)


def test_after_rotating_the_heading_is_forward_and_the_way_back_counts() -> None:
    options = TurnMoves(crossing(180, 0, 90, 270)).options(State(0, 90))
    assert options == {
        "forward": State(3, 90, 0),
        "left": State(0, 0),
        "right": State(0, 180),
        "turn_around": State(0, 270),
    }


def test_turning_around_takes_the_way_closest_to_behind() -> None:
    assert arrive((200, 0, 90), 0, 1)["turn_around"] == (0, 200)
    assert arrive((120, 0, 90), 0, 1)["turn_around"] == (0, 120)


def test_a_dead_end_lets_nobody_on_until_turned_around() -> None:
    moves = TurnMoves(crossing(0, 180))
    arrived = moves.options(State(0, 0))["forward"]
    assert arrived == State(1, 0, 0)
    assert moves.options(arrived) == {"turn_around": State(1, 180)}
    assert moves.lines(arrived, ()) == ["The street ends here."]
    assert moves.options(State(1, 180))["forward"] == State(0, 180)
    assert moves.options(State(1, 90))["forward"] == State(0, 180), "as a start"


def test_arriving_by_a_way_without_a_way_back() -> None:
    # VELMA has no rule: all ways are open.
    options = arrive((0, 90, 270), 0, NOWHERE + 9)
    assert options["forward"] == (1, 0)
    assert options["left"] == (0, 270)
    assert options["right"] == (0, 90)


@pytest.mark.parametrize(
    ("source", "heading", "state"),
    [
        (TOUCHDOWN, None, State(1, 350)),
        (MAP2SEQ, 170.0, State(0, 170)),
        (CITY, 170.0, State(1, 170)),
    ],
)
def test_starts(source: str, heading: float | None, state: State) -> None:
    graph = crossing(350, 170) if source != TOUCHDOWN else crossing(170, 350)
    route = Route("t/1", (1, 0, 2), "Go on.", heading, source)
    assert TurnMoves(graph).start(route) == state


def test_touchdown_starts_face_the_way_closest_to_north() -> None:
    graph = crossing(200, 20, 100)
    assert TurnMoves(graph).start(Route("t/1", (0, 1), "Go.", None, TOUCHDOWN)) == State(0, 20)
    graph = crossing(200, 350, 100)
    assert TurnMoves(graph).start(Route("t/1", (0, 1), "Go.", None, TOUCHDOWN)) == State(0, 350)


@pytest.mark.parametrize(
    ("headings", "target", "action"),
    [
        ((180, 0, 90), 2, "forward"),
        ((180, 0, 90), 3, "right"),
        ((180, 0, 90), 1, "turn_around"),
        ((180, 280, 85), 2, "left"),  # forward would do, but people call it left
        ((180, 330, 90), 2, "forward"),
        ((180, 280, 330, 0), 2, "left"),
        ((180, 270, 0, 90), 3, "forward"),
        ((180, 0), 2, "forward"),
        ((180, 0), 1, "turn_around"),
    ],
)
def test_gold(headings: tuple[int, ...], target: int, action: str) -> None:
    before = 1 if len(headings) > 2 else NOWHERE
    assert TurnMoves(crossing(*headings)).gold(State(0, 0, before), target) == action


@pytest.mark.parametrize("start", range(8))
@pytest.mark.parametrize("before", [NOWHERE, 1])
def test_gold_leaves_by_every_way_of_a_star(start: int, before: int) -> None:
    headings = (180, 200, 250, 300, 5, 40, 95, 140)
    moves = TurnMoves(crossing(*headings))
    for target in range(1, 9):
        state = State(0, headings[start], before)
        for _ in range(9):
            state = moves.options(state)[moves.gold(state, target)]
            if state.pano:
                break
        assert state.pano == target


def test_gold_refuses_where_no_way_leads() -> None:
    with pytest.raises(ValueError, match="no way leads from panorama 1 to 2"):
        TurnMoves(crossing(0, 180)).gold(State(1, 0), 2)


def test_lines_tell_of_crossings_on_arrival_and_of_what_is_in_sight() -> None:
    moves = TurnMoves(crossing(180, 0, 90))
    landmarks = [
        Landmark("a bus stop", 350.0),
        Landmark("Joe's (bar)", 270.0),
        Landmark("a bank", 30.0),
        Landmark("Cup (cafe)", 95.0),
        Landmark("Moe's (bar)", 275.0),
        Landmark("a school", 170.0),
    ]
    assert moves.lines(State(0, 0, 1), landmarks) == [
        "There is a 3-way intersection.",
        "Streets lead straight ahead and to the right.",
        "On your left: Joe's (bar), Moe's (bar).",
        "Ahead: a bus stop.",
        "Slightly right: a bank.",
        "On your right: Cup (cafe).",
    ]
    assert moves.lines(State(0, 90), landmarks[:1]) == [
        "Streets lead to the left, straight ahead and to the right.",
        "On your left: a bus stop.",
    ]


def test_lines_tell_how_a_street_goes_on() -> None:
    graph = grid()
    moves = TurnMoves(graph)
    assert moves.lines(State(graph.index["r1c0"], 0), ()) == ["The street goes on straight ahead."]
    corner = State(graph.index["r8c0"], 0)
    assert moves.lines(corner, ()) == ["The street goes on to the right."]
