"""Files that are whole or absent: atomic writes, and errors that name the file."""

from __future__ import annotations

import errno
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from envs.errors import UserError

TEMPORARY_PREFIX = ".unfinished-"
"""What the names of half-written files begin with; after a kill such a file can be deleted."""


@contextmanager
def naming_errors(path: Path) -> Iterator[None]:
    """Turn an operating system's refusal to write into a sentence that names the file.

    Raises:
        UserError: instead of any ``OSError`` of the body.
    """
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            reason = "the disk is full; free some space and run again"
        else:
            reason = f"{error.strerror or error}; check that the place exists and is writable"
        raise UserError(f"cannot write {path}: {reason}") from error


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside ``path`` that takes its place when the body succeeds.

    A reader sees the old file or the new one, never a part of it, also after ``kill -9`` or a
    power cut. Missing parent folders are made.

    Raises:
        UserError: if the file cannot be written; the old one is left as it was.
    """
    with naming_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=TEMPORARY_PREFIX, dir=path.parent)
        os.close(handle)
        temporary = Path(name)
        try:
            yield temporary
            temporary.chmod(0o666 & ~_umask())
            _sync(temporary)
            temporary.replace(path)
            _sync(path.parent)
        finally:
            temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write ``text`` as UTF-8, atomically.

    Raises:
        UserError: if the file cannot be written.
    """
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: Path, value: Any) -> None:
    """Write ``value`` as indented JSON, atomically.

    Raises:
        UserError: if the file cannot be written.
    """
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def read_json(path: Path) -> Any:
    """The value in a JSON file.

    Raises:
        UserError: if the file is missing, unreadable or not JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror or error}; check the path") from error
    except ValueError as error:
        raise UserError(
            f"{path} is damaged (not JSON: {error}); restore it, or delete it and make it again"
        ) from error


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current


def _sync(path: Path) -> None:
    """Ask the disk to keep what is at ``path`` (a file, or a folder's list of names)."""
    if path.is_dir() and os.name == "nt":
        return  # Windows cannot open folders
    handle = os.open(path, os.O_RDWR if path.is_file() else os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
