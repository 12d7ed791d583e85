"""The commands as a user gives them, on tasks so few that a run takes two seconds."""

from __future__ import annotations

import importlib
import json
import os
import sys
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from envs.store import read_trajectories
from lfm.cli import run_command
from lfm.layout import DONE_FILE, METRICS_FILE, RESULTS_FILE

CONFIGS = {
    "train": "config",
    "evaluate": "evaluate",
    "compare": "compare",
    "leaderboard": "leaderboard",
    "adapt": "adapt",
    "inspect": "inspect",
    "agree": "agree",
    "export": "export",
    "doctor": "doctor",
    "push": "push",
}
TINY = (
    "env=alfworld",
    "experiment=smoke",
    "threads=1",
    "recipe.batch_envs=3",
    "recipe.rounds=1",
    "policy.updates=60",
    "feedback_model.threshold=0",
    "recipe.adaptation.threshold=0",
)
"""Small enough, and still: several batches of episodes, a checkpoint, and steps that are kept."""

FEW = ("threads=1", "env=alfworld", "env.games=4", "env.max_steps=15")
"""For the commands that play without learning first; the same tasks as those of a run of TINY."""


def command(name: str, *settings: str) -> int:
    """Give a command in this process; returns its exit code."""
    main = importlib.import_module(f"lfm.{name}").main
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", [f"lfm.{name}", *settings])
        with pytest.raises(SystemExit) as end:
            run_command(main, CONFIGS[name])
    return int(end.value.code or 0)


def train(folder: Path, *settings: str) -> Path:
    """A tiny run in ``folder``."""
    assert command("train", *TINY, f"run_dir={folder}", *settings) == 0
    return folder


def results(run: Path) -> list[dict[str, Any]]:
    """The rows of ``results.json``."""
    rows: list[dict[str, Any]] = json.loads((run / RESULTS_FILE).read_text())
    return rows


def finished(run: Path) -> dict[str, str]:
    """When each finished stage was; the run may be going on, so a folder may vanish meanwhile."""
    return {
        Path(folder).relative_to(run).as_posix(): json.loads(Path(folder, DONE_FILE).read_text())[
            "finished"
        ]
        for folder, _, files in os.walk(run)  # unlike rglob, no error for a folder that is gone
        if DONE_FILE in files
    }


def contents(run: Path) -> dict[str, Any]:
    """All that a run found out, without times and places: file -> what is in it.

    Parquet files as rows, weights and configurations of models as bytes.
    """
    found: dict[str, Any] = {}
    for file in sorted(run.rglob("*")):
        name = file.relative_to(run).as_posix()
        if file.suffix == ".parquet":
            found[name] = pq.read_table(file).to_pylist()
        elif file.suffix == ".safetensors" or file.name in ("config.json", "agreement.json"):
            found[name] = file.read_bytes()
    found[RESULTS_FILE] = results(run)
    lines = (run / METRICS_FILE).read_text().splitlines()
    records = [{**json.loads(line), "time": None} for line in lines]
    found[METRICS_FILE] = sorted(json.dumps(record, sort_keys=True) for record in records)
    return found


def differing(one: Path, other: Path) -> list[str]:
    """The files in which two runs differ."""
    first, second = contents(one), contents(other)
    names = sorted(first.keys() | second.keys())
    return [name for name in names if first.get(name) != second.get(name)]


def actions(run: Path, stage: str) -> list[list[str]]:
    """What was done in each episode of a stage."""
    episodes = read_trajectories(run / stage / "trajectories.parquet")
    return [[step.action for step in episode.steps] for episode in episodes]
