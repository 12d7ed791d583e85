"""What the arms and the trials of the experiment showed, gathered from the files of their runs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from safetensors import safe_open

from envs.errors import UserError
from envs.files import read_json
from experiments.alfworld_default.record import job_record, shared
from experiments.alfworld_default.run import SEEDS, is_finished, measurements_file, run_folder
from experiments.alfworld_method.arms import ARMS, TRIALS, TRIED_POLICIES, Arm, settings_of
from experiments.alfworld_method.run import expert_file, trial_file
from lfm.layout import CONFIG_FILE

WEIGHTS = "model.safetensors"
"""In a policy's folder, as ``save_pretrained`` names it."""


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
    found = {each.name: _runs(out / each.name) for each in ARMS}
    done = {name: [run for run in runs if _is_whole(run)] for name, runs in found.items()}
    arms = {each.name: _arm_record(each, done[each.name]) for each in ARMS if done[each.name]}
    if not arms:
        raise UserError(f"there is no finished run ARM/seedN in {out}; check --runs")
    facts = [each.pop("facts") for each in arms.values()]
    record = {
        "facts": shared("data", facts, [out / name for name in arms]),
        "arms": arms,
        "trials": _trials(out),
        "expert": _rows([expert_file(out, seed) for seed in SEEDS]),
    }
    return record, [run for name, runs in found.items() for run in runs if run not in done[name]]


def parameters(folder: Path) -> int:
    """How many numbers the model in a folder has learned."""
    with safe_open(folder / WEIGHTS, framework="numpy") as file:
        names = file.keys()
        return sum(math.prod(file.get_slice(name).get_shape()) for name in names)


def _runs(folder: Path) -> list[Path]:
    """The runs of an arm, also unfinished ones."""
    return [
        file.parent
        for file in sorted(folder.glob(f"seed*/{CONFIG_FILE}"))
        if file.parent.name.removeprefix("seed").isdecimal()
    ]


def _is_whole(folder: Path) -> bool:
    """Whether a run is finished and what it took was written."""
    return is_finished(folder) and measurements_file(folder).exists()


def _arm_record(each: Arm, folders: Sequence[Path]) -> dict[str, Any]:
    record = job_record(folders)
    wanted = list(settings_of(each))
    if record["overrides"][1:] != wanted:
        raise UserError(
            f"{folders[0].parent} was run with {record['overrides'][1:]} and the arm is now "
            f"{wanted}; run it again, in another --out"
        )
    for run in record["runs"]:
        policies = run_folder(folders[0].parent, run["seed"]) / "policies"
        run["parameters"] = {
            file.parent.name: parameters(file.parent)
            for file in sorted(policies.glob(f"*/{WEIGHTS}"))
        }
        for facts in run["agreement"].values():
            del facts["bins"]  # alfworld_feedback_model is about these
    return record


def _trials(out: Path) -> dict[str, dict[str, list[dict[str, Any]]]]:
    trials: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for trial in TRIALS:
        for name, method in TRIED_POLICIES.items():
            rows = _rows([trial_file(out, trial, name, seed) for seed in SEEDS])
            if rows:
                trials.setdefault(trial.name, {})[method] = rows
    return trials


def _rows(files: Sequence[Path]) -> list[dict[str, Any]]:
    return [read_json(file) for file in files if file.exists()]
