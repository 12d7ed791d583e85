"""Killed at random points and gone on with, a run ends as one that nothing disturbed."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from envs.files import TEMPORARY_PREFIX
from lfm import layout
from tests.end_to_end.commands import TINY, differing, finished, train

KILLS = 5
LAST_STAGE = 12
"""Kills come when at most so many of the 16 stages are finished, so that none comes too late."""


def start(run: Path, *settings: str) -> subprocess.Popen[bytes]:
    """Begin the run, or go on with it."""
    begun = (run / layout.CONFIG_FILE).exists()
    where = f"resume={run}" if begun else f"run_dir={run}"
    command = [sys.executable, "-m", "lfm.train", *TINY, *settings, where]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def sessions(run: Path) -> int:
    """How many times the run was opened."""
    file = run / layout.MANIFEST_FILE
    return len(json.loads(file.read_text())["sessions"]) if file.exists() else 0


def kill_when(run: Path, stages: int, later: float, *settings: str) -> None:
    """Start, and kill ``later`` seconds after so many stages are finished in all."""
    before = sessions(run)
    process = start(run, *settings)
    while sessions(run) == before or len(finished(run)) < stages:
        if process.poll() is not None:
            assert process.stderr is not None
            pytest.fail(f"ended by itself: {process.stderr.read().decode()}")
        time.sleep(0.005)
    time.sleep(later)
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL


def kill_again_and_again(
    run: Path, kills: Sequence[tuple[int, float]], undisturbed: Path, *settings: str
) -> None:
    """Kill and go on, let it end at last, and compare.

    Args:
        run: where.
        kills: for each, how many stages have to be finished, and how many seconds after that.
        undisturbed: a run with the same settings.
        settings: besides those of a tiny run.
    """
    done: dict[str, str] = {}
    for stages, later in kills:
        kill_when(run, stages, later, *settings)
        now = finished(run)
        assert done.items() <= now.items(), "a finished stage was done again"
        done = now
    process = start(run, *settings)
    _, errors = process.communicate()
    assert process.returncode == 0, errors.decode()
    assert done.items() <= finished(run).items()
    assert len(done) < len(finished(run))
    assert differing(run, undisturbed) == []
    assert sessions(run) == len(kills) + 1
    leftovers = [*run.rglob(layout.WORK_FOLDER), *run.rglob(f"{TEMPORARY_PREFIX}*")]
    assert leftovers == []


@pytest.mark.timeout(900)  # six interpreters have to start
def test_kills_change_nothing(straight: Path, tmp_path: Path) -> None:
    draw = random.Random(0)
    stages = sorted(draw.sample(range(LAST_STAGE), KILLS))
    kills = [(each, draw.uniform(0, 0.15)) for each in stages]
    kill_again_and_again(tmp_path / "run", kills, straight)


@pytest.mark.timeout(600)
def test_kills_while_advice_is_given_change_nothing(tmp_path: Path) -> None:
    undisturbed = train(tmp_path / "undisturbed", "recipe=dagger")
    order = sorted(finished(undisturbed), key=finished(undisturbed).__getitem__)
    at = order.index(layout.advice("round1"))
    kills = [(at, 0.0), (at + 1, 0.1)]
    kill_again_and_again(tmp_path / "run", kills, undisturbed, "recipe=dagger")
