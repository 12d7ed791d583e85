from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from envs.errors import UserError
from envs.touchdown.landmarks.base import Landmark, Landmarks, plain
from envs.touchdown.landmarks.osm import MOST, PANO_POIS, POIS, OsmLandmarks, Poi, Sighting
from envs.touchdown.landmarks.types import kind, with_article

INDEX = {"a": 0, "b": 1}
POIS_TXT = """\
1,40.1,-73.9,{"shop": "bakery", "name": "Black Seed Bagel"}
2,40.1,-73.9,{"highway": "bus_stop"}
3,40.1,-73.9,{"name": "Caf\\u00e9 A, B", "amenity": "cafe"}
"""
PANO_POIS_TXT = """\
a,360,20.5,1
a,90,3.0,2
b,10,1.0,3
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / POIS).write_text(POIS_TXT)
    (tmp_path / PANO_POIS).write_text(PANO_POIS_TXT)
    return tmp_path


@pytest.fixture(scope="session")
def street_graph() -> Path:
    """Folder of the real graph, as ``unpack`` of the supplied data makes it."""
    data = Path(os.environ.get("LFM_TEST_DATA") or Path.home() / ".cache" / "lfm-data")
    graph = data / "touchdown" / "graph"
    if not (graph / POIS).is_file():
        pytest.skip(f"no street graph with points of interest in {graph} (set LFM_TEST_DATA)")
    return graph


def test_nearest_first_with_names_kinds_and_bearings(folder: Path) -> None:
    source: Landmarks = OsmLandmarks.load(folder, INDEX)
    assert source.visible(0, 123.0) == (
        Landmark("a bus stop", 90.0),
        Landmark("Black Seed Bagel (bakery)", 0.0),
    )
    assert source.visible(1, 0.0) == (Landmark("Cafe A, B", 10.0),)
    assert source.for_instruction("whatever") is source


def test_parts_and_files_give_the_same(folder: Path) -> None:
    pois = [
        Poi("1", 40.1, -73.9, {"shop": "bakery", "name": "Black Seed Bagel"}),
        Poi("2", 40.1, -73.9, {"highway": "bus_stop"}),
        Poi("3", 40.1, -73.9, {"name": "Café A, B", "amenity": "cafe"}),
    ]
    sightings = [
        Sighting("a", 360, 20.5, "1"),
        Sighting("a", 90, 3.0, "2"),
        Sighting("b", 10, 1.0, "3"),
    ]
    made, read = OsmLandmarks.from_parts(pois, sightings, INDEX), OsmLandmarks.load(folder, INDEX)
    assert [made.visible(pano, 0) for pano in (0, 1)] == [read.visible(pano, 0) for pano in (0, 1)]
    assert made.fingerprint == read.fingerprint
    assert OsmLandmarks.from_parts(pois, sightings[:2], INDEX).fingerprint != read.fingerprint


def test_at_most_so_many_and_each_once() -> None:
    pois = [Poi(str(n), 0.0, 0.0, {"amenity": "bar", "name": f"Bar {n}"}) for n in range(30)]
    sightings = [Sighting("a", 1.0, 50.0 - n, str(n)) for n in range(30)]
    seen = OsmLandmarks.from_parts(pois, [*sightings, *sightings], INDEX).visible(0, 0)
    assert [landmark.phrase for landmark in seen] == [f"Bar {n}" for n in range(29, 29 - MOST, -1)]


def test_no_points_of_interest_are_no_error(tmp_path: Path) -> None:
    (tmp_path / POIS).touch()
    (tmp_path / PANO_POIS).touch()
    assert OsmLandmarks.load(tmp_path, INDEX).visible(1, 0) == ()


@pytest.mark.parametrize(
    ("file", "text", "says"),
    [
        (POIS, "1,40.1,-73.9\n", "pois.txt, line 1: is no row id,lat,lng"),
        (POIS, '1,x,-73.9,{"shop": "bakery"}\n', "pois.txt, line 1: is no row"),
        (POIS, "1,40.1,-73.9,{shop}\n", "pois.txt, line 1: is no row"),
        (POIS, '1,40.1,-73.9,["shop"]\n', "tags are no JSON object"),
        (POIS, '1,40.1,-73.9,{"name": 3}\n', "tags are no JSON object"),
        (PANO_POIS, "a,360,20.5,1\na,90,3.0\n", "pano_pois.txt, line 2: 'a,90,3.0' is no row"),
        (PANO_POIS, "a,361,20.5,1\n", "line 1: bearing 361"),
        (PANO_POIS, "a,90,nan,1\n", "line 1: bearing 90 or distance nan"),
        (PANO_POIS, "a,90,1,1\nz,90,1,1\n", "line 2: unknown panorama z"),
        (PANO_POIS, "a,90,1,9\n", "line 1: unknown place 9"),
    ],
)
def test_bad_rows_are_named(folder: Path, file: str, text: str, says: str) -> None:
    (folder / file).write_text(text)
    with pytest.raises(UserError, match=re.escape(says)):
        OsmLandmarks.load(folder, INDEX)


def test_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"pois\.txt is missing; choose landmarks=none"):
        OsmLandmarks.load(tmp_path, INDEX)


@pytest.mark.parametrize(
    ("tags", "called"),
    [
        ({"highway": "traffic_signals"}, "a traffic light"),
        ({"amenity": "atm"}, "an ATM"),
        ({"amenity": "university"}, "a university"),
        ({"amenity": "restaurant", "cuisine": "italian;pizza"}, "an Italian restaurant"),
        ({"amenity": "fast_food", "cuisine": "burger"}, "a burger place"),
        ({"amenity": "fast_food"}, "a fast food restaurant"),
        ({"amenity": "cafe", "cuisine": "coffee_shop"}, "a coffee shop"),
        ({"leisure": "pitch", "sport": "basketball"}, "a basketball court"),
        ({"leisure": "pitch", "sport": "soccer"}, "a soccer field"),
        ({"shop": "herbalist"}, "a herbalist shop"),
        ({"shop": "deli"}, "a deli"),
        ({"shop": "yes"}, "a shop"),
        ({"amenity": "pharmacy", "shop": "chemist"}, "a pharmacy"),
        ({"tourism": "yes", "amenity": "bar"}, "a bar"),
        ({}, "a place"),
    ],
)
def test_kinds_in_everyday_words(tags: Mapping[str, str], called: str) -> None:
    assert with_article(kind(tags)) == called
    assert Poi("1", 0.0, 0.0, tags).phrase == called


@pytest.mark.parametrize(
    ("name", "value", "phrase"),
    [
        ("Grace Church", "place_of_worship", "Grace Church"),
        ("St. Mark's", "place_of_worship", "St. Mark's (church)"),
        (
            "The Stanton Street Shul",
            "place_of_worship",
            "The Stanton Street Shul (place of worship)",
        ),
        ("  Chase\nBank ", "bank", "Chase Bank"),
        ("Chase", "bank", "Chase (bank)"),
    ],
)
def test_names_say_the_kind_once(name: str, value: str, phrase: str) -> None:
    assert Poi("1", 0.0, 0.0, {"name": name, "amenity": value}).phrase == phrase


def test_plain_text_is_printable_ascii_on_one_line() -> None:
    assert plain("Antonín  Dvořák\u2019s\n\u2013\tCafé 90°\x00") == "Antonin Dvorak's - Cafe 90"


def test_real_points_of_interest_match_the_published_counts(street_graph: Path) -> None:
    """80.4 % of the panoramas see something, on average 2.49 places (rows: 73,851 of 29,641)."""
    rows = (street_graph / "nodes.txt").read_text().splitlines()
    index = {row.partition(",")[0]: number for number, row in enumerate(rows)}
    source = OsmLandmarks.load(street_graph, index)
    seen = [source.visible(pano, 0.0) for pano in range(len(index))]
    assert sum(map(bool, seen)) == 23_831
    assert 2.45 < sum(map(len, seen)) / len(seen) <= 73_851 / 29_641
    assert all(landmark.phrase.isascii() for landmarks in seen for landmark in landmarks)
    assert all(landmark.phrase.isprintable() for landmarks in seen for landmark in landmarks)
    assert all(0 <= landmark.bearing < 360 for landmarks in seen for landmark in landmarks)
