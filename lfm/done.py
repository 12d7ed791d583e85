"""The record of a finished stage, and whether its files are still as it left them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from envs.errors import UserError
from envs.files import read_json
from lfm.layout import DONE_FILE, WORK_FOLDER


@dataclass(frozen=True)
class DoneStage:
    """A finished stage.

    Attributes:
        name: the stage's folder below the run directory.
        seconds: time it took, in the session that finished it.
        resumed: whether an earlier session had done part of it (which ``seconds`` lacks).
        finished: when, in UTC.
        counts: what the stage wants remembered, e.g. ``{"episodes": 134}``.
        outputs: file below the stage's folder -> ``{"bytes", "sha256"}``.
        basis: what it rests on besides settings and earlier stages, such as people's labels; empty
            if nothing.
    """

    name: str
    seconds: float
    resumed: bool
    finished: str
    counts: dict[str, Any]
    outputs: dict[str, dict[str, Any]]
    basis: str = ""


def finished(folder: Path) -> bool:
    """Whether the stage of this folder is done."""
    return (folder / DONE_FILE).exists()


def read_stage(folder: Path) -> DoneStage:
    """The record of the finished stage in a folder.

    Raises:
        UserError: if it is damaged.
    """
    path = folder / DONE_FILE
    try:
        return DoneStage(**read_json(path))
    except TypeError as error:
        raise UserError(f"{path} is damaged; delete the folder to have it made again") from error


def read_done(run_directory: Path) -> list[DoneStage]:
    """The finished stages of a run directory, in the order in which they finished.

    Raises:
        UserError: if a stage's record is damaged.
    """
    paths = run_directory.glob(f"**/{DONE_FILE}")
    return sorted((read_stage(path.parent) for path in paths), key=lambda done: done.finished)


def outputs(folder: Path) -> dict[str, dict[str, Any]]:
    """Size and checksum of each file of a stage, but for its scratch."""
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    return {
        file.relative_to(folder).as_posix(): {"bytes": file.stat().st_size, "sha256": _sha256(file)}
        for file in files
        if file.relative_to(folder).parts[0] != WORK_FOLDER
    }


def check_outputs(folder: Path, done: DoneStage) -> None:
    """See whether the files of a finished stage are there, with their sizes.

    Raises:
        UserError: if one is missing or was cut short.
    """
    for name, facts in done.outputs.items():
        file = folder / name
        if not file.is_file() or file.stat().st_size != facts["bytes"]:
            raise UserError(
                f"{file} is missing or not as the finished stage {done.name} left it; "
                f"restore it, or delete {folder} to have the stage done again"
            )


def _sha256(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
