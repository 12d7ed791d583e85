"""Routes of map2seq and of Touchdown in one file, to learn Touchdown from both.

Of Touchdown's own there are few outside of the unseen area, so each is there several times, under
a number of its own: what they tell otherwise than map2seq's would be drowned in those.
"""

from __future__ import annotations

import json
from pathlib import Path

from envs.files import write_text
from envs.touchdown.graph import SEEN, StreetGraph
from envs.touchdown.routes import read_routes
from experiments.touchdown_method.arms import SEEN_AREA

TOUCHDOWN = "touchdown_recovered.json"
TIMES = 4
"""How often each route of Touchdown is there."""


def write_mixture(data: Path, file: Path) -> None:
    """Write the routes of both files, of Touchdown's those that never leave the seen area.

    Args:
        data: folder of the street graph and the routes.
        file: where to.

    Raises:
        UserError: if a file is missing or not as it should be.
    """
    graph = StreetGraph.load(data / "graph")
    source = data / "routes" / TOUCHDOWN
    seen = [
        all(graph.area(pano) == SEEN for pano in route.panos)
        for route in read_routes(source, graph)
    ]
    rows = [json.loads(line) for line in _lines(source)]
    few = [row for row, inside in zip(rows, seen, strict=True) if inside]
    repeated = [
        json.dumps({**row, "route_id": f"{row['route_id']}-{number}"})
        for number in range(1, TIMES + 1)
        for row in few
    ]
    lines = [*_lines(data / "routes" / SEEN_AREA), *repeated]
    write_text(file, "".join(f"{line}\n" for line in lines))


def _lines(file: Path) -> list[str]:
    return [line for line in file.read_text("utf-8").split("\n") if line.strip()]
