from __future__ import annotations

import math
from collections import Counter, defaultdict

from envs.touchdown.city.city import City, make_city
from envs.touchdown.city.kinds import KINDS, PARK, SIGNALS
from envs.touchdown.city.places import FIRST_ID, SIGHT
from envs.touchdown.graph import UNSEEN
from envs.touchdown.landmarks.osm import OsmLandmarks
from envs.touchdown.landmarks.types import kind
from tests.envs.touchdown.cities import graph_of, metres, turn


def names_by_area(city: City) -> dict[str | None, set[str]]:
    graph = graph_of(city)
    names: dict[str | None, set[str]] = defaultdict(set)
    for sighting in city.surroundings.sightings:
        names[graph.area(sighting.pano)].add(city.surroundings.places[sighting.place].name)
    return names


def test_places_are_where_they_are_seen() -> None:
    city = make_city(0)
    graph = graph_of(city)
    for pano, towards, distance, place in city.surroundings.sightings:
        poi = city.pois[place]
        if PARK in poi.tags.values():
            continue  # its position is its middle, and its edge is seen
        east, north = metres(graph, pano, poi.lat, poi.lng)
        assert abs(math.hypot(east, north) - distance) < 0.5
        assert distance <= SIGHT
        assert distance < 4 or abs(turn(towards, math.degrees(math.atan2(east, north)))) < 4


def test_most_panoramas_see_something_and_none_too_much() -> None:
    city = make_city(0)
    seen = Counter(sighting.pano for sighting in city.surroundings.sightings)
    assert 0.8 < len(seen) / len(city.nodes) < 0.95
    assert 1.7 < sum(seen.values()) / len(city.nodes) < 3
    assert max(seen.values()) <= 12, "more than an observation shows"


def test_there_are_chains_and_unnamed_places_to_mix_up() -> None:
    places = make_city(0).surroundings.places
    names = Counter(place.name for place in places if place.name)
    chains = {name for kind in KINDS.values() for name in kind.chains}
    assert {name for name, count in names.items() if count > 1} <= chains
    assert len([name for name in chains if names[name] >= 3]) >= 12
    unnamed = Counter(place.kind for place in places if not place.name)
    assert {"bus_stop", "cafe", SIGNALS} <= set(unnamed)
    assert 0.25 < sum(unnamed.values()) / len(places) < 0.5


def test_the_held_out_district_has_names_of_its_own() -> None:
    names = names_by_area(make_city(0))
    seen, unseen = names["seen"], names[UNSEEN]
    assert 0.6 < len(unseen - seen) / len(unseen) < 0.95, "chains are everywhere, others are not"
    words = {word for name in seen for word in name.split()}
    new = [name for name in unseen - seen if not set(name.split()) <= words]
    assert len(new) > 0.4 * len(unseen), "also made of words that training does not have"


def test_kinds_are_called_as_observations_call_them() -> None:
    for value, each in KINDS.items():
        tags = {each.key: value, "name": "Hope Church"}
        assert kind(tags) == each.nouns[0]


def test_landmarks_read_the_rows() -> None:
    city = make_city(0)
    landmarks = OsmLandmarks.from_parts(city.pois, city.sightings, graph_of(city).index)
    park = next(s for s in city.surroundings.sightings if s.place == 0)
    assert any(
        landmark.phrase in ("a park", f"{city.surroundings.places[0].name}")
        or "(park)" in landmark.phrase
        for landmark in landmarks.visible(park.pano, 0)
    )
    assert [poi.id for poi in city.pois] == [str(FIRST_ID + n) for n in range(len(city.pois))]
