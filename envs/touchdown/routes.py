"""Routes and their instructions: the files of Touchdown, map2seq and generated cities."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from envs.errors import UserError
from envs.touchdown.graph import StreetGraph
from envs.touchdown.landmarks.base import plain

TOUCHDOWN, MAP2SEQ, CITY = "touchdown", "map2seq", "city"
"""Where a route is from; see :attr:`Route.source`."""


@dataclass(frozen=True, slots=True)
class Route:
    """A way through the streets, and what to tell someone who is to walk it.

    Attributes:
        task_id: stable name, e.g. ``"dev/4787"``; no part of it is a panorama's id.
        panos: numbers of the panoramas in the street graph, from start to goal; at least two.
        instruction: what to do, by a person or a generator, in printable ASCII.
        start_heading: where the agent looks at the start, in degrees clockwise from north; None
            where the data do not say it, and the way out closest to north is meant.
        source: ``touchdown``, ``map2seq`` or ``city``. By VELMA's rules the first panorama of a
            map2seq route is left before the agent is asked.
    """

    task_id: str
    panos: tuple[int, ...]
    instruction: str
    start_heading: float | None
    source: str


class _Fields:
    """A row of a file, for reading its fields with errors that say where."""

    def __init__(self, row: Mapping[str, Any], where: str) -> None:
        self._row = row
        self._where = where

    def has(self, name: str) -> bool:
        return name in self._row

    def text(self, name: str) -> str:
        value = self._row.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if not (isinstance(value, str) and value.strip()):
            self.refuse(f"field {name} is {_short(value)}; it needs a text")
        return value

    def heading(self, name: str) -> float:
        value = self._row.get(name)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 360:
            self.refuse(f"field {name} is {_short(value)}; it needs degrees from 0 to 360")
        return value % 360

    def panos(self, name: str, graph: StreetGraph) -> tuple[int, ...]:
        value = self._row.get(name)
        if not (isinstance(value, list) and len(value) >= 2):
            self.refuse(f"field {name} is {_short(value)}; it needs at least two panorama ids")
        for each in value:
            if not (isinstance(each, str) and each in graph.index):
                self.refuse(f"field {name}: panorama {_short(each)} is not in the street graph")
        return tuple(graph.index[each] for each in value)

    def inner(self, name: str) -> _Fields:
        value = self._row.get(name)
        if not isinstance(value, dict):
            self.refuse(f"field {name} is {_short(value)}; it needs an object")
        return _Fields(value, f"{self._where}: field {name}")

    def refuse(self, reason: str) -> NoReturn:
        raise UserError(f"{self._where}: {reason}.")


def read_routes(
    file: Path | str, graph: StreetGraph, label: str | None = None
) -> tuple[Route, ...]:
    """The routes in a file, in its order.

    The file has a JSON object on each line, or one array of them. Which format an object has is
    known by its fields: Touchdown's by ``route_id``, that of map2seq's splits for navigation by
    ``instructions_id``, that of map2seq 1.0 by ``route``. Generated cities use Touchdown's, with
    ``"source": "city"``; with ``"source": "touchdown"`` the start heading is meant too.

    Args:
        file: which.
        graph: the streets that the routes are in.
        label: first part of the task ids; the file's name without its ending if None.

    Raises:
        UserError: if the file cannot be read, or a field is missing or wrong.
    """
    file = Path(file)
    label = file.stem if label is None else label
    found: dict[str, Route] = {}
    for where, row in _rows(file):
        if not isinstance(row, dict):
            raise UserError(f"{where}: {_short(row)} is no JSON object.")
        fields = _Fields(row, where)
        route = _format(fields)(fields, graph, label)
        if found.setdefault(route.task_id, route) is not route:
            fields.refuse(f"{route.task_id.partition('/')[2]} is there twice; remove one row")
    if not found:
        raise UserError(f"{file} has no routes; it needs a JSON object on each line.")
    return tuple(found.values())


def _rows(file: Path) -> Iterator[tuple[str, Any]]:
    """Where it stands, and the parsed row, of each row."""
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        reason = error.strerror or error
        raise UserError(f"cannot read {file}: {reason}; check the path.") from error
    except UnicodeDecodeError as error:
        raise UserError(f"{file} is no text; it needs a JSON object on each line.") from error
    if text.lstrip().startswith("["):
        try:
            rows = json.loads(text)
        except ValueError as error:
            raise UserError(f"{file} is no JSON array ({error}).") from error
        yield from ((f"{file}, entry {number}", row) for number, row in enumerate(rows, start=1))
        return
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            where = f"{file}, line {number}"
            try:
                yield where, json.loads(line)
            except ValueError as error:
                raise UserError(f"{where}: no JSON ({error}).") from error


_Reader = Callable[[_Fields, StreetGraph, str], Route]


def _format(fields: _Fields) -> _Reader:
    """What reads a row with these fields."""
    if fields.has("route"):
        return _map2seq_release
    if fields.has("instructions_id"):
        return _map2seq
    if fields.has("route_id"):
        return _touchdown
    fields.refuse("no field route_id, instructions_id or route, so it is in no known format")


def _touchdown(fields: _Fields, graph: StreetGraph, label: str) -> Route:
    """Touchdown's rows; their start heading is a placeholder and not read.

    Rows that say where they are from have one that is meant.
    """
    named = fields.has("source")
    source = fields.text("source") if named else TOUCHDOWN
    if source not in (TOUCHDOWN, CITY):
        fields.refuse(f"field source is {_short(source)}; it needs {TOUCHDOWN} or {CITY}")
    return Route(
        task_id=f"{label}/{fields.text('route_id')}",
        panos=fields.panos("route_panoids", graph),
        instruction=plain(fields.text("navigation_text")),
        start_heading=fields.heading("start_heading") if named else None,
        source=source,
    )


def _map2seq(fields: _Fields, graph: StreetGraph, label: str) -> Route:
    """Rows of map2seq's splits for navigation (Schumann and Riezler, 2022)."""
    return Route(
        task_id=f"{label}/{fields.text('instructions_id')}",
        panos=fields.panos("route_panoids", graph),
        instruction=plain(fields.text("navigation_text")),
        start_heading=fields.heading("start_heading"),
        source=MAP2SEQ,
    )


def _map2seq_release(fields: _Fields, graph: StreetGraph, label: str) -> Route:
    """Rows of map2seq 1.0 (Schumann and Riezler, 2021)."""
    route = fields.inner("route")
    return Route(
        task_id=f"{label}/{fields.text('instructions_id')}",
        panos=route.panos("pano_path", graph),
        instruction=plain(fields.text("instructions")),
        start_heading=route.heading("initial_heading"),
        source=MAP2SEQ,
    )


def _short(value: object) -> str:
    """A value as an error names it."""
    text = repr(value)
    return "missing" if value is None else text if len(text) <= 40 else f"{text[:37]}..."
