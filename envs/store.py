"""Trajectories as Parquet.

The format is described in ``docs/formats.md``; pandas, DuckDB and ``datasets`` read the files
without this module.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from envs.errors import UserError
from envs.record import SCHEMA_VERSION, Step, Trajectory
from envs.tables import read_rows, versioned, write_rows

_STEP = pa.struct(
    [
        pa.field("action", pa.string(), nullable=False),
        pa.field("observation", pa.string(), nullable=False),
        pa.field("admissible", pa.list_(pa.string()), nullable=False),
        pa.field("score", pa.float64(), nullable=False),
        pa.field("log_prob", pa.float64()),
    ]
)

TRAJECTORIES = versioned(
    "trajectories",
    SCHEMA_VERSION,
    pa.schema(
        [
            pa.field("trajectory_id", pa.string(), nullable=False),
            pa.field("env", pa.string(), nullable=False),
            pa.field("env_version", pa.string(), nullable=False),
            pa.field("split", pa.string(), nullable=False),
            pa.field("task_id", pa.string(), nullable=False),
            pa.field("task_type", pa.string(), nullable=False),
            pa.field("instruction", pa.string(), nullable=False),
            pa.field("first_observation", pa.string(), nullable=False),
            pa.field("success", pa.bool_(), nullable=False),
            pa.field("policy", pa.string(), nullable=False),
            pa.field("seed", pa.int64(), nullable=False),
            pa.field("privileged", pa.bool_(), nullable=False),
            pa.field("steps", pa.list_(_STEP), nullable=False),
        ]
    ),
)
"""Columns of a trajectories file: one row per episode, its steps as a list of structs."""


def write_trajectories(path: Path, trajectories: Iterable[Trajectory]) -> None:
    """Write episodes as one Parquet file, atomically, in the order given.

    Raises:
        UserError: if the file cannot be written.
    """
    write_rows(path, TRAJECTORIES, map(to_row, trajectories))


def read_trajectories(path: Path) -> list[Trajectory]:
    """All episodes of a Parquet file, in the order in which they were written.

    Raises:
        UserError: if the file is missing, damaged, or of another schema or version.
    """
    texts: dict[str, str] = {}
    try:
        return [from_row(row, texts) for row in read_rows(path, TRAJECTORIES)]
    except UserError:
        raise
    except ValueError as error:
        raise UserError(f"{path} holds an impossible episode: {error}") from error


def to_row(trajectory: Trajectory) -> dict[str, Any]:
    """The episode as plain values, named as the columns of :data:`TRAJECTORIES`."""
    row = {name: getattr(trajectory, name) for name in TRAJECTORIES.names if name != "steps"}
    row["steps"] = [
        {
            "action": step.action,
            "observation": step.observation,
            "admissible": list(step.admissible),
            "score": step.score,
            "log_prob": step.log_prob,
        }
        for step in trajectory.steps
    ]
    return row


def from_row(row: Mapping[str, Any], texts: dict[str, str]) -> Trajectory:
    """The episode of a row.

    Args:
        row: as made by :func:`to_row`.
        texts: texts seen so far, to share equal ones: most of them are actions.

    Raises:
        ValueError: if a field contradicts another.
    """
    steps = tuple(
        Step(
            action=texts.setdefault(step["action"], step["action"]),
            observation=texts.setdefault(step["observation"], step["observation"]),
            admissible=tuple(texts.setdefault(text, text) for text in step["admissible"]),
            score=step["score"],
            log_prob=step["log_prob"],
        )
        for step in row["steps"]
    )
    return Trajectory(**{**row, "steps": steps})
