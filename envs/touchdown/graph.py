"""Streets as a graph: panoramas, the ways between them, and how far apart they are."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple, NoReturn

import numpy as np

from envs.errors import UserError
from envs.touchdown.hops import Hops, HopTable
from envs.touchdown.polygon import inside, read_polygon

SEEN, UNSEEN = "seen", "unseen"
"""The two areas: the one that is learned from, and the one that is held out."""

NODES, LINKS, UNSEEN_AREA = "nodes.txt", "links.txt", "unseen_area.txt"
"""The files of a graph's folder; the last need not be there."""

Edge = tuple[int, int]
"""Heading of a way out of a panorama, in degrees, and number of the panorama it leads to."""

Edges = tuple[Edge, ...]
"""The ways out of a panorama, by heading."""


class Node(NamedTuple):
    """A row of ``nodes.txt``: a panorama."""

    id: str
    yaw: int
    """Degrees clockwise from north, 0 to 359: where the middle of the picture looks."""
    lat: float
    lng: float
    area: str | None = None
    """``seen``, ``unseen`` or, in files of four columns, not said."""


class Link(NamedTuple):
    """A row of ``links.txt``: a way from one panorama to the next."""

    source: str
    heading: int
    """Degrees clockwise from north, 0 to 359."""
    target: str


class StreetGraph:
    """Panoramas, numbered 0 to N-1, and the directed ways between them.

    The format is that of Touchdown (Chen et al., 2019): ``nodes.txt`` with ``id,yaw,lat,lng`` and
    perhaps a fifth column ``seen`` or ``unseen``, ``links.txt`` with ``id,heading,id``. Where the
    fifth column is missing, a polygon in ``unseen_area.txt`` says which panoramas are held out.

    Attributes:
        ids: of the panoramas, as in the files.
        index: id -> number.
        yaws: degrees clockwise from north, where the middle of each picture looks.
        positions: latitude and longitude in degrees, (N, 2).
        edges: of each panorama the ways out, as (heading, number of the next), by heading.
    """

    def __init__(self, nodes: Sequence[Node], edges: Sequence[Edges], areas: Sequence[str | None]):
        self.ids = tuple(node.id for node in nodes)
        self.index = {each: number for number, each in enumerate(self.ids)}
        self.yaws = tuple(node.yaw for node in nodes)
        self.positions = np.array([node[2:4] for node in nodes], dtype=np.float64).reshape(-1, 2)
        self.edges = tuple(edges)
        self._areas = tuple(areas)

    @classmethod
    def load(cls, folder: Path | str) -> StreetGraph:
        """The graph in a folder.

        Raises:
            UserError: if a file is missing or a row is not as it should be.
        """
        folder = Path(folder)
        nodes, links = folder / NODES, folder / LINKS
        area = folder / UNSEEN_AREA
        return cls._checked(
            [_node(fields, nodes, number) for number, fields in _rows(nodes)],
            [_link(fields, links, number) for number, fields in _rows(links)],
            read_polygon(area) if area.is_file() else None,
            str(nodes),
            str(links),
        )

    @classmethod
    def from_parts(
        cls,
        nodes: Iterable[Node],
        links: Iterable[Link],
        unseen_area: Sequence[tuple[float, float]] | None = None,
    ) -> StreetGraph:
        """A graph that was made and not read.

        Args:
            nodes: the panoramas.
            links: the ways between them.
            unseen_area: corners of the held-out area as (lng, lat), for nodes without an area.

        Raises:
            UserError: an id is there twice or unknown, or two ways out have the same heading.
        """
        return cls._checked(list(nodes), list(links), unseen_area, "nodes", "links")

    @classmethod
    def _checked(
        cls,
        nodes: list[Node],
        links: list[Link],
        unseen_area: Sequence[tuple[float, float]] | None,
        nodes_from: str,
        links_from: str,
    ) -> StreetGraph:
        index: dict[str, int] = {}
        for number, node in enumerate(nodes, start=1):
            if index.setdefault(node.id, number - 1) != number - 1:
                _refuse(nodes_from, number, f"panorama {node.id} is there twice; remove one row")
        if not nodes:
            raise UserError(f"{nodes_from} has no panorama; it needs rows id,yaw,lat,lng.")
        ways: list[dict[int, int]] = [{} for _ in nodes]
        for number, (source, heading, target) in enumerate(links, start=1):
            for each in (source, target):
                if each not in index:
                    reason = f"panorama {each} is not in {Path(nodes_from).name}; use a known id"
                    _refuse(links_from, number, reason)
            if source == target:
                _refuse(links_from, number, f"{source} leads to itself; remove the row")
            if ways[index[source]].setdefault(heading, index[target]) != index[target]:
                reason = f"{source} has two ways at {heading} degrees; a heading leads to one place"
                _refuse(links_from, number, reason)
        if {} in ways:
            each = nodes[ways.index({})].id
            raise UserError(f"{links_from}: no way leads out of {each}; add one.")
        edges = [tuple(sorted(each.items())) for each in ways]
        areas: list[str | None] = [node.area for node in nodes]
        if unseen_area is not None and None in areas:
            held_out = inside([(node.lng, node.lat) for node in nodes], unseen_area)
            areas = [UNSEEN if each else SEEN for each in held_out]
        return cls(nodes, edges, areas)

    def __len__(self) -> int:
        return len(self.ids)

    def area(self, pano: int) -> str | None:
        """``seen`` or ``unseen``; None if neither a fifth column nor a polygon says it."""
        return self._areas[pano]

    @cached_property
    def predecessors(self) -> tuple[tuple[int, ...], ...]:
        """Of each panorama those that have a way to it, in ascending order."""
        sources: list[list[int]] = [[] for _ in self.ids]
        for pano, edges in enumerate(self.edges):
            for _, target in edges:
                sources[target].append(pano)
        return tuple(map(tuple, sources))

    @cached_property
    def hops(self) -> HopTable:
        """How far any two panoramas are apart; takes half a second for Manhattan, once."""
        return HopTable([[target for _, target in edges] for edges in self.edges])

    def distances_to(self, goal: int) -> Hops:
        """Fewest ways from each panorama to the goal, along their directions.

        Returns:
            (N,); :data:`~envs.touchdown.hops.UNREACHABLE` where none leads.
        """
        return self.hops.between(np.arange(len(self)), [goal])[:, 0]

    @cached_property
    def fingerprint(self) -> str:
        """Hash of everything in it."""
        digest = hashlib.sha256()
        for part in (self.ids, self.yaws, self.positions.tolist(), self.edges, self._areas):
            digest.update(repr(part).encode())
        return digest.hexdigest()[:16]


def _rows(file: Path) -> Iterator[tuple[int, list[str]]]:
    """Line number and fields of every row."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = "is missing" if isinstance(error, FileNotFoundError) else f"is unreadable: {error}"
        raise UserError(
            f"{file} {reason}; a street graph is a folder with {NODES} and {LINKS}."
        ) from error
    for number, line in enumerate(lines, start=1):
        yield number, line.split(",")


def _node(fields: list[str], file: Path, number: int) -> Node:
    try:
        id_, yaw, lat, lng, *more = fields
        node = Node(id_, int(yaw), float(lat), float(lng), more[0] if more else None)
    except ValueError as error:
        reason = f"{','.join(fields)!r} is no row id,yaw,lat,lng[,seen|unseen] ({error})"
        _refuse(str(file), number, reason, error)
    if not (node.id and 0 <= node.yaw < 360):
        _refuse(str(file), number, f"yaw {node.yaw} or id {node.id!r} is wrong; yaw is 0 to 359")
    if not (abs(node.lat) <= 90 and abs(node.lng) <= 180):
        _refuse(str(file), number, f"{node.lat}, {node.lng} is no latitude and longitude")
    if len(more) > 1 or node.area not in (None, SEEN, UNSEEN):
        _refuse(str(file), number, f"{','.join(more)!r} is neither {SEEN} nor {UNSEEN}")
    return node


def _link(fields: list[str], file: Path, number: int) -> Link:
    try:
        source, heading, target = fields
        link = Link(source, int(heading), target)
    except ValueError as error:
        reason = f"{','.join(fields)!r} is no row id,heading,id ({error})"
        _refuse(str(file), number, reason, error)
    if not 0 <= link.heading < 360:
        _refuse(str(file), number, f"heading {link.heading} is not among 0 to 359 degrees")
    return link


def _refuse(file: str, number: int, reason: str, cause: Exception | None = None) -> NoReturn:
    raise UserError(f"{file}, line {number}: {reason}.") from cause
