"""Trajectories on disk: Parquet when finished, JSON lines while they are being made.

The formats are described in ``docs/formats.md``; pandas, DuckDB and ``datasets`` read the
Parquet files without this module.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from envs.errors import UserError
from envs.files import naming_errors
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

_HEADER = json.dumps({"schema": "trajectories", "version": SCHEMA_VERSION}).encode() + b"\n"
"""First line of a live file."""


def write_trajectories(path: Path, trajectories: Iterable[Trajectory]) -> None:
    """Write episodes as one Parquet file, atomically, in the order given.

    Raises:
        UserError: if the file cannot be written.
    """
    write_rows(path, TRAJECTORIES, map(_to_row, trajectories))


def read_trajectories(path: Path) -> list[Trajectory]:
    """All episodes of a Parquet file, in the order in which they were written.

    Raises:
        UserError: if the file is missing, damaged, or of another schema or version.
    """
    texts: dict[str, str] = {}
    try:
        return [_from_row(row, texts) for row in read_rows(path, TRAJECTORIES)]
    except UserError:
        raise
    except ValueError as error:
        raise UserError(f"{path} holds an impossible episode: {error}") from error


class LiveTrajectories:
    """Finished episodes of a running roll-out, as JSON lines that survive ``kill -9``.

    Opening an existing file goes on after its last whole line; a torn last line (the process died
    while writing it) is cut off. Close it when done, e.g. with ``contextlib.closing``.

    Args:
        path: the file, made if missing.

    Raises:
        UserError: if the file cannot be opened, is of another version, or is damaged anywhere
            but in its last line.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with naming_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
            self._file = path.open("r+b")
            self._cut_torn_line()
        if self._file.tell() == 0:
            self._write(_HEADER)
        else:
            self._check_header()

    def append(self, *trajectories: Trajectory) -> None:
        """Add finished episodes; when this returns they are on the disk.

        Raises:
            UserError: if they cannot be written.
        """
        lines = (json.dumps(_to_row(trajectory)) + "\n" for trajectory in trajectories)
        self._write("".join(lines).encode())

    def __iter__(self) -> Iterator[Trajectory]:
        """The episodes in the file, oldest first.

        Raises:
            UserError: if a line is damaged.
        """
        texts: dict[str, str] = {}
        with self._path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                if number > 1:
                    yield self._parse(number, line, texts)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _cut_torn_line(self) -> None:
        content = self._file.read()
        whole = content.rfind(b"\n") + 1
        self._file.truncate(whole)
        self._file.seek(whole)

    def _check_header(self) -> None:
        with self._path.open("rb") as file:
            first = file.readline()
        if first != _HEADER:
            raise UserError(
                f"{self._path} does not hold live trajectories of version {SCHEMA_VERSION}; "
                "delete it to start over"
            )

    def _write(self, lines: bytes) -> None:
        with naming_errors(self._path):
            self._file.write(lines)
            self._file.flush()
            os.fsync(self._file.fileno())

    def _parse(self, number: int, line: str, texts: dict[str, str]) -> Trajectory:
        try:
            return _from_row(json.loads(line), texts)
        except (ValueError, KeyError, TypeError) as error:
            raise UserError(
                f"{self._path}, line {number}, is damaged ({error}); delete the file to start over"
            ) from error


def _to_row(trajectory: Trajectory) -> dict[str, Any]:
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


def _from_row(row: Mapping[str, Any], texts: dict[str, str]) -> Trajectory:
    """The episode of a row; ``texts`` shares equal texts, most of which are actions."""
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
