"""The file that keeps what chat models said: SQLite, shared by runs and processes.

Rows are only ever added. Writers wait for each other; a process may be killed at any point, and
the machine may lose power, without losing a row that was written (write-ahead log, synchronised).
The file belongs on a local disk: SQLite's write-ahead log needs memory shared by its readers.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock

from envs.errors import UserError
from envs.files import naming_errors

SCHEMA_VERSION = 1
"""Of the tables, in the file as SQLite's ``user_version``."""

_APPLICATION = 0x4C464D63
"""Marks the file as ours, as SQLite's ``application_id``: "LFMc"."""

_WAIT = 60.0
"""Seconds that a writer waits for others."""

_TABLES = """
CREATE TABLE requests (
    key TEXT PRIMARY KEY,
    request TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE calls (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL,
    run TEXT NOT NULL,
    purpose TEXT NOT NULL,
    model TEXT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('answered', 'kept', 'broken', 'failed')),
    began REAL NOT NULL,
    seconds REAL NOT NULL,
    input_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    cost REAL NOT NULL,
    response TEXT NOT NULL
);
CREATE INDEX answers ON calls (key) WHERE outcome = 'answered';
CREATE INDEX runs ON calls (run, purpose);
"""
"""``docs/formats.md`` explains the columns."""


class Database:
    """An open file, or memory.

    Args:
        path: the file, made if missing; None to keep everything in memory until it is closed.

    Raises:
        UserError: if the file is damaged, is something else, or is of a later version.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._lock = threading.Lock()
        if path is None:
            self._connection = self._connect(":memory:")
            self._make()
            return
        path = path.expanduser()
        with naming_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True)
        with self._naming_errors():
            self._connection = self._connect(str(path))
            try:
                self._open(path)
            except BaseException:
                self._connection.close()
                raise

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The rows that a query finds."""
        with self._naming_errors(), self._lock:
            return self._connection.execute(query, values).fetchall()

    def write(self, *statements: tuple[str, Sequence[Sequence[Any]]]) -> None:
        """Do each statement for each of its rows, all or none; on disk when this returns."""
        with self._naming_errors(), self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                for statement, rows in statements:
                    self._connection.executemany(statement, rows)
                self._connection.execute("COMMIT")
            finally:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._connection.close()

    def _connect(self, name: str) -> sqlite3.Connection:
        return sqlite3.connect(name, timeout=_WAIT, isolation_level=None, check_same_thread=False)

    def _open(self, path: Path) -> None:
        if not self._ours():
            # Only one process may turn an empty file into ours.
            with FileLock(path.with_name(path.name + ".lock"), timeout=_WAIT):
                if not self._ours():
                    self._connection.execute("PRAGMA journal_mode = WAL")
                    self._make()
        self._connection.execute("PRAGMA synchronous = FULL")

    def _ours(self) -> bool:
        """Whether the tables are there; False for a file that is still empty.

        Raises:
            UserError: if the file is something else, or of a later version.
        """
        (application,) = self.rows("PRAGMA application_id")[0]
        (version,) = self.rows("PRAGMA user_version")[0]
        if (application, version) == (_APPLICATION, SCHEMA_VERSION):
            return True
        if application == _APPLICATION:
            raise UserError(
                f"{self._path} was written by another version of LFM (format {version}, this is "
                f"{SCHEMA_VERSION}); use that version, or name another file as the cache"
            )
        if version or self.rows("SELECT 1 FROM sqlite_master LIMIT 1"):
            raise UserError(
                f"{self._path} is a database of something else; name another file as the cache"
            )
        return False

    def _make(self) -> None:
        self._connection.executescript(
            f"BEGIN IMMEDIATE; {_TABLES} PRAGMA application_id = {_APPLICATION}; "
            f"PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;"
        )

    @contextmanager
    def _naming_errors(self) -> Iterator[None]:
        """Say of which file SQLite speaks, and what can be done."""
        try:
            yield
        except sqlite3.OperationalError as error:
            raise UserError(
                f"cannot use {self._path} ({error}); check that the place exists, is writable and "
                "has space, and that no other program holds the file"
            ) from error
        except sqlite3.DatabaseError as error:
            raise UserError(
                f"{self._path} is damaged or is no SQLite file ({error}); restore it, save what is "
                "left with 'sqlite3 FILE .recover', or name another file as the cache"
            ) from error
