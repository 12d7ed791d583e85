"""What was written in place of a policy's own answers, on disk as Parquet.

The format is described in ``docs/formats.md``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from envs.tables import read_rows, versioned, write_rows

SCHEMA_VERSION = 1


def _column(name: str, kind: pa.DataType) -> pa.Field:
    return pa.field(name, kind, nullable=False)


_SCORES = pa.list_(pa.struct([_column("operator", pa.string()), _column("value", pa.float64())]))

REFINEMENTS = versioned(
    "refinements",
    SCHEMA_VERSION,
    pa.schema(
        [
            _column("trajectory_id", pa.string()),
            _column("step", pa.int32()),
            _column("number", pa.int32()),
            _column("feedback", pa.string()),
            _column("text", pa.string()),
            _column("match", pa.bool_()),
            _column("score", pa.float64()),
            _column("success", pa.bool_()),
            _column("scores", _SCORES),
            _column("selected", pa.bool_()),
            _column("refiner", pa.string()),
            _column("selection", pa.string()),
            _column("privileged", pa.bool_()),
        ]
    ),
)
"""Columns of ``refinements.parquet``; ``step`` and ``number`` count from 1."""


@dataclass(frozen=True, slots=True)
class Refinement:
    """A text written in place of an answer.

    Attributes:
        trajectory_id: the episode.
        step: which step of it had the answer, from 1.
        number: which of the texts for that step, from 1.
        feedback: what the writer was told of the answer; empty if nothing.
        text: what it wrote.
        match: whether an answer could be read in it. This and the next two were found afterwards,
            for tables; only what is marked as privileged has gone by them.
        score: what it is worth, 0 to 1.
        success: whether it is right.
        scores: what was found in choosing, by name.
        selected: whether it is what shall be imitated.
        refiner: who wrote it.
        selection: the operator that chose, whose own value is among ``scores``.
        privileged: the feedback, the writer or the choice used what an agent could not know.
    """

    trajectory_id: str
    step: int
    number: int
    feedback: str
    text: str
    match: bool
    score: float
    success: bool
    scores: Mapping[str, float]
    selected: bool
    refiner: str
    selection: str
    privileged: bool


def write_refinements(path: Path, refinements: Iterable[Refinement]) -> None:
    """Write refinements as one Parquet file, atomically, in the order given.

    Raises:
        UserError: if the file cannot be written.
    """
    write_rows(path, REFINEMENTS, map(_row, refinements))


def read_refinements(path: Path, only: Collection[str] | None = None) -> list[Refinement]:
    """The refinements of a file, in the order in which they were written.

    Args:
        path: the file.
        only: ids of the episodes whose refinements are wanted; None for all.

    Raises:
        UserError: if the file is missing, damaged, or of another schema or version.
    """
    found = []
    for row in read_rows(path, REFINEMENTS, only=only):
        scores = {each["operator"]: each["value"] for each in row.pop("scores")}
        found.append(Refinement(**row, scores=scores))
    return found


def _row(refinement: Refinement) -> dict[str, object]:
    row = {name: getattr(refinement, name) for name in REFINEMENTS.names}
    scores = [{"operator": name, "value": value} for name, value in refinement.scores.items()]
    return {**row, "scores": scores}
