"""Landmarks from OpenStreetMap: what stands beside the street, whether or not anyone asks.

Bearings and distances depend on the place alone, so nothing of a route or its goal is told.
The data are OpenStreetMap's (ODbL); see ``docs/touchdown.md``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import NamedTuple, NoReturn

from envs.errors import UserError
from envs.touchdown.landmarks.base import Landmark, plain
from envs.touchdown.landmarks.types import kind, with_article

POIS, PANO_POIS = "pois.txt", "pano_pois.txt"
"""The files: places, and from which panoramas they are seen."""

MOST = 12
"""Landmarks that are visible from one panorama; what is farther away is left out."""


class Poi(NamedTuple):
    """A row of ``pois.txt``: a point of interest."""

    id: str
    lat: float
    lng: float
    tags: Mapping[str, str]
    """OpenStreetMap's: ``name``, if it has one, and what kind of place it is."""

    @property
    def phrase(self) -> str:
        """What it is called: name and kind, or a kind alone, e.g. ``"a bus stop"``."""
        name, its_kind = plain(self.tags.get("name", "")), plain(kind(self.tags))
        if not name:
            return with_article(its_kind)
        said = its_kind == "place" or its_kind.lower() in name.lower()
        return name if said else f"{name} ({its_kind})"


class Sighting(NamedTuple):
    """A row of ``pano_pois.txt``: a place that can be seen from a panorama."""

    pano: str
    bearing: float
    """Degrees clockwise from north, 0 to 360."""
    distance: float
    """Metres."""
    poi: str


class OsmLandmarks:
    """Points of interest beside the street, the nearest first, at most :data:`MOST`.

    Args:
        seen: of each panorama what can be seen from it.
    """

    name = "osm"

    def __init__(self, seen: tuple[tuple[Landmark, ...], ...]) -> None:
        self._seen = seen

    @classmethod
    def load(cls, folder: Path | str, index: Mapping[str, int]) -> OsmLandmarks:
        """The landmarks in a graph's folder.

        Args:
            folder: has ``pois.txt`` and ``pano_pois.txt``.
            index: id of a panorama -> its number, of all panoramas.

        Raises:
            UserError: if a file is missing, or a row is not as it should be.
        """
        sightings = Path(folder) / PANO_POIS
        return cls._checked(read_pois(folder), _sightings(sightings), index, str(sightings))

    @classmethod
    def from_parts(
        cls, pois: Iterable[Poi], sightings: Iterable[Sighting], index: Mapping[str, int]
    ) -> OsmLandmarks:
        """Landmarks that were made and not read; arguments as the files' rows.

        Raises:
            UserError: a sighting names an unknown panorama or place.
        """
        return cls._checked(pois, sightings, index, "sightings")

    @classmethod
    def _checked(
        cls,
        pois: Iterable[Poi],
        sightings: Iterable[Sighting],
        index: Mapping[str, int],
        source: str,
    ) -> OsmLandmarks:
        phrases = {poi.id: poi.phrase for poi in pois}
        near: list[list[tuple[float, Landmark]]] = [[] for _ in index]
        for number, (pano, bearing, distance, poi) in enumerate(sightings, start=1):
            try:
                landmark = Landmark(phrases[poi], float(bearing % 360))
                near[index[pano]].append((distance, landmark))
            except KeyError as error:
                what = "place" if poi not in phrases else "panorama"
                reason = f"unknown {what} {error.args[0]}; remove the row or add the {what}"
                _refuse(source, number, reason)
        return cls(tuple(_nearest(each) for each in near))

    @cached_property
    def fingerprint(self) -> str:
        """Hash of everything in it."""
        return hashlib.sha256(repr(self._seen).encode()).hexdigest()[:16]

    def visible(self, pano: int, heading: float) -> tuple[Landmark, ...]:
        """What stands around a panorama, the nearest first, whatever the heading."""
        return self._seen[pano]

    def for_instruction(self, instruction: str) -> OsmLandmarks:
        """This source: it is the same for every instruction."""
        return self


def _nearest(near: list[tuple[float, Landmark]]) -> tuple[Landmark, ...]:
    """The nearest landmarks; what has the same name in the same direction counts once."""
    if len(near) > 1:
        near.sort(key=lambda each: each[0])
    return tuple(dict.fromkeys(landmark for _, landmark in near))[:MOST]


def read_pois(folder: Path | str) -> Iterator[Poi]:
    """The places in a graph's folder.

    Raises:
        UserError: if ``pois.txt`` is missing, or a row is not as it should be.
    """
    file = Path(folder) / POIS
    for number, line in _lines(file):
        try:
            id_, lat, lng, tags = line.split(",", 3)
            poi = Poi(id_, float(lat), float(lng), json.loads(tags))
        except ValueError as error:
            _refuse(str(file), number, f"is no row id,lat,lng,{{tags as JSON}} ({error})", error)
        if not isinstance(poi.tags, dict) or not all(isinstance(v, str) for v in poi.tags.values()):
            _refuse(str(file), number, f"tags are no JSON object of texts: {tags}")
        yield poi


def _sightings(file: Path) -> Iterator[Sighting]:
    for number, line in _lines(file):
        try:
            pano, bearing, distance, poi = line.split(",")
            sighting = Sighting(pano, float(bearing), float(distance), poi)
        except ValueError as error:
            reason = f"{line!r} is no row panoid,bearing,distance_m,poi_id ({error})"
            _refuse(str(file), number, reason, error)
        if not (0 <= sighting.bearing <= 360 and sighting.distance >= 0):
            _refuse(str(file), number, f"bearing {bearing} or distance {distance} is out of range")
        yield sighting


def _lines(file: Path) -> Iterator[tuple[int, str]]:
    """Number and text of every line; a name may hold what str.splitlines takes for an end."""
    try:
        lines = file.read_text(encoding="utf-8").rstrip("\n").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = "is missing" if isinstance(error, FileNotFoundError) else f"is unreadable: {error}"
        raise UserError(
            f"{file} {reason}; choose landmarks=none, or get {POIS} and {PANO_POIS} "
            "(docs/touchdown.md says where)."
        ) from error
    yield from enumerate(lines if lines != [""] else [], start=1)


def _refuse(file: str, number: int, reason: str, cause: Exception | None = None) -> NoReturn:
    raise UserError(f"{file}, line {number}: {reason}.") from cause
