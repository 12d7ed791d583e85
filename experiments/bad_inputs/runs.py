"""Damaged runs: files cut short after a run wrote them, and wrong ways to go on with one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

from experiments.bad_inputs.case import BadInput

_TINY = (
    "experiment=smoke recipe=bc recipe.demonstrations=4 recipe.rollout_tasks=1 "
    "recipe.eval_tasks=1 env.max_steps=30 policy.updates=1"
)


@cache
def _finished_run() -> tempfile.TemporaryDirectory[str]:
    """A tiny run, made once and removed when the program ends; every case gets a copy."""
    folder = tempfile.TemporaryDirectory()
    subprocess.run(
        [sys.executable, "-m", "lfm.train", *_TINY.split(), "run_dir=run"],
        cwd=folder.name,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        check=True,
        capture_output=True,
    )
    return folder


def run_with(cut_short: str | None = None, size: int = 60) -> Callable[[Path], None]:
    """A finished run in ``run``, with one file cut short."""

    def prepare(folder: Path) -> None:
        shutil.copytree(Path(_finished_run().name) / "run", folder / "run")
        if cut_short is not None:
            os.truncate(folder / "run" / cut_short, size)

    return prepare


def _resume(what: str, more: str, answer: str, prepare: Callable[[Path], None]) -> BadInput:
    words = f"{_TINY} {more}".split()
    return BadInput("interrupted files", what, "train", tuple(words), answer, prepare)


def _inspect(what: str, more: str, answer: str, prepare: Callable[[Path], None]) -> BadInput:
    words = f"run={{dir}}/run {more}".split()
    return BadInput("interrupted files", what, "inspect", tuple(words), answer, prepare)


_WEIGHTS = "policies/bc/model.safetensors"
_EPISODES = "demonstrations/trajectories.parquet"

RUNS: tuple[BadInput, ...] = (
    _resume(
        "weights cut short",
        "resume={dir}/run",
        "{dir}/run/policies/bc/model.safetensors is missing or not as the finished "
        "stage policies/bc left it; restore it, or delete {dir}/run/policies/bc to "
        "have the stage done again",
        run_with(_WEIGHTS),
    ),
    _resume(
        "episodes cut short",
        "resume={dir}/run",
        "{dir}/run/demonstrations/trajectories.parquet is missing or not as the "
        "finished stage demonstrations left it; restore it, or delete "
        "{dir}/run/demonstrations to have the stage done again",
        run_with(_EPISODES),
    ),
    _resume(
        "record of a stage cut short",
        "resume={dir}/run",
        "{dir}/run/demonstrations/done.json is damaged (not JSON: Expecting property "
        "name enclosed in double quotes: line 1 column 2 (char 1)); restore it, or "
        "delete it and make it again",
        run_with("demonstrations/done.json", size=1),
    ),
    _resume(
        "manifest cut short",
        "resume={dir}/run",
        "{dir}/run/manifest.json is damaged (not JSON: Expecting property name enclosed "
        "in double quotes: line 1 column 2 (char 1)); restore it, or delete it and make "
        "it again",
        run_with("manifest.json", size=1),
    ),
    _resume(
        "resuming with another seed",
        "resume={dir}/run seed=7",
        "{dir}/run was begun with another config: seed was 0 and is 7. Give the same "
        "values, or start a new run in another run_dir",
        run_with(),
    ),
    _resume(
        "starting where a run is already",
        "run_dir={dir}/run",
        "{dir}/run already holds a run; go on with it by resume={dir}/run, or choose "
        "another run_dir",
        run_with(),
    ),
    BadInput(
        "interrupted files",
        "evaluating weights cut short",
        "evaluate",
        ("policy={dir}/run/policies/bc", "env.games=1"),
        "the policy in {dir}/run/policies/bc cannot be read: Error while deserializing "
        "header: invalid header length",
        run_with(_WEIGHTS),
    ),
    BadInput(
        "interrupted files",
        "evaluating a policy whose settings are cut short",
        "evaluate",
        ("policy={dir}/run/policies/bc", "env.games=1"),
        "the policy in {dir}/run/policies/bc cannot be read: It looks like the config "
        "file at '{dir}/run/policies/bc/config.json' is not a valid JSON file.",
        run_with("policies/bc/config.json"),
    ),
    _inspect(
        "inspecting episodes cut short",
        "set=demonstrations",
        "{dir}/run/demonstrations/trajectories.parquet is damaged or not a Parquet "
        "file (Parquet magic bytes not found in footer. Either the file is corrupted "
        "or this is not a parquet file.); restore it, or delete it and make it again",
        run_with(_EPISODES),
    ),
    _inspect(
        "inspecting episodes that are not there",
        "set=round9",
        "set: {dir}/run has no episodes called 'round9'; it has: demonstrations, "
        "bc-valid_seen, bc-valid_unseen",
        run_with(),
    ),
    _inspect(
        "inspecting an episode that is not there",
        "episode=nobody",
        "episode: {dir}/run has no episode 'nobody'",
        run_with(),
    ),
    _inspect(
        "inspecting results cut short",
        "",
        "{dir}/run/results.json is damaged (not JSON: Expecting value: line 1 column 2 (char 1)); "
        "restore it, or delete it and make it again",
        run_with("results.json", size=1),
    ),
)
