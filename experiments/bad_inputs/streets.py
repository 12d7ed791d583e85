"""Bad input about Touchdown: settings, and files of streets, places and routes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from experiments.bad_inputs.case import BadInput

_GRAPH = {
    "graph/nodes.txt": "a,0,40.7000,-74.0\nb,0,40.7001,-74.0\nc,0,40.7002,-74.0\n",
    "graph/links.txt": "a,0,b\nb,180,a\nb,0,c\nc,180,b\n",
}
"""Three panoramas in a row."""
_ROUTE = {
    "route_id": 7,
    "route_panoids": ["a", "b", "c"],
    "navigation_text": "Go to the end of the street.",
}
_FILE = "env.landmarks=none env.routes={dir}/routes.json"


def _files(**changed: str) -> Callable[[Path], None]:
    """A data folder; files are named by the last word of their path, a route file ``routes``."""

    def prepare(folder: Path) -> None:
        (folder / "graph").mkdir()
        for name, text in _GRAPH.items():
            (folder / name).write_text(changed.get(Path(name).stem, text), encoding="utf-8")
        if "routes" in changed:
            (folder / "routes.json").write_text(changed["routes"], encoding="utf-8")

    return prepare


def _row(**changed: object) -> str:
    """A row of a route file with other values; those that are None are left out."""
    row = {**_ROUTE, **changed}
    return json.dumps({name: value for name, value in row.items() if value is not None})


def _case(
    what: str,
    arguments: str,
    answer: str,
    prepare: Callable[[Path], None] | None = None,
    command: str = "evaluate",
) -> BadInput:
    policy = ("policy=expert",) if command == "evaluate" else ("run_dir={dir}/run",)
    words = (*policy, "env=touchdown", *arguments.split())
    if prepare is None:
        return BadInput("streets", what, command, words, answer)
    return BadInput("streets", what, command, (*words, "env.data={dir}"), answer, prepare)


def _picture(folder: Path) -> None:
    _files()(folder)
    (folder / "routes.json").write_bytes(b"\x89PNG\r\n\x1a\n")


_SCENARIOS = "touchdown, touchdown_unseen, map2seq, map2seq_unseen"

STREETS: tuple[BadInput, ...] = (
    _case(
        "unknown actions", "env.actions=jump", "env.actions: 'jump' is not one of turns, neighbor."
    ),
    _case(
        "unknown way to end", "env.stop=never", "env.stop: 'never' is not one of explicit, auto."
    ),
    _case(
        "split that the made-up city lacks",
        "env.split=valid_unseen",
        "env.split: 'valid_unseen' is not known; choose one of train, dev, dev_unseen, "
        "test, test_unseen.",
    ),
    _case(
        "routes without streets",
        "env.routes={dir}/routes.json",
        "env.routes: this is about files, and needs the folder with the street graph "
        "too: env.data=DIR.",
    ),
    _case(
        "scenario without streets",
        "env.scenario=map2seq",
        "env.scenario: this is about files, and needs the folder with the street graph "
        "too: env.data=DIR.",
    ),
    _case(
        "unknown scenario",
        "env.scenario=map3seq env.data={dir}",
        f"env.scenario: 'map3seq' is not known; choose one of {_SCENARIOS}.",
    ),
    _case(
        "data folder that does not exist",
        "env.data={dir}/nowhere",
        "data={dir}/nowhere: no street graph there; it needs graph/nodes.txt "
        "(docs/touchdown.md says where to get the files).",
    ),
    _case(
        "landmarks that are no file",
        "env.landmarks=clip",
        "landmarks=clip: neither none nor osm nor a scores file; docs/touchdown.md says"
        " how to make one.",
    ),
    _case(
        "landmarks from a file of something else",
        "env.landmarks={dir}/routes.json env.routes={dir}/routes.json",
        "{dir}/routes.json is damaged or not a Parquet file (Parquet magic bytes not "
        "found in footer. Either the file is corrupted or this is not a parquet file.);"
        " restore it, or delete it and make it again",
        _files(routes=_row()),
    ),
    _case(
        "streets without places",
        "env.routes={dir}/routes.json",
        "{dir}/graph/pois.txt is missing; choose landmarks=none, or get pois.txt and "
        "pano_pois.txt (docs/touchdown.md says where).",
        _files(routes=_row()),
    ),
    _case(
        "page of a web site as panoramas",
        _FILE,
        "{dir}/graph/nodes.txt, line 1: '<!DOCTYPE html>' is no row "
        "id,yaw,lat,lng[,seen|unseen] (not enough values to unpack (expected at least "
        "4, got 1)).",
        _files(nodes="<!DOCTYPE html>\n"),
    ),
    _case(
        "way to a panorama that is not there",
        _FILE,
        "{dir}/graph/links.txt, line 2: panorama x is not in nodes.txt; use a known id.",
        _files(links="a,0,b\nb,0,x\n"),
    ),
    _case(
        "heading of a way as a word",
        _FILE,
        "{dir}/graph/links.txt, line 1: 'a,north,b' is no row id,heading,id (invalid "
        "literal for int() with base 10: 'north').",
        _files(links="a,north,b\n"),
    ),
    _case(
        "folder without the split",
        "env.landmarks=none env.split=dev",
        "no {dir}/data/dev.json; name a file with routes=FILE (with "
        "env.train_routes=FILE one to learn from), or an official scenario with "
        f"scenario=NAME, one of {_SCENARIOS}.",
        _files(),
    ),
    _case(
        "scenario without its files",
        "env.landmarks=none env.scenario=map2seq env.split=dev",
        "no {dir}/map2seq/data/dev.json or {dir}/map2seq_seen/data/dev.json; get the "
        "file (docs/touchdown.md says where), or name another with routes=FILE.",
        _files(),
    ),
    _case(
        "routes to evaluate on, but none to learn from",
        _FILE,
        "no {dir}/data/train.json; name a file with routes=FILE (with "
        "env.train_routes=FILE one to learn from), or an official scenario with "
        f"scenario=NAME, one of {_SCENARIOS}.",
        _files(routes=_row()),
        command="train",
    ),
    _case(
        "route file that does not exist",
        _FILE,
        "cannot read {dir}/routes.json: No such file or directory; check the path.",
        _files(),
    ),
    _case(
        "picture as a route file",
        _FILE,
        "{dir}/routes.json is no text; it needs a JSON object on each line.",
        _picture,
    ),
    _case(
        "empty route file",
        _FILE,
        "{dir}/routes.json has no routes; it needs a JSON object on each line.",
        _files(routes=""),
    ),
    _case(
        "route cut short",
        _FILE,
        "{dir}/routes.json, line 1: no JSON (Unterminated string starting at: line 1 "
        "column 40 (char 39)).",
        _files(routes=_row()[:40]),
    ),
    _case(
        "row in no known format",
        _FILE,
        "{dir}/routes.json, line 1: no field route_id, instructions_id or route, so it "
        "is in no known format.",
        _files(routes=_row(route_id=None)),
    ),
    _case(
        "route without an instruction",
        _FILE,
        "{dir}/routes.json, line 1: field navigation_text is ''; it needs a text.",
        _files(routes=_row(navigation_text="")),
    ),
    _case(
        "route of one panorama",
        _FILE,
        "{dir}/routes.json, line 1: field route_panoids is ['a']; it needs at least two"
        " panorama ids.",
        _files(routes=_row(route_panoids=["a"])),
    ),
    _case(
        "route through other streets",
        _FILE,
        "{dir}/routes.json, line 2: field route_panoids: panorama 'z' is not in the street graph.",
        _files(routes=_row() + "\n" + _row(route_id=8, route_panoids=["a", "z"])),
    ),
    _case(
        "map2seq route without its heading",
        _FILE,
        "{dir}/routes.json, line 1: field start_heading is missing; it needs degrees "
        "from 0 to 360.",
        _files(routes=_row(route_id=None, instructions_id=7)),
    ),
    _case(
        "same route twice",
        _FILE,
        "{dir}/routes.json, line 2: 7 is there twice; remove one row.",
        _files(routes=_row() + "\n" + _row()),
    ),
)
