"""What tests read off a made-up city's rows, without the code that made it."""

from __future__ import annotations

import math
from functools import lru_cache

from envs.touchdown.city.city import City
from envs.touchdown.graph import Link, Node, StreetGraph


@lru_cache(maxsize=4)
def graph_of(city: City) -> StreetGraph:
    """The street graph, from the rows of the files."""
    return StreetGraph.from_parts(
        [Node(*row) for row in city.nodes],
        [Link(*row) for row in city.links],
        city.streets.unseen_area,
    )


def metres(graph: StreetGraph, pano: int, lat: float, lng: float) -> tuple[float, float]:
    """How far east and north of a panorama something is."""
    here_lat, here_lng = graph.positions[pano]
    shrunk = math.cos(math.radians(here_lat))
    return (lng - here_lng) * 111_320 * shrunk, (lat - here_lat) * 111_320


def heading_to(graph: StreetGraph, pano: int, target: int) -> int:
    """Heading of the way from one panorama to the next."""
    return next(heading for heading, each in graph.edges[pano] if each == target)


def turn(heading: float, towards: float) -> float:
    """Degrees to the right, or below 0 to the left."""
    return (towards - heading + 180) % 360 - 180


def straight_on(graph: StreetGraph, before: int, pano: int) -> int | None:
    """The next panorama of those who do not turn."""
    heading = heading_to(graph, before, pano)
    out = [(abs(turn(heading, to)), each) for to, each in graph.edges[pano] if each != before]
    if len(graph.edges[pano]) == 2:
        return out[0][1]
    return min(out)[1] if min(out)[0] < 45 else None


def distances(graph: StreetGraph, start: int) -> dict[int, int]:
    """Steps from a panorama to every other."""
    found = {start: 0}
    reached = [start]
    for pano in reached:
        for _, other in graph.edges[pano]:
            if other not in found:
                found[other] = found[pano] + 1
                reached.append(other)
    return found


def turns_of(graph: StreetGraph, panos: tuple[int, ...]) -> list[tuple[int, str]]:
    """Where a route turns at intersections, as numbers of its panoramas, and to which side."""
    found = []
    for k, (before, here, after) in enumerate(
        zip(panos, panos[1:], panos[2:], strict=False), start=1
    ):
        if len(graph.edges[here]) > 2 and after != straight_on(graph, before, here):
            angle = turn(heading_to(graph, before, here), heading_to(graph, here, after))
            found.append((k, "right" if angle > 0 else "left"))
    return found
