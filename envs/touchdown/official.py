"""The official splits of Touchdown and map2seq: their files, and how many routes each has.

Users download the files; see ``docs/touchdown.md``.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from envs.errors import UserError
from envs.touchdown.graph import NODES, StreetGraph
from envs.touchdown.routes import Route, read_routes


class Split(NamedTuple):
    """A split of a scenario.

    Attributes:
        file: its name, inside the scenario's folder ``data``.
        counts: how many routes it may have.
    """

    file: str
    counts: tuple[int, ...]


def _splits(train: tuple[int, ...], dev: int, test: int) -> Mapping[str, Split]:
    return {
        "train": Split("train.json", train),
        "dev": Split("dev.json", (dev,)),
        "test": Split("test.json", (test,)),
    }


OFFICIAL: Mapping[str, Mapping[str, Split]] = {
    "touchdown": _splits((6526, 6525), 1391, 1409),
    "touchdown_unseen": _splits((6770,), 800, 1507),
    "map2seq": _splits((6072,), 800, 800),
    "map2seq_unseen": _splits((5737,), 800, 800),
}
"""Scenario -> split -> file and count. The scenarios ``_unseen`` hold out a part of the city.

Touchdown's training split is quoted with 6,526 routes (Chen et al., 2019); what others derived from
it has 6,525.
"""

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
    splits = OFFICIAL.get(scenario)
    if splits is None:
        raise UserError(f"scenario={scenario!r} is not known; choose one of {', '.join(OFFICIAL)}.")
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
