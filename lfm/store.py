"""What the critic, the feedback model and advisors said, on disk as Parquet.

A critic's feedback is two files in one folder: ``labels.parquet`` has one row per labelled step,
``windows.parquet`` one row per window the critic read. A feedback model's judgements are one
file, an expert's advice is another. The formats are described in ``docs/formats.md``; pandas,
DuckDB and ``datasets`` read them without this module.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from envs.errors import UserError
from envs.tables import read_columns, read_rows, versioned, write_rows
from lfm.critics.base import StepFeedback, WindowFeedback
from lfm.layout import LABELS_FILE, WINDOWS_FILE

SCHEMA_VERSION = 1
"""Version of the tables of this module but for labels and judgements."""


def _column(name: str, kind: pa.DataType) -> pa.Field:
    return pa.field(name, kind, nullable=False)


_LABELLED = pa.schema(
    [
        _column("trajectory_id", pa.string()),
        _column("step", pa.int32()),
        _column("productive", pa.bool_()),
        _column("reason", pa.string()),
        _column("window_id", pa.string()),
        _column("critic", pa.string()),
        _column("privileged", pa.bool_()),
    ]
)
_LABELS_1 = versioned("critic labels", 1, _LABELLED)
LABELS = versioned("critic labels", 2, _LABELLED.append(_column("instead", pa.string())))
"""Columns of ``labels.parquet``; ``step`` counts from 1. Version 1 lacks the last."""

WINDOWS = versioned(
    "critic windows",
    SCHEMA_VERSION,
    pa.schema(
        [
            _column("window_id", pa.string()),
            _column("trajectory_id", pa.string()),
            _column("summary", pa.string()),
            _column("suggestion", pa.string()),
            _column("input_tokens", pa.int64()),
            _column("output_tokens", pa.int64()),
            _column("parse", pa.string()),
            _column("answer", pa.string()),
            _column("critic", pa.string()),
            _column("privileged", pa.bool_()),
        ]
    ),
)
"""Columns of ``windows.parquet``."""

_JUDGED = pa.schema(
    [
        _column("trajectory_id", pa.string()),
        _column("step", pa.int32()),
        _column("p_productive", pa.float64()),
        _column("reason", pa.string()),
        _column("kept", pa.bool_()),
        _column("feedback_model", pa.string()),
    ]
)
_JUDGEMENTS_1 = versioned("judgements", 1, _JUDGED)
JUDGEMENTS = versioned(
    "judgements",
    2,
    _JUDGED.append(_column("summary", pa.string())).append(_column("suggestion", pa.string())),
)
"""Columns of ``judgements.parquet``; ``step`` counts from 1. Version 1 lacks the last two."""

ADVICE = versioned(
    "advice",
    SCHEMA_VERSION,
    pa.schema(
        [
            _column("trajectory_id", pa.string()),
            _column("step", pa.int32()),
            _column("action", pa.string()),
            _column("advisor", pa.string()),
            _column("privileged", pa.bool_()),
        ]
    ),
)
"""Columns of ``advice.parquet``; ``step`` counts from 1."""


class Speaker(NamedTuple):
    """The name of a critic or advisor, and whether it used information an agent could not have."""

    name: str
    privileged: bool


@dataclass(frozen=True, slots=True)
class Judgement:
    """What was said of one step, and whether the step was kept for imitation.

    Attributes:
        trajectory_id: the episode.
        step: which step of it, from 1.
        p_productive: the feedback model's probability that the step was productive, 0 to 1; 0 or
            1 from whatever took its place.
        reason: the reason given; empty if there is none.
        kept: whether the step was selected to be imitated.
        feedback_model: name of the model that judged, e.g. ``"round1"``, or of what took its
            place, e.g. ``"reward"``.
        summary: what a detailed model says happened in the window that ends with this step; empty
            for other steps.
        suggestion: what it says should be done then; empty if nothing.

    Raises:
        ValueError: if the step or the probability is out of range.
    """

    trajectory_id: str
    step: int
    p_productive: float
    reason: str
    kept: bool
    feedback_model: str
    summary: str = ""
    suggestion: str = ""

    def __post_init__(self) -> None:
        if self.step < 1 or not 0.0 <= self.p_productive <= 1.0:
            raise ValueError(
                f"judgement of {self.trajectory_id!r}: step {self.step} must be at least 1 and "
                f"p_productive {self.p_productive} between 0 and 1"
            )


class Advice(NamedTuple):
    """What an advisor would have done instead of a step, or as well."""

    trajectory_id: str
    step: int
    """Which step of the episode, from 1."""
    action: str


def write_feedback(
    folder: Path, feedback: Iterable[WindowFeedback], critic: str, privileged: bool
) -> None:
    """Write a critic's feedback into ``folder``; the windows are written last.

    Args:
        folder: made if missing.
        feedback: in the order in which it shall be read again.
        critic: name of the critic, stored with every row.
        privileged: whether the critic used information an agent could not have.

    Raises:
        UserError: if a file cannot be written.
    """
    windows = list(feedback)
    who = {"critic": critic, "privileged": privileged}
    labels = (
        {
            "trajectory_id": window.trajectory_id,
            "step": label.step,
            "productive": label.productive,
            "reason": label.reason,
            "window_id": window.window_id,
            **who,
            "instead": label.instead,
        }
        for window in windows
        for label in window.steps
    )
    write_rows(folder / LABELS_FILE, LABELS, labels)
    names = [name for name in WINDOWS.names if name not in who]
    rows = ({**{name: getattr(window, name) for name in names}, **who} for window in windows)
    write_rows(folder / WINDOWS_FILE, WINDOWS, rows)


def read_feedback(folder: Path, only: Collection[str] | None = None) -> list[WindowFeedback]:
    """The feedback in a folder, in the order in which it was written.

    Labels of version 1 are read as well.

    Args:
        folder: which.
        only: ids of the episodes whose feedback is wanted; None for all.

    Raises:
        UserError: if a file is missing, damaged, of another version, or the two files do not
            belong together.
    """
    labels: dict[str, list[StepFeedback]] = defaultdict(list)
    for row in read_rows(folder / LABELS_FILE, LABELS, (_LABELS_1,), only):
        label = StepFeedback(row["step"], row["productive"], row["reason"], row.get("instead", ""))
        labels[row["window_id"]].append(label)
    feedback = []
    for row in read_rows(folder / WINDOWS_FILE, WINDOWS, only=only):
        del row["critic"], row["privileged"]
        feedback.append(WindowFeedback(**row, steps=tuple(labels.pop(row["window_id"], ()))))
    if labels:
        raise UserError(
            f"{folder / LABELS_FILE} has labels of windows that {WINDOWS_FILE} beside it lacks, "
            f"e.g. {next(iter(labels))}; delete the folder and make it again"
        )
    return feedback


def read_critic(folder: Path) -> Speaker | None:
    """Who gave the feedback in a folder; None if there is no feedback in the files.

    Raises:
        UserError: if the file is missing, damaged, or of another version.
    """
    row = next(read_rows(folder / WINDOWS_FILE, WINDOWS), None)
    return None if row is None else Speaker(row["critic"], row["privileged"])


def write_judgements(path: Path, judgements: Iterable[Judgement]) -> None:
    """Write judgements as one Parquet file, atomically, in the order given.

    Raises:
        UserError: if the file cannot be written.
    """
    write_rows(path, JUDGEMENTS, map(asdict, judgements))


def read_judgements(path: Path, only: Collection[str] | None = None) -> list[Judgement]:
    """The judgements of a file, in the order in which they were written.

    Files of version 1 are read as well.

    Args:
        path: the file.
        only: ids of the episodes whose judgements are wanted; None for all.

    Raises:
        UserError: if the file is missing, damaged, or of another schema or version.
    """
    return [Judgement(**row) for row in read_rows(path, JUDGEMENTS, (_JUDGEMENTS_1,), only)]


def write_advice(path: Path, advice: Iterable[Advice], advisor: str, privileged: bool) -> None:
    """Write advice as one Parquet file, atomically, in the order given.

    Args:
        path: the file.
        advice: what was said.
        advisor: who said it, stored with every row.
        privileged: whether the advisor used information an agent could not have.

    Raises:
        UserError: if the file cannot be written.
    """
    who = {"advisor": advisor, "privileged": privileged}
    write_rows(path, ADVICE, ({**each._asdict(), **who} for each in advice))


def read_advisor(path: Path) -> Speaker | None:
    """Who gave the advice in a file; None if there is none in it.

    Raises:
        UserError: if the file is missing, damaged, or of another schema or version.
    """
    row = next(read_rows(path, ADVICE), None)
    return None if row is None else Speaker(row["advisor"], row["privileged"])


def read_verdicts(folder: Path) -> pa.Table:
    """Columns ``trajectory_id``, ``step`` and ``productive`` of the labels in a folder.

    Raises:
        UserError: if the file is missing, damaged, or of another schema or version.
    """
    columns = ["trajectory_id", "step", "productive"]
    return read_columns(folder / LABELS_FILE, LABELS, columns, (_LABELS_1,))


def read_probabilities(path: Path) -> pa.Table:
    """Judgements without their words.

    Raises:
        UserError: if the file is missing, damaged, or of another schema or version.
    """
    columns = ["trajectory_id", "step", "p_productive", "kept", "feedback_model"]
    return read_columns(path, JUDGEMENTS, columns, (_JUDGEMENTS_1,))


def read_advice(path: Path, only: Collection[str] | None = None) -> list[Advice]:
    """The advice in a file, in the order in which it was written.

    Args:
        path: the file.
        only: ids of the episodes that are wanted; None for all.

    Raises:
        UserError: if the file is missing, damaged, or of another schema or version.
    """
    return [
        Advice(row["trajectory_id"], row["step"], row["action"])
        for row in read_rows(path, ADVICE, only=only)
    ]
