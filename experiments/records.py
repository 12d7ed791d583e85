"""What finished runs showed, gathered from the files of their run directories."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf
from safetensors import safe_open

from envs.errors import UserError
from envs.files import read_json
from experiments.runs import is_finished, measurements_file, run_folder
from lfm.done import read_done
from lfm.layout import CONFIG_FILE, MANIFEST_FILE, RESULTS_FILE
from lfm.statistics import ResultRow
from lfm.summary import read_agreements

FREE_SETTINGS = ("seed", "run_dir", "resume", "rollout", "threads", "logger")
"""Settings in which the runs may differ, as no other may."""
WEIGHTS = "model.safetensors"
"""In a policy's folder, as ``save_pretrained`` names it."""

_PLACES = {
    "data": (None, "generated"),
    "java": (None, "bundled", "system"),
    "routes": (None,),
    "train_routes": (None,),
}
"""Settings of environments that may name a place on somebody's machine -> values that do not."""


def job_record(folders: Sequence[Path]) -> dict[str, Any]:
    """The record of finished runs of one job, at least one.

    Returns:
        ``overrides``, ``settings`` and ``facts`` that all runs share, and ``runs``: one dictionary
        a seed, in their order.

    Raises:
        UserError: if they are not of one job.
    """
    notes = [_notes(each) for each in folders]
    runs = [_one_run(each, note["sessions"]) for each, note in zip(folders, notes, strict=True)]
    return {
        "overrides": shared("overrides", [each["overrides"] for each in notes], folders),
        "settings": shared("settings", [comparable_settings(each) for each in folders], folders),
        "facts": shared("data", [_manifest(each)["facts"] for each in folders], folders),
        "runs": sorted(runs, key=lambda run: int(run["seed"])),
    }


def finished_arms(out: Path, wanted: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """The records of all arms that have finished runs.

    Each has what :func:`job_record` says, and the size of the policies of its runs. Runs that were
    begun and are not finished are left out, and named on stderr.

    Args:
        out: folder of the arms' folders.
        wanted: name of each arm -> its settings as they are now, without the place of data.

    Raises:
        UserError: if no run is finished, or if runs are not of the arm that their folder names.
    """
    found = {name: _runs_in(out / name) for name in wanted}
    done = {name: [run for run in runs if _is_whole(run)] for name, runs in found.items()}
    arms = {name: _arm_record(runs, wanted[name]) for name, runs in done.items() if runs}
    if not arms:
        raise UserError(f"there is no finished run ARM/seedN in {out}; check --runs")
    for name, runs in found.items():
        for run in runs:
            if run not in done[name]:
                sys.stderr.write(f"left out, as it is not finished: {run}\n")
    return arms


def result_rows(files: Sequence[Path]) -> list[dict[str, Any]]:
    """The results of evaluations, of those files that there are, without tasks and places."""
    kept = ResultRow.__required_keys__ | ResultRow.__optional_keys__
    rows = [read_json(file) for file in files if file.exists()]
    return [{name: value for name, value in row.items() if name in kept} for row in rows]


def parameters(folder: Path) -> int:
    """How many numbers the model in a folder has learned."""
    with safe_open(folder / WEIGHTS, framework="numpy") as file:
        names = file.keys()
        return sum(math.prod(file.get_slice(name).get_shape()) for name in names)


def comparable_settings(folder: Path) -> dict[str, Any]:
    """The run's settings but for the free ones, and without places on a machine."""
    config = OmegaConf.to_container(OmegaConf.load(folder / CONFIG_FILE))
    assert isinstance(config, dict)
    settings = {str(key): value for key, value in config.items() if key not in FREE_SETTINGS}
    for name, usual in _PLACES.items():
        if settings["env"].get(name) not in usual:
            settings["env"][name] = name.upper()
    return settings


def shared(what: str, values: Sequence[Any], folders: Sequence[Path]) -> Any:
    """What all of the values are.

    Args:
        what: what they are, for the error message.
        values: one of each folder, at least one.
        folders: where they are from.

    Raises:
        UserError: if they differ.
    """
    for value, folder in zip(values, folders, strict=True):
        if value != values[0]:
            raise UserError(
                f"{folder} has other {what} than {folders[0]}; "
                "runs of different jobs cannot be in one table"
            )
    return values[0]


def _arm_record(folders: Sequence[Path], wanted: Sequence[str]) -> dict[str, Any]:
    """The record of an arm's finished runs, at least one; ``wanted`` are the arm's settings."""
    record = job_record(folders)
    given = [text for text in record["overrides"] if not _is_place(text)]
    if given != [*wanted]:
        raise UserError(
            f"{folders[0].parent} was run with {given} and the arm is now {[*wanted]}; "
            "run it again, in another --out"
        )
    for run in record["runs"]:
        policies = run_folder(folders[0].parent, run["seed"]) / "policies"
        run["parameters"] = {
            file.parent.name: parameters(file.parent)
            for file in sorted(policies.glob(f"*/{WEIGHTS}"))
        }
        for facts in run["agreement"].values():
            facts.pop("curve", None)
            facts.pop("bins", None)  # alfworld_feedback_model is about these
    return record


def _runs_in(folder: Path) -> list[Path]:
    """The run directories ``seedN`` in a folder, also unfinished ones."""
    return [
        file.parent
        for file in sorted(folder.glob(f"seed*/{CONFIG_FILE}"))
        if file.parent.name.removeprefix("seed").isdecimal()
    ]


def _is_whole(folder: Path) -> bool:
    """Whether a run is finished and what it took was written."""
    return is_finished(folder) and measurements_file(folder).exists()


def _one_run(folder: Path, sessions: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    manifest, rows = _manifest(folder), read_json(folder / RESULTS_FILE)
    stages = read_done(folder)
    return {
        "seed": rows[0]["seed"],
        "rows": rows,
        "agreement": read_agreements(folder),
        "stages": {each.name: {"seconds": each.seconds, **each.counts} for each in stages},
        "cost": _cost(sessions, len(manifest["sessions"])),
        "software": {
            key: manifest[key] for key in ("commit", "python", "platform", "cpu_count", "packages")
        },
    }


def _cost(sessions: Sequence[Mapping[str, Any]], all_sessions: int) -> dict[str, Any] | None:
    """Time, memory and cores; None if a session of the run was not measured.

    ``cpu_seconds`` are None if a session was measured before they were noted.
    """
    if len(sessions) != all_sessions:
        return None
    cpu = [each.get("cpu_seconds") for each in sessions]
    return {
        "seconds": sum(each["seconds"] for each in sessions),
        "cpu_seconds": None if None in cpu else sum(cpu),
        "peak_bytes": max(each["peak_bytes"] for each in sessions),
        "cores": max(each["cores"] for each in sessions),
        "sessions": all_sessions,
    }


def _notes(folder: Path) -> dict[str, Any]:
    notes: dict[str, Any] = read_json(measurements_file(folder))
    return {**notes, "overrides": [_without_place(text) for text in notes["overrides"]]}


def _is_place(override: str) -> bool:
    return override.partition("=")[0] in [f"env.{name}" for name in _PLACES]


def _without_place(override: str) -> str:
    """A folder on somebody's machine says nothing to others."""
    setting, _, value = override.partition("=")
    name = setting.removeprefix("env.")
    named = _is_place(override) and value not in _PLACES[name]
    return f"{setting}={name.upper()}" if named else override


def _manifest(folder: Path) -> dict[str, Any]:
    manifest: dict[str, Any] = read_json(folder / MANIFEST_FILE)
    return manifest
