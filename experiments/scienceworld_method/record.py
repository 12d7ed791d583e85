"""What the arms and the trials of the experiment showed, gathered from the files of their runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from envs.errors import UserError
from experiments.records import finished_arms, result_rows
from experiments.scienceworld_method.arms import ARMS, FULLDEV_TRIALS, TRIALS, Trial


def gather(out: Path) -> dict[str, Any]:
    """The record of all finished runs and trials in a folder.

    Returns:
        What ``results.json`` of the experiment holds: ``arms`` (name -> ``overrides``,
        ``settings``, ``facts``, and ``runs``, one a seed) and ``trials`` (name -> result rows, one
        a seed). Runs that are not finished are left out, and named on stderr.

    Raises:
        UserError: if no run is finished, or if a run or trial is not what its name says.
    """
    arms = finished_arms(out, {each.name: each.settings for each in ARMS})
    trials = {trial.name: _trial(out, trial) for trial in (*TRIALS, *FULLDEV_TRIALS)}
    return {"arms": arms, "trials": {name: rows for name, rows in trials.items() if rows}}


def _trial(out: Path, trial: Trial) -> list[dict[str, Any]]:
    """The results of a trial, in the order of the seeds."""
    files = sorted((out / "trials").glob(f"{trial.name}-seed*.json"))
    rows = result_rows(files)
    wanted = trial.condition
    for file, row in zip(files, rows, strict=True):
        facts = row["env_settings"]
        full = facts["per_task"] == 0
        if (row["max_steps"], facts["simplifications"], full) != (
            wanted.steps,
            wanted.simplifications,
            wanted.full,
        ):
            raise UserError(f"{file} was made under other conditions than its name says; remove it")
    return sorted(rows, key=lambda row: int(row["seed"]))
