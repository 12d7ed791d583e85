"""The official splits of Touchdown and map2seq: their files, and how many routes each has.

Users download the files; see ``docs/touchdown.md``.
"""

from __future__ import annotations

from pathlib import Path

from envs.arguments import check_choice
from envs.errors import UserError
from envs.touchdown.graph import NODES, StreetGraph
from envs.touchdown.routes import Route, read_routes
from envs.touchdown.splits import OFFICIAL

_SEEN = "{}_seen"
"""How VELMA and ORAR call the folder of a scenario without a held-out area."""


def graph_folder(data: Path, scenario: str | None) -> Path:
    """The folder with the street graph.

    Raises:
        UserError: if there is none in ``data``.
    """
    places = [data / "graph", data]
    if scenario is not None:
        places += [folder / "graph" for folder in _folders(data, scenario)]
    for folder in places:
        if (folder / NODES).is_file():
            return folder
    raise UserError(
        f"data={data}: no street graph there; it needs graph/{NODES} (docs/touchdown.md says where "
        "to get the files)."
    )


def read_split(data: Path, scenario: str, split: str, graph: StreetGraph) -> tuple[Route, ...]:
    """The routes of an official split, counted.

    Args:
        data: folder with the files, as VELMA and ORAR lay them out, a folder for each scenario, or
            as Touchdown itself does.
        scenario: one of :data:`OFFICIAL`.
        split: ``train``, ``dev`` or ``test``.
        graph: the streets.

    Raises:
        UserError: if there is no such scenario, split or file, or it has another number of routes.
    """
    check_choice("scenario", scenario, OFFICIAL)
    splits = OFFICIAL[scenario]
    if split not in splits:
        raise UserError(f"split={split!r} is not in {scenario}; choose one of {', '.join(splits)}.")
    name, counts = splits[split]
    files = [folder / "data" / name for folder in (*_folders(data, scenario), data)]
    if scenario != "touchdown":
        files.pop()
    for file in files:
        if file.is_file():
            routes = read_routes(file, graph, split)
            if len(routes) not in counts:
                wanted = " or ".join(f"{count:,}" for count in counts)
                raise UserError(
                    f"{file} has {len(routes):,} routes, and {split} of {scenario} {wanted}; get "
                    "the file again, or name it with routes=FILE to use it as it is."
                )
            return routes
    raise UserError(
        f"no {' or '.join(map(str, files))}; get the file (docs/touchdown.md says where), or name "
        "another with routes=FILE."
    )


def _folders(data: Path, scenario: str) -> tuple[Path, ...]:
    plain = data / scenario
    return (plain,) if scenario.endswith("_unseen") else (plain, data / _SEEN.format(scenario))
