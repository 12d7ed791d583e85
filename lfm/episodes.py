"""Which episodes a run has, and how much was said of each.

Read column by column: no text of a step is unpacked, so that a run of a hundred thousand steps is
listed at once. Only where answers were written anew are they read, which are few and short.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from envs.errors import UserError
from envs.store import read_index, read_trajectories
from lfm import layout
from lfm.done import finished
from lfm.rewritten import read_rewritten
from lfm.store import read_feedback, read_probabilities, read_verdicts

_SHIFT = 32
_MIDDLE = 0.5
"""Threshold of whoever judged without one of its own, such as the critic."""


class Listed(NamedTuple):
    """An episode in a list.

    Attributes:
        set: the stage that made it.
        trajectory_id: its id.
        split: of its task.
        task_id: its task.
        task_type: of its task.
        instruction: of its task.
        policy: who played.
        success: how it ended.
        steps: how many.
        labelled: steps that the critic spoke of.
        judged: steps that the feedback model judged.
        imitated: steps that were kept to be imitated, and answers in whose place something is.
        disagreements: steps on which critic and feedback model differ.
    """

    set: str
    trajectory_id: str
    split: str
    task_id: str
    task_type: str
    instruction: str
    policy: str
    success: bool
    steps: int
    labelled: int
    judged: int
    imitated: int
    disagreements: int


def list_episodes(
    run_directory: Path, stage: str, thresholds: Mapping[str, float]
) -> Iterator[Listed]:
    """The episodes of a stage, in their order.

    Args:
        run_directory: the run.
        stage: which, see :func:`lfm.layout.episode_sets`.
        thresholds: feedback model's name -> probability from which it approves of a step.

    Raises:
        UserError: if a file is damaged.
    """
    name = stage.rpartition("/")[2]
    index = read_index(run_directory / stage / layout.TRAJECTORIES_FILE)
    ids = index["trajectory_id"].combine_chunks()
    labels = _labels(run_directory / layout.feedback(name), ids)
    judged = _judgements(run_directory / layout.judgements(name), ids, thresholds)
    steps = {
        "labelled": labels.keys,
        "judged": judged.keys,
        "imitated": judged.keys[judged.kept],
        "disagreements": _differing(labels, judged),
    }
    if finished(run_directory / layout.refinements(name)):
        steps["imitated"] = _learned(run_directory, stage, ids)
    counts = {each: np.bincount(of >> _SHIFT, minlength=len(ids)) for each, of in steps.items()}
    columns = [each for each in Listed._fields if each != "set" and each not in counts]
    start = 0
    for batch in index.select(columns).to_batches(max_chunksize=256):
        for at, row in enumerate(batch.to_pylist(), start=start):
            said = {each: int(of[at]) for each, of in counts.items()}
            yield Listed(**{"set": stage, **row, **said})
        start += batch.num_rows


def _learned(run_directory: Path, stage: str, ids: pa.Array) -> NDArray[np.int64]:
    """The answers that are imitated, or in whose place a text is that was written anew."""
    name = stage.rpartition("/")[2]
    episodes = read_trajectories(run_directory / stage / layout.TRAJECTORIES_FILE)
    feedback = run_directory / layout.feedback(name)
    heard = read_feedback(feedback) if finished(feedback) else []
    at = {trajectory_id: place for place, trajectory_id in enumerate(ids.to_pylist())}
    anew = read_rewritten(run_directory, name, episodes, heard)
    learned = [
        (at[trajectory_id] << _SHIFT) + step
        for (trajectory_id, step), of in anew.items()
        if of.imitated is not None
    ]
    return np.array(learned, np.int64)


class _Steps(NamedTuple):
    """What was said of steps.

    Attributes:
        keys: which steps: place of the episode among those listed, shifted, and number of the step.
        good: called productive, or approved of.
        kept: kept to be imitated.
    """

    keys: NDArray[np.int64]
    good: NDArray[np.bool_]
    kept: NDArray[np.bool_]


_NONE = _Steps(np.zeros(0, np.int64), np.zeros(0, np.bool_), np.zeros(0, np.bool_))


def _labels(folder: Path, ids: pa.Array) -> _Steps:
    """What the critic called each step; where windows overlap, the first of them counts."""
    if not finished(folder):
        return _NONE
    labels = read_verdicts(folder)
    keys, first = np.unique(_keys(labels, ids, folder), return_index=True)
    good = _flags(labels["productive"])[first]
    return _Steps(keys, good, np.zeros_like(good))


def _judgements(folder: Path, ids: pa.Array, thresholds: Mapping[str, float]) -> _Steps:
    """Whether the feedback model approved of each step, and whether it was kept."""
    if not finished(folder):
        return _NONE
    judged = read_probabilities(folder / layout.JUDGEMENTS_FILE)
    names = judged["feedback_model"].unique()
    needed = np.array([thresholds.get(name, _MIDDLE) for name in names.to_pylist()])
    at = _numbers(pc.index_in(judged["feedback_model"], names))
    probabilities = np.from_dlpack(judged["p_productive"].combine_chunks())
    return _Steps(_keys(judged, ids, folder), probabilities >= needed[at], _flags(judged["kept"]))


def _differing(labels: _Steps, judged: _Steps) -> NDArray[np.int64]:
    """The steps on which critic and feedback model differ."""
    keys, at, other = np.intersect1d(
        labels.keys, judged.keys, assume_unique=True, return_indices=True
    )
    differing: NDArray[np.int64] = keys[labels.good[at] != judged.good[other]]
    return differing


def _keys(steps: pa.Table, ids: pa.Array, folder: Path) -> NDArray[np.int64]:
    """Which steps these are; see :class:`_Steps`."""
    episodes = pc.index_in(steps["trajectory_id"], ids)
    if episodes.null_count:
        raise UserError(
            f"{folder} speaks of episodes that the run lacks; delete the folder and go on with the "
            "run to have it made again"
        )
    keys: NDArray[np.int64] = (_numbers(episodes) << _SHIFT) + _numbers(steps["step"])
    return keys


def _numbers(column: pa.ChunkedArray) -> NDArray[np.int64]:
    """A column without pyarrow's own way, which imports pandas and takes longer than the rest."""
    return np.from_dlpack(column.combine_chunks()).astype(np.int64)


def _flags(column: pa.ChunkedArray) -> NDArray[np.bool_]:
    return _numbers(pc.cast(column, pa.int8())).astype(np.bool_)
