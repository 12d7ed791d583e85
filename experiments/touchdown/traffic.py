"""How far routes go with the traffic, as the panoramas say it, and what their instructions say.

    python -m experiments.touchdown.traffic GRAPH ROUTES...

GRAPH is the folder of the street graph, ROUTES are files of routes. For each of these: how many
ways of its routes, and how many of the first ones, go with the traffic
(:mod:`envs.touchdown.traffic`); and how many of the first ones where the instruction says to begin
with it, or against it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from envs.touchdown.graph import StreetGraph
from envs.touchdown.moves import heading_to
from envs.touchdown.routes import Route, read_routes
from envs.touchdown.traffic import Traffic
from experiments.command import argument_parser, in_one_sentence

_FIRST = re.compile(r"[^.!?]*")
_AGAINST = re.compile(r"\b(?:against|opposite)\b.*\btraffic\b", re.IGNORECASE)
_WITH = re.compile(
    r"\b(?:with|follow|same direction (?:as|of)|in (?:the )?direction of|along)\b"
    r"(?:\W+\w+){0,4}?\W+traffic\b(?! light)",
    re.IGNORECASE,
)


@in_one_sentence
def main(arguments: Sequence[str] | None = None) -> int:
    """Print what was counted; returns the exit code."""
    parser = argument_parser(__doc__)
    parser.add_argument("graph", metavar="GRAPH", type=Path)
    parser.add_argument("routes", metavar="ROUTES", type=Path, nargs="+")
    options = parser.parse_args(arguments)
    graph = StreetGraph.load(options.graph)
    for file in options.routes:
        sys.stdout.write(f"{file.stem}: {count(graph, read_routes(file, graph))}\n")
    return 0


def count(graph: StreetGraph, routes: Sequence[Route]) -> str:
    """What was counted, in a line."""
    traffic = Traffic(graph)
    along = [
        [traffic.along(heading_to(graph, one, two), two) for one, two in pairwise(route.panos)]
        for route in routes
    ]
    told = [said(route.instruction) for route in routes]
    first = [ways[0] for ways in along]
    return (
        f"with the traffic go {_part([each for ways in along for each in ways])} ways, of the "
        f"first {_part(first)}; {_part(_where(first, told, 'with'))} where that is said, "
        f"{_part(_where(first, told, 'against'))} where it is said to go against it"
    )


def said(instruction: str) -> str:
    """What the first sentence says of the traffic: ``with``, ``against`` or nothing."""
    found = _FIRST.match(instruction.strip())
    sentence = found[0] if found else ""
    if _AGAINST.search(sentence):
        return "against"
    return "with" if _WITH.search(sentence) else ""


def _where(first: Sequence[bool], told: Sequence[str], what: str) -> list[bool]:
    return [each for each, said in zip(first, told, strict=True) if said == what]


def _part(found: Sequence[bool]) -> str:
    return f"{sum(found):,} of {len(found):,}"


if __name__ == "__main__":
    sys.exit(main())
