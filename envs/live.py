"""Episodes on disk while they are being made: JSON lines that survive ``kill -9``."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

from envs.errors import UserError
from envs.files import naming_errors
from envs.record import SCHEMA_VERSION, Trajectory
from envs.store import Shared, from_row, to_row


def _header(version: int) -> bytes:
    return json.dumps({"schema": "trajectories", "version": version}).encode() + b"\n"


_HEADER = _header(SCHEMA_VERSION)
"""First line of a live file."""
_OLDER = _header(1)
"""The same of a file whose episodes can still be read; as long as the present one."""


class LiveTrajectories:
    """Finished episodes of a running roll-out, as JSON lines that survive ``kill -9``.

    Opening an existing file goes on after its last whole line; a torn last line (the process died
    while writing it) is cut off. A file of version 1 becomes one of this version. Close it when
    done, e.g. with ``contextlib.closing``.

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
            content = path.read_bytes()
            if content.startswith(_OLDER):
                content = self._in_this_version(content)
            if not content.startswith(_HEADER) and not _HEADER.startswith(content):
                raise UserError(
                    f"{path} does not hold live trajectories of version {SCHEMA_VERSION}; "
                    "delete it to start over"
                )
            self._file = path.open("r+b")
            self._file.seek(content.rfind(b"\n") + 1)
            self._file.truncate()
        if self._file.tell() == 0:
            self._write(_HEADER)

    def append(self, *trajectories: Trajectory) -> None:
        """Add finished episodes; when this returns they are on the disk.

        Raises:
            UserError: if they cannot be written.
        """
        lines = (json.dumps(to_row(trajectory)) + "\n" for trajectory in trajectories)
        self._write("".join(lines).encode())

    def __iter__(self) -> Iterator[Trajectory]:
        """The episodes in the file, oldest first.

        Raises:
            UserError: if a line is damaged.
        """
        shared: Shared = {}
        with self._path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                if number > 1:
                    yield self._parse(number, line, shared)

    def close(self) -> None:
        """Close the file.

        Raises:
            UserError: if what is left cannot be written.
        """
        with naming_errors(self._path):
            self._file.close()

    def _in_this_version(self, content: bytes) -> bytes:
        """Change the one byte of the first line that says the version; lines need no change."""
        with self._path.open("r+b") as file:
            file.write(_HEADER)
        return _HEADER + content[len(_OLDER) :]

    def _write(self, lines: bytes) -> None:
        with naming_errors(self._path):
            self._file.write(lines)
            self._file.flush()
            os.fsync(self._file.fileno())

    def _parse(self, number: int, line: str, shared: Shared) -> Trajectory:
        try:
            return from_row(json.loads(line), shared)
        except (ValueError, KeyError, TypeError) as error:
            raise UserError(
                f"{self._path}, line {number}, is damaged ({error}); delete the file to start over"
            ) from error
