"""Where streets, landmarks and routes come from: files, or a made-up city."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from envs.errors import UserError
from envs.touchdown.city.city import GENERATOR_VERSION, make_city
from envs.touchdown.city.splits import SPLITS
from envs.touchdown.graph import LINKS, NODES, UNSEEN_AREA, Link, Node, StreetGraph
from envs.touchdown.landmarks.base import Landmarks, plain
from envs.touchdown.landmarks.none import NoLandmarks
from envs.touchdown.landmarks.osm import PANO_POIS, POIS, OsmLandmarks
from envs.touchdown.landmarks.scores import ScoredLandmarks
from envs.touchdown.moves import Moves
from envs.touchdown.neighbor import NeighborMoves
from envs.touchdown.official import graph_folder, read_split
from envs.touchdown.routes import CITY, Route, read_routes
from envs.touchdown.sights import Sights
from envs.touchdown.splits import OFFICIAL
from envs.touchdown.traffic import Traffic
from envs.touchdown.turns import TurnMoves

TURNS, NEIGHBOR = "turns", "neighbor"
NONE, OSM = "none", "osm"

Stamp = tuple[tuple[str, int, int], ...]
"""Names, sizes and times of files, by which a change is noticed."""


class World:
    """Streets and what stands beside them, and what was found out about them.

    Attributes:
        graph: the streets.
        landmarks: what can be seen.
        version: kind and version of the streets, e.g. ``"city-1-0"``.
    """

    def __init__(self, graph: StreetGraph, landmarks: Landmarks, version: str) -> None:
        self.graph = graph
        self.landmarks = landmarks
        self.version = version
        self._sights: dict[tuple[str, bool, bool], Sights] = {}

    @cached_property
    def fingerprint(self) -> str:
        """Hash of streets and landmarks."""
        return f"{self.graph.fingerprint}/{self.landmarks.fingerprint}"

    def sights(self, actions: str, stops: bool, traffic: bool, instruction: str) -> Sights:
        """What an agent with this instruction finds in the streets.

        Args:
            actions: ``turns`` or ``neighbor``.
            stops: whether stopping is an action.
            traffic: whether it is said where traffic flows.
            instruction: some landmarks depend on it; else what was found is kept for all.
        """
        landmarks = self.landmarks.for_instruction(instruction)
        if landmarks is not self.landmarks:
            return self._new(actions, stops, traffic, landmarks)
        kept = self._sights.get((actions, stops, traffic))
        if kept is None:
            kept = self._new(actions, stops, traffic, landmarks)
            self._sights[actions, stops, traffic] = kept
        return kept

    def forget(self) -> None:
        """Let go of what was found; episodes that are being played keep theirs."""
        self._sights.clear()

    def _new(self, actions: str, stops: bool, traffic: bool, landmarks: Landmarks) -> Sights:
        graph = self.graph
        moves: Moves = TurnMoves(graph) if actions == TURNS else NeighborMoves(graph, landmarks)
        return Sights(moves, landmarks, stops, Traffic(graph) if traffic else None)


@dataclass(frozen=True, slots=True)
class Source:
    """Which streets, landmarks and routes.

    Attributes:
        data: folder with a street graph; None for a made-up city.
        routes: file with routes; None for those of a split.
        scenario: official scenario of the split; None for ``DATA/data/SPLIT.json``.
        landmarks: ``none``, ``osm`` or the path of a scores file.
        world_seed: which made-up city.
    """

    data: str | None
    routes: str | None
    scenario: str | None
    landmarks: str
    world_seed: int

    def world(self) -> World:
        """The streets; those that were asked for last are remembered.

        Raises:
            UserError: if a file is missing or bad.
        """
        scores = [] if self.landmarks in (NONE, OSM) else [Path(self.landmarks)]
        if self.data is None:
            return _made_up(self.world_seed, self.landmarks, _stamp(scores))
        folder = graph_folder(Path(self.data), self.scenario)
        files = [folder / name for name in (NODES, LINKS, UNSEEN_AREA, POIS, PANO_POIS)]
        return _loaded(folder, self.landmarks, _stamp(files + scores))

    def read(self, split: str, graph: StreetGraph) -> tuple[Route, ...]:
        """The routes of the file, or else of a split.

        Raises:
            UserError: if there are no such routes, or a file is bad.
        """
        if self.data is None:
            if self.routes is not None or self.scenario is not None:
                raise UserError(
                    "routes and scenario are about files: they need data=DIR, the folder with the "
                    "street graph."
                )
            return _told(self.world_seed, split)
        if self.routes is not None:
            return _read(Path(self.routes), graph, None, _stamp([Path(self.routes)]))
        if self.scenario is not None:
            return read_split(Path(self.data), self.scenario, split, graph)
        file = Path(self.data) / "data" / f"{split}.json"
        if not file.is_file():
            raise UserError(
                f"no {file}; name a file with routes=FILE (with env.train_routes=FILE one to learn "
                f"from), or an official scenario with scenario=NAME, one of {', '.join(OFFICIAL)}."
            )
        return _read(file, graph, split, _stamp([file]))


def _stamp(files: Sequence[Path]) -> Stamp:
    """Sizes and times of files, by which it is noticed that one was changed."""
    found = [(str(file), file.stat()) for file in files if file.exists()]
    return tuple((name, status.st_size, status.st_mtime_ns) for name, status in found)


@lru_cache(maxsize=4)
def _loaded(folder: Path, landmarks: str, stamp: Stamp) -> World:
    graph = StreetGraph.load(folder)
    if landmarks == OSM:
        return World(graph, OsmLandmarks.load(folder, graph.index), _name(graph))
    return World(graph, _landmarks(landmarks, graph), _name(graph))


@lru_cache(maxsize=4)
def _made_up(world_seed: int, landmarks: str, stamp: Stamp) -> World:
    city = make_city(world_seed)
    graph = StreetGraph.from_parts(
        (Node(*row) for row in city.nodes),
        (Link(*row) for row in city.links),
        city.streets.unseen_area,
    )
    version = f"{CITY}-{GENERATOR_VERSION}-{world_seed}"
    if landmarks == OSM:
        osm = OsmLandmarks.from_parts(city.pois, city.sightings, graph.index)
        return World(graph, osm, version)
    return World(graph, _landmarks(landmarks, graph), version)


def _landmarks(name: str, graph: StreetGraph) -> Landmarks:
    if name == NONE:
        return NoLandmarks()
    if not Path(name).is_file():
        raise UserError(
            f"landmarks={name}: neither {NONE} nor {OSM} nor a scores file; docs/touchdown.md says "
            "how to make one."
        )
    return ScoredLandmarks.load(name, graph.index)


def _name(graph: StreetGraph) -> str:
    return f"graph-{graph.fingerprint[:8]}"


@lru_cache(maxsize=16)
def _read(file: Path, graph: StreetGraph, label: str | None, stamp: Stamp) -> tuple[Route, ...]:
    return read_routes(file, graph, label)


@lru_cache(maxsize=16)
def _told(world_seed: int, split: str) -> tuple[Route, ...]:
    """The routes of a made-up city."""
    if split not in SPLITS:
        raise UserError(
            f"split={split!r} is not in the made-up city; choose one of {', '.join(SPLITS)}, or "
            "name files with data=DIR."
        )
    routes = make_city(world_seed).routes(split)
    if len(routes) != SPLITS[split]:
        raise RuntimeError(f"{split} has {len(routes)} routes instead of {SPLITS[split]}")
    return tuple(
        Route(f"{split}/{each.number}", each.panos, plain(each.instruction), each.heading, CITY)
        for each in routes
    )
