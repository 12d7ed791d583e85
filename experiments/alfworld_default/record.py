"""What several runs of one job showed, gathered from the files of their run directories."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf

from envs.errors import UserError
from envs.files import read_json
from experiments.alfworld_default.run import is_finished, measurements_file
from lfm.done import read_done
from lfm.layout import CONFIG_FILE, MANIFEST_FILE, RESULTS_FILE
from lfm.summary import read_agreements

FREE_SETTINGS = ("seed", "run_dir", "resume", "threads", "logger")
"""Settings in which the runs may differ, as no other may."""


def gather(folder: Path) -> dict[str, Any]:
    """The record of all runs ``seedN`` in a folder: what ``results.json`` of the experiment holds.

    Returns:
        ``overrides``, ``settings`` and ``facts`` that all runs share, and ``runs``: one dictionary
        a seed, in their order.

    Raises:
        UserError: if there is no run, if one is unfinished, or if they are not of one job.
    """
    folders = sorted(file.parent for file in folder.glob(f"seed*/{CONFIG_FILE}"))
    if not folders:
        raise UserError(f"there is no run seedN in {folder}; check --runs")
    for each in folders:
        if not is_finished(each):
            raise UserError(
                f"{each} is not finished; run the experiment again to go on with it, "
                "or move it elsewhere"
            )
    return job_record(folders)


def job_record(folders: Sequence[Path]) -> dict[str, Any]:
    """The record of finished runs of one job, at least one: see :func:`gather`.

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
    return {**notes, "overrides": [_without_path(text) for text in notes["overrides"]]}


def _without_path(override: str) -> str:
    """A folder on somebody's machine says nothing to others."""
    named = override.startswith("env.data=") and override != "env.data=generated"
    return "env.data=DATA" if named else override


def comparable_settings(folder: Path) -> dict[str, Any]:
    """The run's settings but for the free ones, the data folder without its path."""
    config = OmegaConf.to_container(OmegaConf.load(folder / CONFIG_FILE))
    assert isinstance(config, dict)
    settings = {str(key): value for key, value in config.items() if key not in FREE_SETTINGS}
    if settings["env"]["data"] not in (None, "generated"):
        settings["env"]["data"] = "DATA"
    return settings


def _manifest(folder: Path) -> dict[str, Any]:
    manifest: dict[str, Any] = read_json(folder / MANIFEST_FILE)
    return manifest


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
