"""Trajectories as Parquet.

The format is described in ``docs/formats.md``; pandas, DuckDB and ``datasets`` read the files
without this module.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import pyarrow as pa
import pyarrow.compute as pc

from envs.actions import FactoredActions
from envs.errors import UserError
from envs.record import SCHEMA_VERSION, Step, Trajectory
from envs.tables import read_columns, read_rows, versioned, write_rows

_STEP = [
    pa.field("action", pa.string(), nullable=False),
    pa.field("observation", pa.string(), nullable=False),
    pa.field("admissible", pa.list_(pa.string()), nullable=False),
    pa.field("score", pa.float64(), nullable=False),
    pa.field("log_prob", pa.float64()),
]
_THINGS = pa.field("things", pa.list_(pa.string()))
"""Since version 2: what fills the gaps of the admissible actions; null where they have none."""
_EPISODE = [
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
]


def _schema(version: int, step: Sequence[pa.Field]) -> pa.Schema:
    steps = pa.field("steps", pa.list_(pa.struct(step)), nullable=False)
    return versioned("trajectories", version, pa.schema([*_EPISODE, steps]))


TRAJECTORIES = _schema(SCHEMA_VERSION, [*_STEP, _THINGS])
"""Columns of a trajectories file: one row per episode, its steps as a list of structs."""
_OLDER = (_schema(1, _STEP),)
"""Versions that are still read."""

Shared = dict[Any, Any]
"""Values seen so far, each under itself, so that equal ones are kept once: most are actions."""


def write_trajectories(path: Path, trajectories: Iterable[Trajectory]) -> None:
    """Write episodes as one Parquet file, atomically, in the order given.

    Raises:
        UserError: if the file cannot be written.
    """
    write_rows(path, TRAJECTORIES, map(to_row, trajectories))


def read_trajectories(path: Path, only: Collection[str] | None = None) -> list[Trajectory]:
    """The episodes of a Parquet file, in the order in which they were written.

    Args:
        path: the file.
        only: ids of those that are wanted; None for all.

    Raises:
        UserError: if the file is missing, damaged, or of another schema or version.
    """
    shared: Shared = {}
    try:
        return [from_row(row, shared) for row in read_rows(path, TRAJECTORIES, _OLDER, only)]
    except UserError:
        raise
    except ValueError as error:
        raise UserError(f"{path} holds an impossible episode: {error}") from error


def read_index(path: Path) -> pa.Table:
    """All of the episodes of a Parquet file but their steps, of which it has the number.

    Raises:
        UserError: if the file is missing, damaged, or of another schema or version.
    """
    names = [field.name for field in _EPISODE]
    table = read_columns(path, TRAJECTORIES, [*names, "steps.score"], _OLDER)
    lengths = pc.list_value_length(table["steps"])
    return table.set_column(table.schema.get_field_index("steps"), "steps", lengths)


def to_row(trajectory: Trajectory) -> dict[str, Any]:
    """The episode as plain values, named as the columns of :data:`TRAJECTORIES`."""
    row = {name: getattr(trajectory, name) for name in TRAJECTORIES.names if name != "steps"}
    row["steps"] = [
        {
            "action": step.action,
            "observation": step.observation,
            **_written(step.admissible),
            "score": step.score,
            "log_prob": step.log_prob,
        }
        for step in trajectory.steps
    ]
    return row


def _written(admissible: Sequence[str]) -> dict[str, list[str] | None]:
    """Factored actions as frames and things, others as they are."""
    if isinstance(admissible, FactoredActions):
        return {"admissible": list(admissible.frames), "things": list(admissible.things)}
    return {"admissible": list(admissible), "things": None}


def from_row(row: Mapping[str, Any], shared: Shared) -> Trajectory:
    """The episode of a row.

    Args:
        row: as made by :func:`to_row`, of this version or an older one.
        shared: what was read so far, to share equal texts and lists of them.

    Raises:
        ValueError: if a field contradicts another.
    """

    def once(text: str) -> str:
        return cast(str, shared.setdefault(text, text))

    steps = tuple(
        Step(
            action=once(step["action"]),
            observation=once(step["observation"]),
            admissible=_read(step, shared),
            score=step["score"],
            log_prob=step["log_prob"],
        )
        for step in row["steps"]
    )
    return Trajectory(**{**row, "steps": steps})


def _read(step: Mapping[str, Any], shared: Shared) -> Sequence[str]:
    """The admissible actions of a step; equal texts, lists and pairs of lists are kept once."""

    def once(texts: Iterable[str]) -> tuple[str, ...]:
        found = tuple(texts)
        if found not in shared:
            found = tuple(shared.setdefault(text, text) for text in found)
        return cast(tuple[str, ...], shared.setdefault(found, found))

    texts, things = once(step["admissible"]), step.get("things")
    if things is None:
        return texts
    actions = FactoredActions(texts, once(things))
    return cast(FactoredActions, shared.setdefault(actions, actions))
