"""The street graph: reading, refusing, distances."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from envs.errors import UserError
from envs.touchdown.graph import Link, Node, StreetGraph
from envs.touchdown.hops import UNREACHABLE
from envs.touchdown.polygon import inside, read_polygon

NODES = ["a,10,40.0,-74.0", "b,20,40.0001,-74.0", "c,30,40.0002,-74.0"]
LINKS = ["a,0,b", "b,180,a", "b,0,c", "c,90,a"]
SQUARE = ((-74.1, 40.00005), (-73.9, 40.00005), (-73.9, 41.0), (-74.1, 41.0))


def write(
    folder: Path, nodes: list[str] | None = None, links: list[str] | None = None, area: str = ""
) -> Path:
    (folder / "nodes.txt").write_text("\n".join(NODES if nodes is None else nodes) + "\n")
    (folder / "links.txt").write_text("\n".join(LINKS if links is None else links) + "\n")
    if area:
        (folder / "unseen_area.txt").write_text(area)
    return folder


def parts(nodes: list[str], links: list[str]) -> tuple[list[Node], list[Link]]:
    made = [each.split(",") for each in nodes]
    ways = [each.split(",") for each in links]
    return (
        [Node(a, int(yaw), float(lat), float(lng)) for a, yaw, lat, lng in made],
        [Link(a, int(heading), b) for a, heading, b in ways],
    )


def test_reads_panoramas_and_ways(tmp_path: Path) -> None:
    graph = StreetGraph.load(write(tmp_path, links=["c,90,a", "b,180,a", "a,0,b", "b,0,c"]))
    assert graph.ids == ("a", "b", "c")
    assert graph.index == {"a": 0, "b": 1, "c": 2}
    assert graph.yaws == (10, 20, 30)
    assert graph.edges == (((0, 1),), ((0, 2), (180, 0)), ((90, 0),))
    assert graph.predecessors == ((1, 2), (0,), (1,))
    assert np.array_equal(graph.positions[1], (40.0001, -74.0))
    assert len(graph) == 3
    assert graph.area(0) is None


def test_made_and_read_are_alike(tmp_path: Path) -> None:
    read = StreetGraph.load(write(tmp_path))
    made = StreetGraph.from_parts(*parts(NODES, LINKS))
    assert made.fingerprint == read.fingerprint
    assert made.edges == read.edges
    changed = StreetGraph.from_parts(*parts(NODES, [*LINKS, "c,180,b"]))
    assert changed.fingerprint != read.fingerprint


def test_areas_from_the_fifth_column_or_the_polygon(tmp_path: Path) -> None:
    polygon = f"bounding_box = {[list(each) for each in SQUARE]}\n\ninstances_train 6770\n"
    graph = StreetGraph.load(write(tmp_path, area=polygon))
    assert [graph.area(pano) for pano in range(3)] == ["seen", "unseen", "unseen"]
    labelled = [
        f"{row},{area}" for row, area in zip(NODES, ("unseen", "seen", "seen"), strict=True)
    ]
    graph = StreetGraph.load(write(tmp_path, nodes=labelled, area=polygon))
    assert [graph.area(pano) for pano in range(3)] == ["unseen", "seen", "seen"]


def test_distances_follow_the_directions() -> None:
    graph = StreetGraph.from_parts(*parts(NODES, LINKS))
    assert graph.distances_to(2).tolist() == [2, 1, 0]
    assert graph.distances_to(0).tolist() == [0, 1, 1]
    assert StreetGraph.from_parts(
        *parts([*NODES[:2], "c,0,1,1"], [*LINKS[:2], "c,0,a"])
    ).distances_to(2).tolist() == [UNREACHABLE, UNREACHABLE, 0]


@pytest.mark.parametrize(
    ("nodes", "links", "said"),
    [
        ([*NODES, "d,1"], LINKS, r"nodes.txt, line 4: 'd,1' is no row id,yaw,lat,lng"),
        ([*NODES, "d,north,1,2"], LINKS, r"nodes.txt, line 4: 'd,north,1,2' is no row"),
        ([*NODES, "d,360,1,2"], LINKS, r"nodes.txt, line 4: yaw 360"),
        ([*NODES, ",0,1,2"], LINKS, r"nodes.txt, line 4: .* id ''"),
        ([*NODES, "d,0,91,2"], LINKS, r"nodes.txt, line 4: 91.0, 2.0 is no latitude"),
        ([*NODES, "d,0,nan,2"], LINKS, r"nodes.txt, line 4: nan, 2.0 is no latitude"),
        ([*NODES, "d,0,1,2,here"], LINKS, r"nodes.txt, line 4: 'here' is neither seen nor unseen"),
        ([*NODES, "d,0,1,2,seen,5"], LINKS, r"nodes.txt, line 4: 'seen,5' is neither"),
        ([*NODES, "a,0,1,2"], LINKS, r"nodes.txt, line 4: panorama a is there twice"),
        ([], LINKS, r"nodes.txt"),
        (NODES, [*LINKS, ""], r"links.txt, line 5: '' is no row id,heading,id"),
        (NODES, [*LINKS, "c,1.5,a"], r"links.txt, line 5: 'c,1.5,a' is no row"),
        (NODES, [*LINKS, "c,-1,a"], r"links.txt, line 5: heading -1"),
        (NODES, [*LINKS, "c,0,x"], r"links.txt, line 5: panorama x is not in nodes.txt"),
        (NODES, [*LINKS, "c,0,c"], r"links.txt, line 5: c leads to itself"),
        (NODES, LINKS[:-1], r"links.txt: no way leads out of c"),
        (NODES, [*LINKS, "b,0,a"], r"links.txt, line 5: b has two ways at 0 degrees"),
    ],
)
def test_malformed_rows_are_named(
    tmp_path: Path, nodes: list[str], links: list[str], said: str
) -> None:
    with pytest.raises(UserError, match=said):
        StreetGraph.load(write(tmp_path, nodes, links))


def test_missing_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"nodes.txt is missing; a street graph is a folder with"):
        StreetGraph.load(tmp_path)
    write(tmp_path)
    (tmp_path / "links.txt").write_bytes(b"\xff\xfe")
    with pytest.raises(UserError, match=r"links.txt is unreadable"):
        StreetGraph.load(tmp_path)


def test_points_in_a_polygon() -> None:
    corners = ((0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (2.0, 1.0), (0.0, 4.0))  # a notch at the top
    points = [(1, 1), (2, 0.5), (2, 2), (3, 2), (5, 1), (-1, 1), (1, 5)]
    assert inside(points, corners).tolist() == [True, True, False, True, False, False, False]


@pytest.mark.parametrize("text", ["", "box = [[1,2],[3", "box = [[1,2],[3,4]]", "[[1],[2],[3]]"])
def test_a_bad_polygon_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "unseen_area.txt"
    file.write_text(text)
    with pytest.raises(UserError, match="polygon"):
        read_polygon(file)
