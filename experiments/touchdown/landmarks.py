"""What OpenStreetMap's places tell of the streets: coverage, speed, and names in instructions.

    python -m experiments.touchdown.landmarks GRAPH ROUTES...

GRAPH is the folder of the street graph with its places, ROUTES are files of routes. For each of
these: how many names of places stand in its instructions, and how many of them belong to a place
that is visible on the instruction's own route, and on the route of another instruction.
"""

from __future__ import annotations

import random
import re
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

from envs.touchdown.graph import StreetGraph
from envs.touchdown.landmarks.base import plain
from envs.touchdown.landmarks.osm import OsmLandmarks, read_pois
from envs.touchdown.routes import Route, read_routes
from experiments.command import argument_parser, in_one_sentence

Words = tuple[str, ...]

SPEED_ROUNDS = 10
"""How often all panoramas are asked for to measure the speed."""


@in_one_sentence
def main(arguments: Sequence[str] | None = None) -> int:
    """Print what was counted and measured; returns the exit code."""
    parser = argument_parser(__doc__)
    parser.add_argument("graph", metavar="GRAPH", type=Path)
    parser.add_argument("routes", metavar="ROUTES", type=Path, nargs="*")
    options = parser.parse_args(arguments)
    started = time.process_time()
    graph = StreetGraph.load(options.graph)
    loaded = time.process_time()
    landmarks = OsmLandmarks.load(options.graph, graph.index)
    places = time.process_time()
    _say(f"seconds of one core to load: graph {loaded - started:.2f}, places {places - loaded:.2f}")
    _say(coverage(landmarks, len(graph)))
    _say(f"visible() calls per second: {_speed(landmarks, len(graph)):,.0f}")
    names = names_by_phrase(options.graph)
    for file in options.routes:
        _say(f"{file.stem}: {matches(read_routes(file, graph), landmarks, names)}")
    return 0


def coverage(landmarks: OsmLandmarks, panos: int) -> str:
    """How much is seen, in a line."""
    counts = [len(landmarks.visible(pano, 0.0)) for pano in range(panos)]
    seeing = sum(map(bool, counts)) / panos
    return (
        f"{panos:,} panoramas: {seeing:.1%} see a place, {sum(counts) / panos:.2f} places on "
        f"average, {max(counts)} at most"
    )


def names_by_phrase(graph: Path) -> dict[str, Words]:
    """What a place is called in observations -> the words of its name, of places with names."""
    found = {poi.phrase: words(poi.tags.get("name", "")) for poi in read_pois(graph)}
    return {phrase: name for phrase, name in found.items() if name}


def words(text: str) -> Words:
    """The words of a text in lower case."""
    return tuple(re.findall(r"[a-z0-9]+(?:'[a-z]+)?", plain(text).lower()))


def mentioned(instruction: str, names: frozenset[Words]) -> set[Words]:
    """The names that stand in an instruction, without those that are a part of another one."""
    text = words(instruction)
    longest = max(map(len, names), default=0)
    found = {
        span
        for start in range(len(text))
        for end in range(start + 1, min(start + longest, len(text)) + 1)
        if (span := text[start:end]) in names
    }
    return {name for name in found if not any(_inside(name, other) for other in found)}


def matches(
    routes: Sequence[Route], landmarks: OsmLandmarks, names: dict[str, Words], seed: int = 0
) -> str:
    """How many names are visible on their own route and on another, in a line."""
    known = frozenset(names.values())
    asked = [mentioned(route.instruction, known) for route in routes]
    seen = [_names_along(route, landmarks, names) for route in routes]
    others = list(seen)
    random.Random(seed).shuffle(others)
    total = sum(map(len, asked))
    own, other = (
        sum(len(a & b) for a, b in zip(asked, side, strict=True)) / max(total, 1)
        for side in (seen, others)
    )
    return (
        f"{len(routes):,} instructions with {total:,} names of places; {own:.1%} are visible on "
        f"their own route, {other:.1%} on another"
    )


def _names_along(route: Route, landmarks: OsmLandmarks, names: dict[str, Words]) -> set[Words]:
    seen = chain.from_iterable(landmarks.visible(pano, 0.0) for pano in route.panos)
    return {names[landmark.phrase] for landmark in seen if landmark.phrase in names}


def _inside(name: Words, other: Words) -> bool:
    spans: Iterator[Words] = (other[at : at + len(name)] for at in range(len(other)))
    return name != other and name in spans


def _speed(landmarks: OsmLandmarks, panos: int) -> float:
    started = time.process_time()
    for _ in range(SPEED_ROUNDS):
        for pano in range(panos):
            landmarks.visible(pano, 0.0)
    return SPEED_ROUNDS * panos / max(time.process_time() - started, 1e-9)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
