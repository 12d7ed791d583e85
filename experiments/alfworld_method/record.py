"""What the arms and the trials of the experiment showed, gathered from the files of their runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from experiments.alfworld_default.run import SEEDS
from experiments.alfworld_method.arms import ARMS, TRIALS, TRIED_POLICIES, settings_of
from experiments.alfworld_method.run import expert_file, trial_file
from experiments.records import finished_arms, result_rows, shared


def gather(out: Path) -> dict[str, Any]:
    """The record of all finished runs and trials in a folder.

    Returns:
        What ``results.json`` of the experiment holds: ``facts`` (the data of all runs), ``arms``
        (name -> ``overrides``, ``settings``, and ``runs``, one a seed), ``trials`` (name -> method
        -> result rows, one a seed) and ``expert`` (result rows of the exploring expert, one a
        seed). Runs that are not finished are left out, and named on stderr.

    Raises:
        UserError: if nothing is finished, or if runs are not of the job that their folder names.
    """
    arms = finished_arms(out, {each.name: settings_of(each) for each in ARMS})
    facts = [each.pop("facts") for each in arms.values()]
    return {
        "facts": shared("data", facts, [out / name for name in arms]),
        "arms": arms,
        "trials": _trials(out),
        "expert": result_rows([expert_file(out, seed) for seed in SEEDS]),
    }


def _trials(out: Path) -> dict[str, dict[str, list[dict[str, Any]]]]:
    trials: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for trial in TRIALS:
        for name, method in TRIED_POLICIES.items():
            rows = result_rows([trial_file(out, trial, name, seed) for seed in SEEDS])
            if rows:
                trials.setdefault(trial.name, {})[method] = rows
    return trials
