"""Runs and evaluations that experiments start in processes of their own, and what they take."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from envs.errors import UserError
from envs.files import read_json, write_json
from lfm.layout import CONFIG_FILE, MANIFEST_FILE


def run_folder(out: Path, seed: int) -> Path:
    """The run directory of a seed."""
    return out / f"seed{seed}"


def measurements_file(folder: Path) -> Path:
    """Where time and memory of a run directory's sessions are, beside it."""
    return folder.with_name(f"{folder.name}.json")


def is_finished(folder: Path) -> bool:
    """Whether the run in a folder came to its end."""
    manifest = folder / MANIFEST_FILE
    return manifest.exists() and read_json(manifest)["finished"] is not None


def measure(command: Sequence[str]) -> dict[str, Any]:
    """Run a command to its end.

    Returns:
        ``exit_code``, ``seconds`` on the clock, ``cpu_seconds`` of all cores together, and
        ``peak_bytes``: the resident memory, at its highest, of the largest process among the
        command and its children. Time and memory of children count if the command has waited for
        their end, as it does for the Java processes of ScienceWorld. The kernel counts this
        process in, until the command is loaded: keep it small. Asked to end, this process asks the
        command to, and waits for it.
    """
    start = time.monotonic()
    process: subprocess.Popen[bytes] | None = None
    asked = False

    def end(*_: object) -> None:
        nonlocal asked
        asked = True
        if process is not None:
            process.terminate()

    before = signal.signal(signal.SIGTERM, end)
    try:
        process = subprocess.Popen(command)
        if asked:  # before there was anything to pass it on to
            process.terminate()
        _, status, usage = os.wait4(process.pid, 0)
    finally:
        signal.signal(signal.SIGTERM, before)
    process.returncode = os.waitstatus_to_exitcode(status)
    unit = 1 if sys.platform == "darwin" else 1024
    return {
        "exit_code": process.returncode,
        "seconds": round(time.monotonic() - start, 1),
        "cpu_seconds": round(usage.ru_utime + usage.ru_stime, 1),
        "peak_bytes": usage.ru_maxrss * unit,
    }


def run_seed(env: str, out: Path, seed: int, overrides: Sequence[str]) -> int:
    """Start or go on with ``out``'s run of a seed, unless it is finished.

    Args:
        env: name of the environment.
        out: folder for run directories.
        seed: which run.
        overrides: settings besides environment, seed and run directory.

    Returns:
        The exit code of the run.

    Raises:
        UserError: if the run was begun with other settings.
    """
    folder = run_folder(out, seed)
    file = measurements_file(folder)
    notes: dict[str, Any] = {"overrides": [*overrides], "sessions": []}
    if file.exists():
        notes = read_json(file)
    if notes["overrides"] != [*overrides]:
        raise UserError(
            f"{folder} was begun with the settings {notes['overrides']} and now they are "
            f"{[*overrides]}; give the same ones, or another --out"
        )
    if is_finished(folder):
        sys.stderr.write(f"{folder} is finished\n")
        return 0
    where = "resume" if (folder / CONFIG_FILE).exists() else "run_dir"
    settings = (f"env={env}", f"seed={seed}", f"{where}={folder}", *overrides)
    before = _sessions(folder)
    session = measure([sys.executable, "-m", "lfm.train", *settings])
    if _sessions(folder) > before:  # else it was refused before it began
        notes["sessions"].append({**session, "cores": _cores()})
        write_json(file, notes)
    return int(session["exit_code"])


def evaluate(policy: str, file: Path, seed: int, settings: Sequence[str]) -> int:
    """Evaluate a policy on one core, with the result in ``file``, unless it is there already.

    Args:
        policy: its folder, ``expert`` or ``random``.
        file: for the result row.
        seed: of the evaluation.
        settings: the environment and its settings.

    Returns:
        The exit code.
    """
    if file.exists():
        return 0
    file.parent.mkdir(parents=True, exist_ok=True)
    words = (f"policy={policy}", f"out={file}", f"seed={seed}", "threads=1", *settings)
    return int(measure([sys.executable, "-m", "lfm.evaluate", *words])["exit_code"])


def _sessions(folder: Path) -> int:
    """How often the run in a folder was begun or gone on with."""
    manifest = folder / MANIFEST_FILE
    return len(read_json(manifest)["sessions"]) if manifest.exists() else 0


def _cores() -> int:
    """Processor cores that this process and its children may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
