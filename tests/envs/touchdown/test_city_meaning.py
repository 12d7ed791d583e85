"""What moves can mean, on streets and with places made by hand.

The streets are a grid with crossings at every fourth panorama, r0c0, r0c4, ...; the walks begin at
r4c1 and lead east along the second row: past crossings at c4, c8 and c12 to its end at c16.
"""

from __future__ import annotations

import pytest

from envs.touchdown.city.meaning import Move, Note, Past, Sight, Stop, Through, Turn, denoted
from envs.touchdown.city.places import Place, Sighting
from envs.touchdown.city.walks import Walks
from tests.envs.touchdown.streets import grid

GRAPH = grid(rows=4, columns=5)
PLACES = (
    ("r4c3", 180, "cafe", "Blue Cup"),  # on the right
    ("r4c6", 0, "cafe", "Red Cup"),  # on the left
    ("r4c10", 180, "cafe", "Blue Cup"),
    ("r4c11", 0, "fast_food", "Burgers"),
    ("r4c8", 45, "bank", ""),  # far left, at a crossing
    ("r4c4", 135, "bank", ""),  # far right
    ("r4c8", 90, "traffic_signals", ""),
    ("r6c8", 90, "bar", "The Bar"),
)


def walks() -> Walks:
    places = [Place(kind, name) for _, _, kind, name in PLACES]
    sightings = []
    for number, (id_, bearing, kind, _) in enumerate(PLACES):
        distance = 5.0 if kind == "traffic_signals" else 11.0
        sightings.append(Sighting(GRAPH.index[id_], bearing, distance, number))
    return Walks(GRAPH.edges, places, sightings)


def goals(*moves: Move) -> set[str]:
    """Where the moves can lead."""
    found = denoted(walks(), GRAPH.index["r4c1"], GRAPH.index["r4c2"], moves)
    return {GRAPH.ids[panos[-1]] for panos in found}


def step(count: int = 1) -> Stop:
    return Stop("steps", count=count)


NORTH = {"r5c4", "r5c8", "r5c12"}
BANK, CAFE = Sight("", "bank"), Sight("", "cafe")


@pytest.mark.parametrize(
    ("turn", "expected"),
    [
        (Turn("left", "intersection", 1), {"r5c4"}),
        (Turn("right", "intersection", 2), {"r3c8"}),
        (Turn("left", "light", 1), {"r5c8"}),
        (Turn("left", "light", 2), set()),
        (Turn("left", "4-way", 3), {"r5c12"}),
        (Turn("left", "3-way", 1), {"r5c16"}),
        (Turn("right", "end", 1), {"r3c16"}),
        (Turn("left", "left", 3), {"r5c12"}),
        (Turn("left", "intersection", 0, (Note("corner", BANK),)), {"r5c4", "r5c8"}),
        (Turn("left", "light", 0, (Note("corner", BANK),)), {"r5c8"}),
        (Turn("left", "intersection", 0, (Note("corner", Sight("", "bank", "left")),)), {"r5c8"}),
        (Turn("left", "intersection", 0, (Note("corner", Sight("", "bank", "near left")),)), set()),
        (
            Turn("left", "intersection", 0, (Note("corner", Sight("", "bank", "far right")),)),
            {"r5c4"},
        ),
        (Turn("left", "intersection", 2, (Note("along", CAFE),)), {"r5c8"}),
        (Turn("left", "intersection", 1, (Note("along", Sight("", "cafe", "left")),)), set()),
        (Turn("left", "intersection", 1, (Note("start", Sight("Blue Cup", "")),)), {"r5c4"}),
        (Turn("left", "intersection", 1, (Note("start", Sight("Red Cup", "")),)), set()),
    ],
)
def test_turns(turn: Turn, expected: set[str]) -> None:
    assert goals(turn, step()) == expected


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ([Through(1, "intersection")], {"r5c8"}),
        ([Through(1, "light")], {"r5c12"}),
        ([Through(2, "intersection")], {"r5c12"}),
        ([Through(4, "light")], set()),
        ([Past(Sight("Red Cup", ""))], {"r5c8"}),
        ([Past(Sight("Blue Cup", ""))], {"r5c4", "r5c12"}),
        ([Past(Sight("", "cafe", "left"))], {"r5c8"}),
        ([Past(CAFE)], NORTH),
        ([Past(Sight("", "cafe", nth=2))], {"r5c8"}),
        ([Past(Sight("", "cafe", "right", nth=2))], {"r5c12"}),
        ([Past(Sight("", "restaurant"))], {"r5c12"}),
        ([Past(Sight("Red Cup", "bank"))], set()),
        ([Through(1, "intersection"), Past(Sight("Blue Cup", ""))], {"r5c12"}),
    ],
)
def test_what_comes_before_a_turn(before: list[Move], expected: set[str]) -> None:
    assert goals(*before, Turn("left", "intersection", 1), step()) == expected


@pytest.mark.parametrize(
    ("stop", "expected"),
    [
        (step(3), {"r4c4"}),
        (Stop("beside", Sight("Red Cup", "")), {"r4c6"}),
        (Stop("beside", Sight("Blue Cup", "")), {"r4c3", "r4c10"}),
        (Stop("beside", Sight("", "cafe", nth=3)), {"r4c10"}),
        (Stop("beside", Sight("", "cafe", "left")), {"r4c6"}),
        (Stop("past", Sight("Red Cup", "")), {"r4c7"}),
        (Stop("before", Sight("Red Cup", "")), {"r4c5"}),
        (Stop("in", junction="light", nth=1), {"r4c8"}),
        (Stop("short", junction="intersection", nth=2), {"r4c7"}),
        (Stop("over", junction="intersection", nth=2), {"r4c9"}),
        (Stop("beside", CAFE, notes=(Note("just before", Sight("Burgers", "")),)), {"r4c10"}),
        (Stop("beside", CAFE, notes=(Note("beyond", Sight("Blue Cup", "")),)), {"r4c3", "r4c6"}),
        (Stop("past", CAFE, notes=(Note("just past", Sight("Red Cup", "")),)), {"r4c7"}),
        (Stop("past", CAFE, notes=(Note("opposite", Sight("", "restaurant")),)), {"r4c11"}),
        (Stop("beside", CAFE, notes=(Note("soon"),)), {"r4c3"}),
    ],
)
def test_stops(stop: Stop, expected: set[str]) -> None:
    assert goals(stop) == expected


def test_a_turn_leads_into_the_other_street() -> None:
    left = Turn("left", "light", 1)
    assert goals(left, Stop("beside", Sight("The Bar", "", "right"))) == {"r6c8"}
    assert goals(left, Stop("beside", Sight("The Bar", "", "left"))) == set()
    right = Turn("right", "intersection", 1)
    assert goals(left, Through(1, "intersection"), step()) == {"r9c8"}
    assert goals(left, right, step(2)) == {"r8c10"}


def test_a_place_beside_the_start_may_be_counted_or_not() -> None:
    """One who stands in front of the first cafe may or may not call the next one the first."""
    start, onwards = GRAPH.index["r4c3"], GRAPH.index["r4c4"]
    first = Stop("beside", Sight("", "cafe", nth=1))
    found = denoted(walks(), start, onwards, [Through(1, "intersection"), first])
    assert {GRAPH.ids[panos[-1]] for panos in found} == {"r4c6"}
    found = denoted(walks(), start, onwards, [Past(Sight("", "cafe", nth=1)), step()])
    assert len(found) > 1


def test_routes_begin_at_the_start_and_follow_the_streets() -> None:
    (route,) = denoted(
        walks(),
        GRAPH.index["r4c1"],
        GRAPH.index["r4c2"],
        [Turn("right", "intersection", 1), step(2)],
    )
    assert [GRAPH.ids[pano] for pano in route] == ["r4c1", "r4c2", "r4c3", "r4c4", "r3c4", "r2c4"]
