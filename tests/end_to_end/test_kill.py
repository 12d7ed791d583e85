"""Killed at random points and gone on with, a run ends as one that nothing disturbed."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from envs.files import TEMPORARY_PREFIX
from lfm import layout
from tests.end_to_end.commands import TINY, differing, finished

KILLS = 5
LAST_STAGE = 12
"""Kills come when at most so many of the 16 stages are finished, so that none comes too late."""


def start(run: Path) -> subprocess.Popen[bytes]:
    """Begin the run, or go on with it."""
    begun = (run / layout.CONFIG_FILE).exists()
    where = f"resume={run}" if begun else f"run_dir={run}"
    command = [sys.executable, "-m", "lfm.train", *TINY, where]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def sessions(run: Path) -> int:
    """How many times the run was opened."""
    file = run / layout.MANIFEST_FILE
    return len(json.loads(file.read_text())["sessions"]) if file.exists() else 0


def kill_when(run: Path, stages: int, later: float) -> None:
    """Start, and kill ``later`` seconds after so many stages are finished in all."""
    before = sessions(run)
    process = start(run)
    while sessions(run) == before or len(finished(run)) < stages:
        if process.poll() is not None:
            assert process.stderr is not None
            pytest.fail(f"ended by itself: {process.stderr.read().decode()}")
        time.sleep(0.005)
    time.sleep(later)
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL


@pytest.mark.timeout(900)  # six interpreters have to start
def test_kills_change_nothing(straight: Path, tmp_path: Path) -> None:
    draw = random.Random(0)
    run = tmp_path / "run"
    done: dict[str, str] = {}
    for stages in sorted(draw.sample(range(LAST_STAGE), KILLS)):
        kill_when(run, stages, draw.uniform(0, 0.15))
        now = finished(run)
        assert done.items() <= now.items(), "a finished stage was done again"
        done = now
    process = start(run)
    _, errors = process.communicate()
    assert process.returncode == 0, errors.decode()
    assert done.items() <= finished(run).items()
    assert len(done) < len(finished(run))
    assert differing(run, straight) == []
    assert sessions(run) == KILLS + 1
    leftovers = [*run.rglob(layout.WORK_FOLDER), *run.rglob(f"{TEMPORARY_PREFIX}*")]
    assert leftovers == []
