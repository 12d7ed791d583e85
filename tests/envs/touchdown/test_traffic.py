"""Which way traffic flows, as the panoramas say it."""

from __future__ import annotations

from pathlib import Path

from envs.touchdown.graph import Link, Node, StreetGraph
from envs.touchdown.moves import State, heading_to
from envs.touchdown.routes import read_routes
from envs.touchdown.traffic import Traffic
from tests.envs.touchdown.walking import make


def corner(*ends: tuple[int, int]) -> StreetGraph:
    """A panorama, 0, with ways at some headings to panoramas with some yaws."""
    nodes = [Node("center", 0, 40.0, -74.0)]
    nodes += [Node(f"end{at}", yaw, 40.0 + at, -74.0) for at, (_, yaw) in enumerate(ends, start=1)]
    links = [Link("center", heading, f"end{at}") for at, (heading, _) in enumerate(ends, start=1)]
    back = [Link(f"end{at}", (way + 180) % 360, "center") for at, (way, _) in enumerate(ends, 1)]
    return StreetGraph.from_parts(nodes, links + back)


def test_ways_are_with_the_traffic_if_the_car_drove_along_them() -> None:
    traffic = Traffic(corner((0, 350), (90, 270), (180, 0), (270, 300)))
    assert traffic.lines(State(0, 0)) == ["Traffic flows to the left and straight ahead."]
    assert traffic.lines(State(0, 180)) == ["Traffic flows to the right and back."]
    assert traffic.lines(State(1, 0)) == [], "the car came from where the only way leads"


def test_a_street_that_is_crossed_by_the_car_has_no_traffic_of_its_own() -> None:
    assert Traffic(corner((0, 90), (180, 90))).lines(State(0, 0)) == []


def test_an_environment_says_it_if_asked_to(data: Path) -> None:
    walked = {"turns": ("forward", "turn_around"), "neighbor": ("straight ahead", "back")}
    for actions, (ahead, back) in walked.items():
        silent, telling = (make(data, actions=actions, traffic=each) for each in (False, True))
        first, _ = silent.reset(options={"task_id": "dev/north"})
        told, _ = telling.reset(options={"task_id": "dev/north"})
        assert told == f"{first}\nTraffic flows straight ahead."
        assert telling.version == f"{silent.version}-traffic"
        assert telling.step(ahead)[0].endswith("\nTraffic flows straight ahead.")
        assert telling.step(back)[0].endswith("\nTraffic flows back.")


def test_routes_of_touchdown_begin_with_the_traffic(manhattan_data: Path) -> None:
    graph = StreetGraph.load(manhattan_data / "graph")
    routes = read_routes(manhattan_data / "routes" / "touchdown_recovered.json", graph)
    traffic = Traffic(graph)
    begins = [
        traffic.along(heading_to(graph, start, second), second)
        for start, second in (route.panos[:2] for route in routes)
    ]
    assert sum(begins) > 0.9 * len(begins) == 0.9 * 219
