"""Small street graphs made by hand."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

from envs.touchdown.graph import Link, Node, StreetGraph
from envs.touchdown.landmarks.base import Landmark


class Signs:
    """Landmarks that stand where a test puts them: pano -> landmarks."""

    name = "signs"
    fingerprint = "signs"

    def __init__(self, signs: Mapping[int, Sequence[Landmark]]) -> None:
        self.signs = signs

    def visible(self, pano: int, heading: float) -> Sequence[Landmark]:
        return self.signs.get(pano, ())

    def for_instruction(self, instruction: str) -> Signs:
        return self


def crossing(*headings: int) -> StreetGraph:
    """A panorama, 0, with ways at these headings to 1, 2, ...; all ways lead both ways."""
    nodes = [Node("center", 0, 40.0, -74.0)]
    links = []
    for number, heading in enumerate(headings, start=1):
        radians = math.radians(heading)
        lat, lng = 40 + math.cos(radians) / 10_000, -74 + math.sin(radians) / 10_000
        nodes.append(Node(f"end{number}", 0, lat, lng))
        links.append(Link("center", heading, f"end{number}"))
        links.append(Link(f"end{number}", (heading + 180) % 360, "center"))
    return StreetGraph.from_parts(nodes, links)


def grid(rows: int = 3, columns: int = 3, block: int = 4) -> StreetGraph:
    """Streets to the north and east that cross every ``block`` panoramas; ids as ``r4c0``."""
    height, width = (rows - 1) * block + 1, (columns - 1) * block + 1
    places = [
        (row, column)
        for row in range(height)
        for column in range(width)
        if row % block == 0 or column % block == 0
    ]
    nodes = [Node(f"r{r}c{c}", 0, 40 + r / 10_000, -74 + c / 10_000) for r, c in places]
    links = [
        Link(f"r{r}c{c}", heading, f"r{r + up}c{c + right}")
        for r, c in places
        for heading, up, right in ((0, 1, 0), (90, 0, 1), (180, -1, 0), (270, 0, -1))
        if (r + up, c + right) in places
    ]
    return StreetGraph.from_parts(nodes, links)


def write_graph(graph: StreetGraph, folder: Path) -> None:
    """Write ``nodes.txt`` and ``links.txt``."""
    folder.mkdir(parents=True, exist_ok=True)
    places = zip(graph.ids, graph.yaws, graph.positions.tolist(), strict=True)
    nodes = [f"{id_},{yaw},{lat},{lng}\n" for id_, yaw, (lat, lng) in places]
    links = [
        f"{graph.ids[pano]},{heading},{graph.ids[target]}\n"
        for pano, edges in enumerate(graph.edges)
        for heading, target in edges
    ]
    (folder / "nodes.txt").write_text("".join(nodes))
    (folder / "links.txt").write_text("".join(links))
