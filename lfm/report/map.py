"""Maps of walks: the streets, the route, where the agent went, what was said of it.

Observations have no coordinates; positions come from the environment's own data, in which the
episodes are played again. What is made here is geometry, which ``map.js`` draws in the page.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypedDict, cast

import numpy as np
from numpy.typing import NDArray
from omegaconf import MissingMandatoryValue, OmegaConf

from envs.errors import UserError
from envs.touchdown.env import TouchdownEnv
from envs.touchdown.graph import StreetGraph
from lfm import layout
from lfm.builders import make_env
from lfm.critics.touchdown import Moment, walked
from lfm.env_config import TouchdownConfig
from lfm.story import Story, ToldStep

_SIZE = 480.0
"""Units of the drawing on its longer side: about as many pixels as it has in a wide window."""
_NARROWEST = 0.55
"""The shorter side, as a part of the longer one, at least."""
_MARGIN = 40.0
"""Metres around route and walk."""
_RADIUS = 10.0
"""Units, of a step's mark with its number, as in ``map.js``."""
_BAR = 50
"""Metres of the bar that shows the scale."""
_DEGREE = 111_320.0
"""Metres of a degree of latitude, and of one of longitude at the equator."""


class Mark(TypedDict):
    """A step on a map, where it began."""

    place: list[float]
    numbered: bool
    """Whether there is room for its number; else it is a dot."""
    verdict: str
    """``good``, ``bad`` or ``unread``; the critic's word before others."""


class Drawing(TypedDict):
    """A map, in units from the left and from above."""

    width: int
    height: int
    bar: float
    """Length of 50 m."""
    streets: str
    """Moves of a pen, as the ``d`` of a path in SVG; so are the next two."""
    route: str
    walk: str
    start: list[float]
    goal: list[float]
    marks: list[Mark]
    """For each step, in order."""


class Maps:
    """Draws the episodes of a run whose environment has streets; close it after use.

    Args:
        run_directory: the run.

    Attributes:
        missing: why there are no maps (any more), if there should be; else empty. Streets or
            routes may be gone, or have become others, or the run is older than a setting.
    """

    def __init__(self, run_directory: Path) -> None:
        self.missing = ""
        self._config: TouchdownConfig | None = None
        try:
            self._config = _config(run_directory)
        except MissingMandatoryValue as error:  # a run made before there was such a setting
            self.missing = (
                f"{layout.CONFIG_FILE} of the run has no env.{error.full_key}, with which its "
                "walks would be played again"
            )
        self._envs: dict[str, TouchdownEnv] = {}

    def draw(self, story: Story) -> Drawing | None:
        """The map of an episode, or None where there is none."""
        if self._config is None or self.missing:
            return None
        split = story.trajectory.split
        try:
            if split not in self._envs:
                self._envs[split] = cast(TouchdownEnv, make_env(self._config, split))
            return draw_map(self._envs[split], story)
        except UserError as error:
            self.missing = str(error)
            return None

    def close(self) -> None:
        """Close the environments in which the walks were played again."""
        for env in self._envs.values():
            env.close()


def _config(run_directory: Path) -> TouchdownConfig | None:
    """The run's settings of its environment, if that is one with streets."""
    values = OmegaConf.select(OmegaConf.load(run_directory / layout.CONFIG_FILE), "env")
    if values is None or values.get("name") != TouchdownEnv.name:
        return None
    merged = OmegaConf.merge(OmegaConf.structured(TouchdownConfig), values)
    return cast(TouchdownConfig, OmegaConf.to_object(merged))


def draw_map(env: TouchdownEnv, story: Story) -> Drawing:
    """The map of an episode; north is up.

    Args:
        env: over the tasks that the episode is of.
        story: the episode and what was said of it.

    Raises:
        UserError: the episode does not replay in the environment.
    """
    route = env.route(story.trajectory.task_id)
    moments = walked(env, route, story.trajectory)
    visited = [moment.state.pano for moment in moments]
    if visited[0] != route.panos[0]:
        visited.insert(0, route.panos[0])
    sheet = _Sheet(env.graph, [*route.panos, *visited])
    return Drawing(
        width=round(sheet.width),
        height=round(sheet.height),
        bar=round(sheet.bar, 1),
        streets=" ".join(sheet.streets()),
        route=_line(sheet.at[list(route.panos)]),
        walk=_line(sheet.at[visited]),
        start=_rounded(sheet.at[route.panos[0]]),
        goal=_rounded(sheet.at[route.panos[-1]]),
        marks=_marks(sheet, moments, list(story.told)),
    )


class _Sheet:
    """The part of a city that a map shows.

    Args:
        graph: the streets.
        panos: what has to be on it.

    Attributes:
        at: where each panorama of the graph is, in units from the left and from above, (N, 2).
        width: units.
        height: units.
        bar: length of the bar that shows the scale, in units.
    """

    def __init__(self, graph: StreetGraph, panos: Sequence[int]) -> None:
        self._graph = graph
        lat, lng = graph.positions[:, 0], graph.positions[:, 1]
        shrunk = math.cos(math.radians(float(lat[panos[0]])))
        metres = np.stack([lng * shrunk * _DEGREE, -lat * _DEGREE], axis=1)
        low = metres[list(panos)].min(axis=0) - _MARGIN
        needed = metres[list(panos)].max(axis=0) + _MARGIN - low
        extent = np.maximum(needed, _NARROWEST * needed.max())
        low -= (extent - needed) / 2
        self._scale = _SIZE / float(extent.max())
        self.at: NDArray[np.float64] = (metres - low) * self._scale
        self.width, self.height = (float(each) * self._scale for each in extent)
        self.bar = _BAR * self._scale

    def streets(self) -> Iterator[str]:
        """The ways that begin or end on the sheet, as moves of a pen."""
        far = np.array([self.width, self.height])
        inside = np.flatnonzero(((self.at >= 0) & (self.at <= far)).all(axis=1)).tolist()
        shown = set(inside)
        for pano in inside:
            for _, target in self._graph.edges[pano]:
                if target > pano or target not in shown:
                    yield f"M{_point(self.at[pano])}L{_point(self.at[target])}"


def _marks(sheet: _Sheet, moments: Sequence[Moment], told: Sequence[ToldStep]) -> list[Mark]:
    places = list(_places(sheet, moments[: len(told)]))
    verdicts = [_verdict(step) for step in told]
    numbered = _with_room(places, verdicts)
    return [
        Mark(place=_rounded(place), numbered=at in numbered, verdict=verdict)
        for at, (place, verdict) in enumerate(zip(places, verdicts, strict=True))
    ]


def _places(sheet: _Sheet, moments: Sequence[Moment]) -> Iterator[NDArray[np.float64]]:
    """Where to put the marks; those of several steps in one place stand side by side."""
    there: Counter[int] = Counter()
    edge = 1.2 * _RADIUS
    far = np.array([sheet.width, sheet.height]) - edge
    for moment in moments:
        pano = moment.state.pano
        aside = 2.2 * _RADIUS * there[pano]
        there[pano] += 1
        heading = math.radians(moment.arrival)  # to the right of whoever came there
        place = sheet.at[pano] + (aside * math.cos(heading), aside * math.sin(heading))
        yield np.clip(place, edge, far)


def _with_room(places: Sequence[NDArray[np.float64]], verdicts: Sequence[str]) -> set[int]:
    """Which marks get a number: the first, the last, where the verdict changes, then any."""
    changes = [at for at in range(1, len(verdicts)) if verdicts[at] != verdicts[at - 1]]
    chosen: list[int] = []
    for at in (0, len(places) - 1, *changes, *range(len(places))):
        if all(math.dist(places[at], places[other]) > 2.1 * _RADIUS for other in chosen):
            chosen.append(at)
    return set(chosen)


def _verdict(told: ToldStep) -> str:
    if told.labels:
        return "good" if told.labels[0].productive else "bad"
    if told.judgement:
        return "good" if told.judgement.kept else "bad"
    return "unread"


def _line(points: NDArray[np.float64]) -> str:
    return "M" + "L".join(map(_point, points))


def _point(place: NDArray[np.float64]) -> str:
    return f"{place[0]:.1f} {place[1]:.1f}"


def _rounded(place: NDArray[np.float64]) -> list[float]:
    return [round(float(each), 1) for each in place]
