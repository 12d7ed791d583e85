"""Maps of walks as SVG text: the streets, the route, where the agent went, what was said of it.

Observations have no coordinates; positions come from the environment's own data, in which the
episodes are played again. The page's style sheet chooses the colours.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple, cast

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray
from omegaconf import OmegaConf

from envs.errors import UserError
from envs.touchdown.env import TouchdownEnv
from envs.touchdown.graph import StreetGraph
from lfm import layout
from lfm.builders import make_env
from lfm.critics.touchdown import Moment, walked
from lfm.env_config import TouchdownConfig
from lfm.story import Story, ToldStep, clean

_SIZE = 480.0
"""Units of the drawing on its longer side: about as many pixels as it has in a wide window."""
_NARROWEST = 0.55
"""The shorter side, as a part of the longer one, at least."""
_MARGIN = 40.0
"""Metres around route and walk."""
_RADIUS, _DOT = 10.0, 4.0
"""Units, of a step's mark with its number and without."""
_BAR = 50
"""Metres of the bar that shows the scale."""
_DEGREE = 111_320.0
"""Metres of a degree of latitude, and of one of longitude at the equator."""


class Maps(NamedTuple):
    """Maps of episodes.

    Attributes:
        drawn: episode's id -> its map; nothing for environments without streets.
        missing: why there are none, if there should be; else empty.
    """

    drawn: dict[str, Markup]
    missing: str


def draw_maps(run_directory: Path, stories: Sequence[Story]) -> Maps:
    """Maps of a run's episodes, where its environment has streets.

    Where the streets or routes are not there any more, or have become others, there are no maps,
    and it is said why.
    """
    config = _config(run_directory)
    drawn: dict[str, Markup] = {}
    if config is None:
        return Maps(drawn, "")
    try:
        for split in dict.fromkeys(story.trajectory.split for story in stories):
            with closing(cast(TouchdownEnv, make_env(config, split))) as env:
                for story in stories:
                    if story.trajectory.split == split:
                        drawn[story.trajectory.trajectory_id] = draw_map(env, story)
    except UserError as error:
        return Maps({}, str(error))
    return Maps(drawn, "")


def _config(run_directory: Path) -> TouchdownConfig | None:
    """The run's settings of its environment, if that is one with streets."""
    values = OmegaConf.select(OmegaConf.load(run_directory / layout.CONFIG_FILE), "env")
    if values is None or values.get("name") != TouchdownEnv.name:
        return None
    merged = OmegaConf.merge(OmegaConf.structured(TouchdownConfig), values)
    return cast(TouchdownConfig, OmegaConf.to_object(merged))


def draw_map(env: TouchdownEnv, story: Story) -> Markup:
    """The map of an episode, an ``<svg>`` element; north is up.

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
    start, goal = sheet.at[route.panos[0]], sheet.at[route.panos[-1]]
    parts = [
        _path("streets", " ".join(sheet.streets())),
        _line("route", sheet.at[list(route.panos)]),
        _line("walk", sheet.at[visited]),
        _dot("start", start, "start"),
        _dot("goal", goal, "goal"),
        *_marks(sheet, moments, list(story.told)),
        sheet.bar(),
    ]
    return Markup(
        '<svg role="img" aria-label="Map of the route and of the walk" viewBox="0 0 {:.0f} {:.0f}" '
        'xmlns="http://www.w3.org/2000/svg">{}</svg>'
    ).format(sheet.width, sheet.height, Markup("\n").join(parts))


class _Sheet:
    """The part of a city that a map shows.

    Args:
        graph: the streets.
        panos: what has to be on it.

    Attributes:
        at: where each panorama of the graph is, in units from the left and from above, (N, 2).
        width: units.
        height: units.
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

    def streets(self) -> Iterator[str]:
        """The ways that begin or end on the sheet, as moves of a pen."""
        far = np.array([self.width, self.height])
        inside = np.flatnonzero(((self.at >= 0) & (self.at <= far)).all(axis=1)).tolist()
        shown = set(inside)
        for pano in inside:
            for _, target in self._graph.edges[pano]:
                if target > pano or target not in shown:
                    yield f"M{_point(self.at[pano])}L{_point(self.at[target])}"

    def bar(self) -> Markup:
        """The scale, at the bottom on the left."""
        length, below = _BAR * self._scale, self.height - 12
        return Markup(
            '<path class="scale" d="M12 {:.1f}h{:.1f}"/><text class="scale" x="12" y="{:.1f}">'
            "{} m</text>"
        ).format(below, length, below - 6, _BAR)


def _marks(sheet: _Sheet, moments: Sequence[Moment], told: Sequence[ToldStep]) -> Iterator[Markup]:
    """A mark for each step where it began: a dot, or the number of the step where there is room."""
    places = list(_places(sheet, moments[: len(told)]))
    words = [_verdict(step) for step in told]
    numbered = _with_room(places, [verdict for verdict, _ in words])
    for at in sorted(range(len(places)), key=numbered.__contains__):  # dots lie below numbers
        (x, y), (verdict, said) = places[at], words[at]
        text = Markup('<text x="{:.1f}" y="{:.1f}">{}</text>').format(x, y + 4, told[at].number)
        yield Markup(
            '<g class="step {}"><title>{}</title><circle cx="{:.1f}" cy="{:.1f}" r="{}"/>{}</g>'
        ).format(
            verdict,
            clean(said),
            x,
            y,
            _RADIUS if at in numbered else _DOT,
            text if at in numbered else "",
        )


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


def _verdict(told: ToldStep) -> tuple[str, str]:
    """A class for the colour, and what was done and said; the critic's word before others."""
    action = f"{told.number}. {told.step.action}"
    if told.labels:
        label = told.labels[0]
        word = "productive" if label.productive else "not productive"
        return "good" if label.productive else "bad", f"{action} (critic: {word}): {label.reason}"
    if told.judgement:
        kept = told.judgement.kept
        word = f"{100 * told.judgement.p_productive:.0f} %"
        reason = f": {told.judgement.reason}" if told.judgement.reason else ""
        return "good" if kept else "bad", f"{action} (model: {word}){reason}"
    return "unread", action


def _dot(kind: str, place: NDArray[np.float64], title: str) -> Markup:
    return Markup(
        '<circle class="{}" cx="{:.1f}" cy="{:.1f}" r="{}"><title>{}</title></circle>'
    ).format(kind, *place, 1.3 * _RADIUS, title)


def _line(kind: str, points: NDArray[np.float64]) -> Markup:
    return _path(kind, "M" + "L".join(map(_point, points)))


def _path(kind: str, moves: str) -> Markup:
    return Markup('<path class="{}" d="{}"/>').format(kind, moves)


def _point(place: NDArray[np.float64]) -> str:
    return f"{place[0]:.1f} {place[1]:.1f}"
