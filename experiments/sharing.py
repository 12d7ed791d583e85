"""Runs that begin with stages of another run, because nothing that these depend on differs."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from envs.errors import UserError
from experiments.runs import is_finished
from lfm.cli import compose
from lfm.run import Run


def take_over(base: Path, folder: Path, settings: Sequence[str], stages: Sequence[str]) -> None:
    """Begin a run with stages of the finished run ``base``, unless it was begun.

    The run's own command then finds these stages done. It refuses to go on if the settings that
    are written here are not its own.

    Args:
        base: a run directory.
        folder: of the new run.
        settings: of it, as they are given to ``lfm.train``.
        stages: their folders.

    Raises:
        UserError: if ``base`` is not finished.
    """
    if folder.exists():
        return
    if not is_finished(base):
        raise UserError(f"{folder} shares stages with {base}, which is not finished; run that")
    partial = folder.with_name(f"{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    Run(partial, compose("config", settings)).close(finished=False)
    for stage in stages:
        shutil.copytree(base / stage, partial / stage)
    partial.rename(folder)
