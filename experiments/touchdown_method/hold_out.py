"""Hold out a part of map2seq's routes for choosing what the policy reads and how it learns.

    python -m experiments.touchdown_method.hold_out --data DIR --out DIR

Writes ``south.json`` and ``north.json``: the routes of ``map2seq_seen_area.json`` that lie on one
side of a latitude from beginning to end, one part to learn from and one to try it on, so that
unseen dev decides nothing. What the lab log tells of a held-out part is of the northern one, with
the default latitude. It is in the regular streets of Midtown; the unseen area begins where the seen
one ends in the south, among older streets, and ``--latitude 40.729`` holds out 275 routes there.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from envs.files import write_text
from envs.touchdown.graph import StreetGraph
from envs.touchdown.routes import read_routes
from experiments.command import argument_parser, in_one_sentence
from experiments.touchdown_method.arms import SEEN_AREA

LATITUDE = 40.75469
"""Where the streets are cut by default: 1,555 routes lie to the south of it, 284 to the north."""


@in_one_sentence
def main(arguments: Sequence[str] | None = None) -> int:
    """Cut the file; prints how many routes there are in each part.

    Raises:
        UserError: if a file is missing or not as it should be.
    """
    parser = argument_parser(__doc__)
    parser.add_argument(
        "--data", type=Path, required=True, help="folder of the street graph and the routes"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for the two files")
    parser.add_argument("--latitude", type=float, default=LATITUDE, help="where to cut, in degrees")
    options = parser.parse_args(arguments)
    graph = StreetGraph.load(options.data / "graph")
    file = options.data / "routes" / SEEN_AREA
    routes = read_routes(file, graph)
    lines = [line for line in file.read_text("utf-8").split("\n") if line.strip()]
    parts: dict[str, list[str]] = {"south": [], "north": []}
    for line, route in zip(lines, routes, strict=True):
        north = graph.positions[list(route.panos), 0] > options.latitude
        if north.all() or not north.any():
            parts["north" if north.all() else "south"].append(line)
    options.out.mkdir(parents=True, exist_ok=True)
    for name, rows in parts.items():
        write_text(options.out / f"{name}.json", "".join(f"{row}\n" for row in rows))
        sys.stdout.write(f"{name}: {len(rows):,} routes\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
