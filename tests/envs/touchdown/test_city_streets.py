from __future__ import annotations

import math
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envs.touchdown.city.city import make_city
from envs.touchdown.city.streets import make_streets
from envs.touchdown.graph import SEEN, UNSEEN
from tests.envs.touchdown.cities import distances, graph_of, heading_to, metres, turn


def test_all_kinds_of_crossings_and_bends_occur() -> None:
    graph = graph_of(make_city(0))
    ways = Counter(len(edges) for edges in graph.edges)
    assert set(ways) == {2, 3, 4}
    assert ways[3] > 40
    assert ways[4] > 40
    bends = [
        edges
        for edges in graph.edges
        if len(edges) == 2 and abs(turn(edges[0][0], edges[1][0])) < 135
    ]
    assert 4 <= len(bends) < 30


@settings(max_examples=10)
@given(st.integers(0, 2**32))
def test_every_panorama_can_be_reached_from_everywhere(seed: int) -> None:
    graph = graph_of(make_city(seed))
    assert len(distances(graph, 0)) == len(graph)
    for pano, edges in enumerate(graph.edges):
        for heading, other in edges:
            assert abs(turn(heading_to(graph, other, pano), heading)) == 180
    assert [graph.area(pano) == UNSEEN for pano in range(len(graph))] == list(
        make_streets(seed).held_out
    )
    areas = Counter(graph.area(pano) for pano in range(len(graph)))
    assert 0.2 < areas[UNSEEN] / len(graph) < 0.45
    assert set(areas) == {SEEN, UNSEEN}


def test_panoramas_are_ten_metres_apart_and_headings_lead_there() -> None:
    graph = graph_of(make_city(0))
    for pano, edges in enumerate(graph.edges):
        for heading, other in edges:
            east, north = metres(graph, pano, *graph.positions[other])
            assert 7 < math.hypot(east, north) < 13
            assert abs(turn(heading, math.degrees(math.atan2(east, north)))) < 2.5


def test_a_seed_makes_one_city_and_other_seeds_others() -> None:
    make_city.cache_clear()
    first = graph_of(make_city(3)).fingerprint
    make_city.cache_clear()
    assert graph_of(make_city(3)).fingerprint == first
    assert graph_of(make_city(4)).fingerprint != first


@pytest.mark.parametrize("seed", [0, 1])
def test_graph_is_what_the_walks_are_over(seed: int) -> None:
    city = make_city(seed)
    assert graph_of(city).edges == city.walks.ways
