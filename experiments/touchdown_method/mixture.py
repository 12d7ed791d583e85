"""Routes of map2seq and of Touchdown in one file, to learn Touchdown from both.

Of Touchdown's own there are few outside of the unseen area, so each is there several times, under
a number of its own: what they tell otherwise than map2seq's would be drowned in those. Where one
looks at their start is a placeholder in the data, so each time it is along another way out.
"""

from __future__ import annotations

import json
from pathlib import Path

from envs.files import write_text
from envs.touchdown.graph import SEEN, StreetGraph
from envs.touchdown.routes import TOUCHDOWN, read_routes
from experiments.touchdown_method.arms import SEEN_AREA

RECOVERED = "touchdown_recovered.json"
"""Routes of Touchdown, put together again."""
TIMES = 8
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
    many, few = (data / "routes" / name for name in (SEEN_AREA, RECOVERED))
    read_routes(many, graph)  # for what it says of a file that is not as it should be
    repeated = []
    for route, line in zip(read_routes(few, graph), _lines(few), strict=True):
        if all(graph.area(pano) == SEEN for pano in route.panos):
            ways = graph.edges[route.panos[0]]
            repeated += [_copy(line, at + 1, ways[at % len(ways)][0]) for at in range(TIMES)]
    lines = [*_lines(many), *repeated]
    write_text(file, "".join(f"{line}\n" for line in lines))


def _copy(line: str, number: int, heading: int) -> str:
    """A route under another number, which begins with looking elsewhere."""
    row = json.loads(line)
    changes = {"route_id": f"{row['route_id']}-{number}", "start_heading": heading}
    return json.dumps({**row, **changes, "source": TOUCHDOWN})


def _lines(file: Path) -> list[str]:
    return [line for line in file.read_text("utf-8").split("\n") if line.strip()]
