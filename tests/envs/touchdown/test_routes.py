"""Route files: three formats, and what is said of bad ones; the official splits."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from envs.errors import UserError
from envs.touchdown import official
from envs.touchdown.graph import StreetGraph
from envs.touchdown.official import graph_folder, read_split
from envs.touchdown.routes import CITY, MAP2SEQ, TOUCHDOWN, Route, read_routes
from envs.touchdown.splits import OFFICIAL, Split
from tests.envs.touchdown.streets import grid

GRAPH = grid()
PANOS = ["r0c0", "r1c0", "r2c0"]
NUMBERS = tuple(GRAPH.index[each] for each in PANOS)
TOUCHDOWN_ROW = {
    "route_id": 7,
    "navigation_text": "Go on.",
    "route_panoids": PANOS,
    "start_heading": 0.0,
}
MAP2SEQ_ROW = {
    "id": 1,
    "instructions_id": 9,
    "navigation_text": "Go on to the caf\u00e9.",
    "route_panoids": PANOS,
    "start_heading": 12,
}
RELEASE_ROW = {
    "instructions_id": "9",
    "instructions": "Go on.",
    "route": {"pano_path": PANOS, "osm_path": [], "initial_heading": 360},
}
DATA = {
    "touchdown_recovered.json": (219, TOUCHDOWN),
    "touchdown_unseen_dev_part.json": (400, TOUCHDOWN),
    "map2seq_unseen_dev.json": (800, MAP2SEQ),
    "map2seq_seen_area.json": (1907, MAP2SEQ),
}


def write(folder: Path, *rows: object, name: str = "dev.json") -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return file


def test_touchdown_rows_have_no_start_heading(tmp_path: Path) -> None:
    assert read_routes(write(tmp_path, TOUCHDOWN_ROW), GRAPH) == (
        Route("dev/7", NUMBERS, "Go on.", None, TOUCHDOWN),
    )


def test_rows_of_a_made_up_city_have_one(tmp_path: Path) -> None:
    row = {**TOUCHDOWN_ROW, "source": "city", "start_heading": 181}
    assert read_routes(write(tmp_path, row), GRAPH) == (
        Route("dev/7", NUMBERS, "Go on.", 181, CITY),
    )


def test_touchdown_rows_that_name_their_source_have_one_too(tmp_path: Path) -> None:
    row = {**TOUCHDOWN_ROW, "source": "touchdown", "start_heading": 90}
    assert read_routes(write(tmp_path, row), GRAPH) == (
        Route("dev/7", NUMBERS, "Go on.", 90, TOUCHDOWN),
    )


def test_map2seq_rows_are_named_by_their_instructions(tmp_path: Path) -> None:
    with_id = write(tmp_path, MAP2SEQ_ROW)
    route = Route("dev/9", NUMBERS, "Go on to the cafe.", 12, MAP2SEQ)
    assert read_routes(with_id, GRAPH) == (route,)
    without = write(tmp_path, {key: MAP2SEQ_ROW[key] for key in MAP2SEQ_ROW if key != "id"})
    assert read_routes(without, GRAPH) == (route,)


def test_map2seq_as_released_is_an_array(tmp_path: Path) -> None:
    file = tmp_path / "val.json"
    file.write_text(json.dumps([RELEASE_ROW], indent=1))
    assert read_routes(file, GRAPH) == (Route("val/9", NUMBERS, "Go on.", 0.0, MAP2SEQ),)


def test_the_label_can_be_given(tmp_path: Path) -> None:
    assert read_routes(write(tmp_path, TOUCHDOWN_ROW), GRAPH, "x")[0].task_id == "x/7"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"route_id": None}, "line 2: field route_id is missing; it needs a text"),
        ({"route_id": True}, "line 2: field route_id is True"),
        ({"navigation_text": " "}, "line 2: field navigation_text is ' '; it needs a text"),
        ({"navigation_text": 3.5}, "line 2: field navigation_text is 3.5"),
        ({"route_panoids": ["r0c0"]}, "line 2: field route_panoids is .*at least two"),
        ({"route_panoids": "r0c0"}, "line 2: field route_panoids is 'r0c0'"),
        ({"route_panoids": ["r0c0", "x"]}, "line 2: field route_panoids: panorama 'x' is not in"),
        ({"route_panoids": ["r0c0", 3]}, "line 2: field route_panoids: panorama 3 is not in"),
        ({"source": "city", "start_heading": "5"}, "line 2: field start_heading is '5'"),
        ({"source": "city", "start_heading": 361}, "line 2: field start_heading is 361"),
        ({"source": "city", "start_heading": float("nan")}, "line 2: field start_heading is nan"),
        ({"source": "boston"}, "line 2: field source is 'boston'; it needs touchdown or city"),
        ({}, "line 2: 7 is there twice; remove one row"),
    ],
)
def test_bad_fields_are_named(tmp_path: Path, changed: dict[str, Any], said: str) -> None:
    file = write(tmp_path, TOUCHDOWN_ROW, {**TOUCHDOWN_ROW, **changed})
    with pytest.raises(UserError, match=said):
        read_routes(file, GRAPH)


def test_bad_fields_inside_a_field_are_named(tmp_path: Path) -> None:
    file = write(tmp_path, {**RELEASE_ROW, "route": {"pano_path": PANOS}})
    with pytest.raises(UserError, match="line 1: field route: field initial_heading is missing"):
        read_routes(file, GRAPH)
    file = write(tmp_path, {**RELEASE_ROW, "route": PANOS})
    with pytest.raises(UserError, match=r"line 1: field route is .* it needs an object"):
        read_routes(file, GRAPH)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "has no routes"),
        ("{\n", "line 1: no JSON"),
        ("7\n", "line 1: 7 is no JSON object"),
        ('{"a": 1}\n', "line 1: no field route_id, instructions_id or route"),
        ("[{]", "is no JSON array"),
        ("[7]", "entry 1: 7 is no JSON object"),
    ],
)
def test_bad_files_are_named(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "dev.json"
    file.write_text(text)
    with pytest.raises(UserError, match=f"dev.json.*{said}"):
        read_routes(file, GRAPH)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"cannot read .*none\.json"):
        read_routes(tmp_path / "none.json", GRAPH)


@pytest.mark.parametrize(
    ("scenario", "place"),
    [
        ("touchdown", "touchdown/data"),
        ("touchdown", "touchdown_seen/data"),
        ("touchdown", "data"),
        ("map2seq", "map2seq_seen/data"),
        ("map2seq_unseen", "map2seq_unseen/data"),
    ],
)
def test_official_splits_are_found_and_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scenario: str, place: str
) -> None:
    file = write(tmp_path / place, TOUCHDOWN_ROW)
    count = OFFICIAL[scenario]["dev"].counts[0]
    with pytest.raises(UserError, match=rf"has 1 routes, and dev of {scenario} {count:,}; get"):
        read_split(tmp_path, scenario, "dev", GRAPH)
    monkeypatch.setattr(official, "OFFICIAL", {scenario: {"dev": Split("dev.json", (2, 1))}})
    assert read_split(tmp_path, scenario, "dev", GRAPH) == read_routes(file, GRAPH)


def test_touchdowns_own_layout_holds_no_other_scenario(tmp_path: Path) -> None:
    write(tmp_path / "data", TOUCHDOWN_ROW)
    with pytest.raises(UserError, match=r"no .*map2seq/data/dev.json or .*map2seq_seen/data"):
        read_split(tmp_path, "map2seq", "dev", GRAPH)


def test_unknown_scenarios_and_splits_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="choose one of touchdown, touchdown_unseen, map2seq, map2"):
        read_split(tmp_path, "td", "dev", GRAPH)
    with pytest.raises(UserError, match="not in map2seq; choose one of train, dev, test"):
        read_split(tmp_path, "map2seq", "val", GRAPH)


def test_counts_are_those_published() -> None:
    counts = {
        name: [split.counts[0] for split in splits.values()] for name, splits in OFFICIAL.items()
    }
    assert sum(counts["touchdown"]) == 9326
    assert sum(counts["map2seq"]) == 7672
    assert sum(counts["map2seq_unseen"]) + 335 == 7672
    assert sum(counts["touchdown_unseen"]) + 248 in (9325, 9326)


def test_where_a_graph_is(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no street graph there; it needs graph/nodes.txt"):
        graph_folder(tmp_path, "map2seq")
    for place in ("map2seq_seen/graph", "map2seq/graph", ".", "graph"):
        write(tmp_path / place, name="nodes.txt")
        assert graph_folder(tmp_path, "map2seq") == tmp_path / place


@pytest.mark.parametrize("name", DATA)
def test_the_supplied_routes(manhattan_data: Path, manhattan: StreetGraph, name: str) -> None:
    routes = read_routes(manhattan_data / "routes" / name, manhattan)
    count, source = DATA[name]
    assert len(routes) == count
    assert {route.source for route in routes} == {source}
    assert all(route.instruction.isascii() and route.instruction.isprintable() for route in routes)
    ways = [{target for _, target in edges} for edges in manhattan.edges]
    for route in routes:
        assert all(after in ways[pano] for pano, after in pairwise(route.panos))
        assert not any(
            each in route.task_id for each in map(manhattan.ids.__getitem__, route.panos)
        )
