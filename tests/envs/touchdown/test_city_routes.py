from __future__ import annotations

import hashlib
import math
import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envs.touchdown.city.city import GENERATOR_VERSION, WORDS, City, ToldRoute, make_city
from envs.touchdown.city.meaning import Move, Past, Sight, Stop, Through, Turn, denoted
from envs.touchdown.city.paths import LONGEST, SHORTEST
from envs.touchdown.city.splits import SPLITS
from envs.touchdown.graph import SEEN, UNSEEN, StreetGraph
from envs.touchdown.landmarks.none import NoLandmarks
from envs.touchdown.moves import Moves
from envs.touchdown.neighbor import NeighborMoves
from envs.touchdown.routes import CITY, Route
from envs.touchdown.turns import TurnMoves
from tests.envs.touchdown.cities import (
    distances,
    graph_of,
    heading_to,
    metres,
    straight_on,
    turn,
    turns_of,
)

SEEDS = st.integers(0, 2**32)
TURNED = re.compile(
    r"\b(?:turn|go|take|make|hang)(?: an?| the| your)?"
    r"(?: (?:first|second|third|fourth|next|1st|2nd|3rd|4th))?(?: possible)?"
    r"(?: (?:street|road) (?:on|to) the)? (left|right)\b(?! (?:after|before|past|by|at the edge))",
    re.IGNORECASE,
)


def sights(moves: tuple[Move, ...]) -> list[Sight]:
    found = [note.sight for move in moves for note in move.notes]
    found += [move.sight for move in moves if isinstance(move, Past | Stop)]
    found += [move.other for move in moves if isinstance(move, Stop)]
    return [sight for sight in found if sight]


@settings(max_examples=6)
@given(SEEDS, st.sampled_from(["dev", "dev_unseen"]))
def test_every_instruction_describes_its_route_and_no_other(seed: int, split: str) -> None:
    city = make_city(seed)
    routes = city.routes(split)
    assert len(routes) == SPLITS[split]
    for route in routes:
        found = denoted(city.walks, route.panos[0], route.panos[1], route.moves)
        assert found == {route.panos}, route.instruction


def test_every_training_instruction_too() -> None:
    city = make_city(0)
    for split, count in SPLITS.items():
        routes = city.routes(split)
        assert len({(route.panos[0], route.panos[-1]) for route in routes}) == count
        for route in routes:
            found = denoted(city.walks, route.panos[0], route.panos[1], route.moves)
            assert found == {route.panos}, route.instruction


@settings(max_examples=4)
@given(SEEDS, st.sampled_from(["dev", "dev_unseen"]))
def test_routes_are_shortest_ways_within_their_district(seed: int, split: str) -> None:
    city = make_city(seed)
    graph = graph_of(city)
    for route in city.routes(split):
        panos = route.panos
        assert SHORTEST <= len(panos) <= LONGEST
        assert distances(graph, panos[0])[panos[-1]] == len(panos) - 1
        assert 1 <= len(turns_of(graph, panos)) <= 4
        assert {graph.area(pano) for pano in panos} == {
            UNSEEN if split.endswith("unseen") else SEEN
        }
        assert dict(graph.edges[panos[0]])[route.heading] == panos[1]
        assert len(graph.edges[panos[0]]) == 2, "where to go at first is beyond doubt"


@settings(max_examples=4)
@given(SEEDS)
def test_words_say_the_turns_of_the_route(seed: int) -> None:
    """Read off the text alone, with names taken out, against the streets alone."""
    city = make_city(seed)
    graph = graph_of(city)
    names = sorted({place.name for place in city.surroundings.places if place.name}, key=len)
    for route in city.routes("dev"):
        text = route.instruction
        for name in reversed(names):
            text = text.replace(name.removeprefix("The "), "Name")
        sides = [side for _, side in turns_of(graph, route.panos)]
        assert TURNED.findall(text) == sides, route.instruction


@settings(max_examples=4)
@given(SEEDS)
def test_instructions_are_of_the_stated_length_and_printable(seed: int) -> None:
    city = make_city(seed)
    ids = set(city.streets.ids)
    for route in city.routes("dev_unseen"):
        text = route.instruction
        assert WORDS[0] <= len(text.split()) <= WORDS[1]
        assert 2 <= text.count(". ") + text.endswith(".") <= 4, text
        assert re.fullmatch(r"[ -~]+", text)
        assert not re.search(r"  | ,|,,|\{|\[|\|| \.|\ba [aeiou](?!u)|\ban [^aeiouA]", text), text
        assert not ids & set(text.split())
        for sight in sights(route.moves):
            assert (sight.name.removeprefix("The ") or sight.noun) in text


def naive_walk(graph: StreetGraph, lights: set[int], route: ToldRoute) -> tuple[int, ...] | None:
    """Where someone ends who does as told and knows no landmarks; None if some are needed."""

    def counts(kind: str, before: int, pano: int) -> bool:
        if len(graph.edges[pano]) < 3:
            return False
        if kind in ("left", "right"):
            return side_way(before, pano, kind) is not None
        onwards = straight_on(graph, before, pano)
        return {
            "intersection": True,
            "light": pano in lights,
            "3-way": len(graph.edges[pano]) == 3,
            "4-way": len(graph.edges[pano]) == 4,
            "end": onwards is None,
        }[kind]

    def side_way(before: int, pano: int, side: str) -> int | None:
        heading = next(to for to, each in graph.edges[before] if each == pano)
        for to, each in graph.edges[pano]:
            angle = turn(heading, to)
            if 45 <= abs(angle) <= 135 and (angle > 0) == (side == "right"):
                return each
        return None

    walked = [route.panos[0]]
    ahead: int | None = route.panos[1]

    def walk() -> None:
        nonlocal ahead
        assert ahead is not None
        walked.append(ahead)
        ahead = straight_on(graph, walked[-2], walked[-1])

    for move in route.moves:
        if isinstance(move, Past) or (isinstance(move, Turn) and not move.nth):
            return None
        if isinstance(move, Stop) and move.sight:
            return None
        if isinstance(move, Stop) and move.how == "steps":
            for _ in range(move.count):
                walk()
            return tuple(walked)
        left = move.count if isinstance(move, Through) else move.nth
        while left:
            walk()
            left -= counts(move.junction, walked[-2], walked[-1])
        if isinstance(move, Turn):
            ahead = side_way(walked[-2], walked[-1], move.side)
        if isinstance(move, Stop):
            if move.how == "over":
                walk()
            return tuple(walked[:-1] if move.how == "short" else walked)
    raise AssertionError("no stop")


def test_who_counts_as_told_arrives() -> None:
    """A walker who knows the streets alone, for the instructions that need no landmarks."""
    city = make_city(0)
    graph = graph_of(city)
    lights = {
        sighting.pano
        for sighting in city.surroundings.sightings
        if city.surroundings.places[sighting.place].kind == "traffic_signals"
    }
    followed = 0
    for route in city.routes("train"):
        walked = naive_walk(graph, lights, route)
        assert walked in (None, route.panos), route.instruction
        followed += walked is not None
    assert followed > 50


@settings(max_examples=4)
@given(SEEDS)
def test_landmarks_stand_where_the_words_say(seed: int) -> None:
    """Measured from the coordinates in the files, for all named places by which one stops."""
    city = make_city(seed)
    graph = graph_of(city)
    parks = {place.name for place in city.surroundings.places if place.kind == "park"}
    checked = 0
    for route in city.routes("dev_unseen"):
        stop = route.moves[-1]
        assert isinstance(stop, Stop)
        off = {"before": -1, "beside": 0, "past": 1}.get(stop.how)
        if off is None or not (stop.sight and stop.sight.name) or stop.sight.name in parks:
            continue
        panos = list(route.panos)
        for _ in range(3):
            onwards = straight_on(graph, panos[-2], panos[-1])
            panos += [] if onwards is None else [onwards]
        place = panos[len(route.panos) - 1 - off]
        found = []
        for poi in city.pois:
            if poi.tags.get("name") == stop.sight.name:
                away = [math.hypot(*metres(graph, pano, poi.lat, poi.lng)) for pano in panos]
                east, north = metres(graph, place, poi.lat, poi.lng)
                k = panos.index(place)
                onwards = heading_to(graph, panos[k], panos[k + 1])
                angle = turn(onwards, math.degrees(math.atan2(east, north)))
                side = "right" if angle > 0 else "left"
                nearest = away[k] < min(away) + 1.6
                found.append(nearest and stop.sight.side in ("", side))
        assert any(found), route.instruction
        checked += 1
    assert checked > 50


def test_other_words_mean_other_routes() -> None:
    """Turning to the other side, or one intersection later, leads somewhere else or nowhere."""
    city = make_city(0)
    changed = 0
    for route in city.routes("dev"):
        for k, move in enumerate(route.moves):
            others: list[Move] = []
            if isinstance(move, Turn):
                others.append(replace(move, side={"left": "right", "right": "left"}[move.side]))
                after = route.moves[k - 1] if k else None
                if move.nth and not isinstance(after, Past):  # whether that counts may be open
                    others.append(replace(move, nth=move.nth + 1))
            if isinstance(move, Through):
                others.append(replace(move, count=move.count + 1))
            for other in others:
                moves = [*route.moves[:k], other, *route.moves[k + 1 :]]
                found = denoted(city.walks, route.panos[0], route.panos[1], moves)
                assert route.panos not in found, route.instruction
                changed += 1
    assert changed > 500


@pytest.mark.parametrize("actions", ["turns", "neighbor"])
@pytest.mark.parametrize("split", ["dev", "test_unseen"])
def test_the_gold_actions_walk_the_route_in_time(actions: str, split: str) -> None:
    city = make_city(0)
    graph = graph_of(city)
    moves: Moves = TurnMoves(graph) if actions == "turns" else NeighborMoves(graph, NoLandmarks())
    for told in city.routes(split):
        route = Route("dev/0", told.panos, told.instruction, told.heading, CITY)
        state = moves.start(route)
        walked, done = [state.pano], 1  # the stop
        while len(walked) < len(told.panos):
            state = moves.options(state)[moves.gold(state, told.panos[len(walked)])]
            done += 1
            if state.pano != walked[-1]:
                walked.append(state.pano)
        assert tuple(walked) == told.panos
        assert done <= 55


def test_no_two_splits_begin_at_the_same_place() -> None:
    city = make_city(0)
    starts = {split: {route.panos[0] for route in city.routes(split)} for split in SPLITS}
    numbers = [route.number for split in SPLITS for route in city.routes(split)]
    assert sorted(numbers) == list(range(sum(SPLITS.values())))
    for one in SPLITS:
        for other in SPLITS:
            assert one == other or not starts[one] & starts[other]


def test_a_split_is_the_same_whatever_was_asked_for_before() -> None:
    first, second = City(5), City(5)
    first.routes("test")
    assert first.routes("dev") == second.routes("dev")
    assert City(6).routes("dev") != second.routes("dev")


def test_words_are_known_by_heart() -> None:
    """So that no change of the generator goes unnoticed: raise GENERATOR_VERSION when it does."""
    routes = make_city(0).routes("dev")
    digest = hashlib.sha256("\n".join(route.instruction for route in routes).encode())
    assert (GENERATOR_VERSION, digest.hexdigest()[:16]) == (1, "b96b8ea86983fdd3")


def test_unknown_splits_are_refused() -> None:
    with pytest.raises(KeyError):
        make_city(0).routes("valid")
