"""What the arms and the trials of the experiment showed, gathered from the files of their runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from envs.errors import UserError
from experiments.alfworld_default.run import SEEDS
from experiments.alfworld_method.arms import ARMS, TRIALS, TRIED_POLICIES, settings_of
from experiments.alfworld_method.run import expert_file, trial_file
from experiments.records import arm_record, is_whole, result_rows, runs_in, shared


def gather(out: Path) -> tuple[dict[str, Any], list[Path]]:
    """The record of all finished runs and trials in a folder.

    Returns:
        What ``results.json`` of the experiment holds, and the folders of runs that were begun and
        are left out because they are not finished. The record has ``facts`` (the data of all
        runs), ``arms`` (name -> ``overrides``, ``settings``, and ``runs``, one a seed), ``trials``
        (name -> method -> result rows, one a seed) and ``expert`` (result rows of the exploring
        expert, one a seed).

    Raises:
        UserError: if nothing is finished, or if runs are not of the job that their folder names.
    """
    found = {each.name: runs_in(out / each.name) for each in ARMS}
    done = {name: [run for run in runs if is_whole(run)] for name, runs in found.items()}
    arms = {
        each.name: arm_record(done[each.name], settings_of(each))
        for each in ARMS
        if done[each.name]
    }
    if not arms:
        raise UserError(f"there is no finished run ARM/seedN in {out}; check --runs")
    facts = [each.pop("facts") for each in arms.values()]
    record = {
        "facts": shared("data", facts, [out / name for name in arms]),
        "arms": arms,
        "trials": _trials(out),
        "expert": result_rows([expert_file(out, seed) for seed in SEEDS]),
    }
    return record, [run for name, runs in found.items() for run in runs if run not in done[name]]


def _trials(out: Path) -> dict[str, dict[str, list[dict[str, Any]]]]:
    trials: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for trial in TRIALS:
        for name, method in TRIED_POLICIES.items():
            rows = result_rows([trial_file(out, trial, name, seed) for seed in SEEDS])
            if rows:
                trials.setdefault(trial.name, {})[method] = rows
    return trials
