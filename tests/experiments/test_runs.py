"""What a run's sessions took is noted for each of them, and for nothing else."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

from envs.files import read_json
from experiments.runs import measurements_file, run_folder, run_seed

ENDLESS = ("recipe=bc", "recipe.demonstrations=2", "policy.updates=1000000", "threads=1")


def test_a_refused_command_is_no_session(tmp_path: Path) -> None:
    assert run_seed("alfworld", tmp_path, 0, ["recipe=no_such_recipe"]) != 0
    assert not measurements_file(run_folder(tmp_path, 0)).exists()


def test_a_session_that_was_ended_is_noted(tmp_path: Path) -> None:
    folder = run_folder(tmp_path, 0)
    code = (
        "import sys; from pathlib import Path; from experiments.runs import run_seed; "
        f"sys.exit(run_seed('alfworld', Path({str(tmp_path)!r}), 0, {ENDLESS!r}))"
    )
    process = subprocess.Popen([sys.executable, "-c", code])
    while not (folder / "metrics.jsonl").exists():
        assert process.poll() is None
        time.sleep(0.1)
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) != 0
    (session,) = read_json(measurements_file(folder))["sessions"]
    assert session["exit_code"] != 0
    assert len(read_json(folder / "manifest.json")["sessions"]) == 1
