"""A run's episodes as data inside the report: an index of all, and their stories in chunks.

Both are JSON, compressed and in base64, whose alphabet cannot become markup. The page unpacks the
index when it opens, and a chunk when one of its episodes is read. A chunk has each text once, since
rooms are seen again and again; so there is half as much to unpack, and less to search. ``data.js``
reads this format.
"""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from lfm import layout
from lfm.corrections import Known, known_episodes
from lfm.opinions import MIDDLE
from lfm.report.map import Maps
from lfm.rewritten import Rewritten, worth
from lfm.story import Story, ToldStep, clean, read_stories

CHUNK = 50
"""Episodes of a chunk."""
LIMIT = 24_000_000
"""Characters of stories in a page; what would make it larger is left out."""
_PRODUCTIVE, _LABELLED, _APPROVED, _KEPT = 1, 2, 4, 8
"""Of a step: the critic called it productive, spoke of it, the model approved, it was imitated or
what stands in its place was."""

_clean = lru_cache(maxsize=1 << 16)(clean)
"""Rooms are described again and again."""


class Embedded(NamedTuple):
    """What the page holds of a run's episodes.

    Attributes:
        contents: what can be filtered by, of every episode: the index.
        chunks: the stories of :data:`CHUNK` episodes each, and the texts in them.
        episodes: how many there are.
        left_out: how many of them are in the index alone.
        no_maps: why there are no maps, if there should be; else empty.
        known: what people's corrections of the episodes have to fit.
    """

    contents: str
    chunks: list[str]
    episodes: int
    left_out: int
    no_maps: str
    known: dict[str, Known]


def embed(run_directory: Path, thresholds: Mapping[str, float], limit: int = LIMIT) -> Embedded:
    """The episodes of a run, those that were judged first, so that others are left out before.

    Args:
        run_directory: the run.
        thresholds: feedback model's name -> probability from which it approves of a step.
        limit: characters of stories at most.

    Raises:
        UserError: if a file of the run is missing or damaged.
    """
    index, chunks, left_out, size = _Index(thresholds), list[str](), 0, 0
    with closing(Maps(run_directory)) as maps:
        for stage in _sets(run_directory):
            stories = read_stories(run_directory, stage)
            for start in range(0, len(stories), CHUNK):
                some = stories[start : start + CHUNK]
                packed = _chunk(some, maps) if size < limit else ""
                fits = size < limit and size + len(packed) <= limit
                size = size + len(packed) if fits else limit
                for at, story in enumerate(some):
                    index.add(stage, story, (len(chunks), at) if fits else None)
                chunks += [packed] if fits else []
                left_out += 0 if fits else len(some)
        contents = pack(index.columns)
        return Embedded(contents, chunks, len(index.known), left_out, maps.missing, index.known)


def pack(value: object) -> str:
    """``value`` as JSON, compressed, in base64; the same value always as the same text."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode("ascii")


def _sets(run_directory: Path) -> list[str]:
    """The sets of episodes: those that were judged, evaluations, the rest; oldest first."""
    sets = layout.episode_sets(run_directory)
    order = (layout.rollouts(""), "evaluations/")
    return sorted(
        sets, key=lambda stage: next((i for i, s in enumerate(order) if stage.startswith(s)), 2)
    )


class _Index:
    """What is known of every episode, column by column.

    Args:
        thresholds: feedback model's name -> probability from which it approves of a step.

    Attributes:
        columns: name -> a value for each episode; those that recur are numbers of entries in
            ``names``. ``p`` (in thousandths, -1 for none) and ``flags`` have one for each step.
        known: what people's corrections of the episodes have to fit.
    """

    def __init__(self, thresholds: Mapping[str, float]) -> None:
        self._thresholds = thresholds
        self._numbers: dict[str, dict[str, int]] = {
            name: {} for name in ("set", "split", "type", "task", "instruction", "policy")
        }
        own = ("id", "digest", "success", "steps", "chunk", "at", "p", "flags")
        self._values: dict[str, list[Any]] = {name: [] for name in (*self._numbers, *own)}
        self.known: dict[str, Known] = {}

    @property
    def columns(self) -> dict[str, Any]:
        return {**self._values, "names": {name: list(of) for name, of in self._numbers.items()}}

    def add(self, stage: str, story: Story, place: tuple[int, int] | None) -> None:
        """Add an episode, whose story is in ``place``: number of the chunk, and in the chunk."""
        episode, told = story.trajectory, list(story.told)
        names = {
            "set": stage,
            "split": episode.split,
            "type": episode.task_type,
            "task": episode.task_id,
            "instruction": episode.instruction,
            "policy": episode.policy,
        }
        for name, text in names.items():
            numbers = self._numbers[name]
            self._values[name].append(numbers.setdefault(_clean(text), len(numbers)))
        self.known |= known_episodes([episode])
        self._values["id"].append(_clean(episode.trajectory_id))
        self._values["digest"].append(self.known[episode.trajectory_id].digest)
        self._values["success"].append(int(episode.success))
        self._values["steps"].append(len(told))
        self._values["chunk"].append(-1 if place is None else place[0])
        self._values["at"].append(-1 if place is None else place[1])
        self._values["p"] += map(_thousandths, told)
        self._values["flags"] += map(self._flags, told)

    def _flags(self, told: ToldStep) -> int:
        flags = 0
        if told.labels:
            flags |= _LABELLED | (_PRODUCTIVE if told.labels[0].productive else 0)
        if judgement := told.judgement:
            threshold = self._thresholds.get(judgement.feedback_model, MIDDLE)
            flags |= _APPROVED if judgement.p_productive >= threshold else 0
            flags |= _KEPT if judgement.kept else 0
        if told.rewritten and told.rewritten.imitated is not None:
            flags |= _KEPT
        return flags


def _thousandths(told: ToldStep) -> int:
    return -1 if told.judgement is None else round(1000 * told.judgement.p_productive)


def _chunk(stories: Iterable[Story], maps: Maps) -> str:
    """Stories packed: every text in them is a number, as text, of one in a list beside them."""
    numbers: dict[str, int] = {}
    numbered = _numbered([_story(each, maps) for each in stories], numbers)
    return pack({"texts": list(numbers), "stories": numbered})


def _numbered(value: Any, numbers: dict[str, int]) -> Any:
    """``value`` with its texts, but for names of fields, replaced by their numbers."""
    if isinstance(value, str):
        return str(numbers.setdefault(value, len(numbers)))
    if isinstance(value, dict):
        return {name: _numbered(each, numbers) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_numbered(each, numbers) for each in value]
    return value


def _story(story: Story, maps: Maps) -> dict[str, Any]:
    """An episode as a person reads it."""
    episode = story.trajectory
    return {
        "version": _clean(episode.env_version),
        "seed": episode.seed,
        "privileged": episode.privileged,
        "critic": story.critic and _clean(story.critic.name),
        "critic_privileged": bool(story.critic and story.critic.privileged),
        "first": _clean(episode.first_observation),
        "steps": [_step(told) for told in story.told],
        "windows": [each for each in _windows(story) if each["summary"] or each["suggestion"]],
        "map": maps.draw(story),
    }


def _windows(story: Story) -> Iterator[dict[str, Any]]:
    """What was said of the steps so far: by the critic, then by a detailed feedback model."""
    for window in story.windows:
        last = max((label.step for label in window.steps), default=0)
        yield _said("The critic", last, window.summary, window.suggestion)
    for number, told in enumerate(story.told, start=1):
        if judged := told.judgement:
            yield _said(judged.feedback_model, number, judged.summary, judged.suggestion)


def _said(who: str, last: int, summary: str, suggestion: str) -> dict[str, Any]:
    texts = {"who": who, "summary": summary, "suggestion": suggestion}
    return {"last": last, **{name: _clean(text) for name, text in texts.items()}}


def _step(told: ToldStep) -> dict[str, Any]:
    step: dict[str, Any] = {
        "action": _clean(told.step.action),
        "seen": _clean(told.step.observation),
        "score": told.step.score,
        "labels": [[label.productive, _clean(label.reason)] for label in told.labels],
    }
    if judgement := told.judgement:
        step["model"] = {
            "p": judgement.p_productive,
            "kept": judgement.kept,
            "reason": _clean(judgement.reason),
            "name": _clean(judgement.feedback_model),
        }
    if told.advice is not None:
        step["advice"] = _clean(told.advice)
    if told.rewritten is not None:
        step["anew"] = _rewritten(told, told.rewritten)
    return step


def _rewritten(told: ToldStep, rewritten: Rewritten) -> dict[str, Any]:
    """What became of an answer; ``told`` is null where it is the critic's word."""
    verdict, imitated = rewritten.verdict, rewritten.imitated
    heard = not rewritten.texts or rewritten.told in [label.reason for label in told.labels]
    return {
        "verdict": verdict and [verdict.productive, _clean(verdict.reason)],
        "told": None if heard else _clean(rewritten.told),
        "texts": [
            [_clean(text.text), text.success, text.selected, _clean(worth(text))]
            for text in rewritten.texts
        ],
        "imitated": None if imitated is None else _clean(imitated),
        "as_it_is": imitated == told.step.action,
    }
