"""Run the default job once for every seed, one after another, and measure time and memory.

    python -m experiments.alfworld_default.run --out DIR [--seeds 0 1 2 3 4] [setting=value ...]

Every run is ``python -m lfm.train env=alfworld seed=N run_dir=DIR/seedN`` with the settings given.
Finished runs are left alone, begun ones are gone on with. What each session took is written to
``DIR/seedN.json``, beside the run.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from envs.errors import UserError
from envs.files import read_json, write_json
from experiments.command import in_one_sentence
from lfm.layout import CONFIG_FILE, MANIFEST_FILE

SEEDS = (0, 1, 2, 3, 4)


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
        command and its children. The kernel counts this process in, until the command is loaded:
        keep it small.
    """
    start = time.monotonic()
    process = subprocess.Popen(command)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    unit = 1 if sys.platform == "darwin" else 1024
    return {
        "exit_code": process.returncode,
        "seconds": round(time.monotonic() - start, 1),
        "cpu_seconds": round(usage.ru_utime + usage.ru_stime, 1),
        "peak_bytes": usage.ru_maxrss * unit,
    }


def run_seed(out: Path, seed: int, overrides: Sequence[str]) -> int:
    """Start or go on with the run of a seed, unless it is finished.

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
    settings = ("env=alfworld", f"seed={seed}", f"{where}={folder}", *overrides)
    session = measure([sys.executable, "-m", "lfm.train", *settings])
    notes["sessions"].append({**session, "cores": _cores()})
    write_json(file, notes)
    return int(session["exit_code"])


@in_one_sentence
def main(arguments: Sequence[str] | None = None) -> int:
    """Run all seeds; stops at the first run that fails.

    Returns:
        The exit code of the last run.
    """
    given = sys.argv[1:] if arguments is None else arguments
    overrides = [text for text in given if "=" in text and not text.startswith("-")]
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for all run directories")
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS)
    options = parser.parse_args([text for text in given if text not in overrides])
    for seed in options.seeds:
        code = run_seed(options.out, seed, overrides)
        if code:
            return code
    return 0


def _cores() -> int:
    """Processor cores that this process and its children may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


if __name__ == "__main__":
    sys.exit(main())
