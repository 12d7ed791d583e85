"""Small run directories and trials of the ScienceWorld experiment, with made-up results."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file

from envs.record import Step, Trajectory
from envs.scienceworld.tasks import task_ids
from experiments.scienceworld_method import run
from experiments.scienceworld_method.arms import Arm, Condition, Trial
from lfm.statistics import result_row

PLAYED = ("boil", "test-conductivity")
"""7 and 10 variations of dev; there are 7 and 225 in all of it."""
VARIATIONS = task_ids("dev", 10, PLAYED)
WON, LOST, OUT_OF_TIME = (0.5, 1.0), (0.25, -1.0), (0.0, 0.5)


def row(
    method: str, seed: int, won: int, condition: Condition, lost: int = 2, **changes: Any
) -> dict[str, Any]:
    """The result of an evaluation: the first variations are won, the last ones lost for good."""
    left = len(VARIATIONS) - won - lost
    ends = [*[WON] * won, *[OUT_OF_TIME] * left, *[LOST] * lost]
    episodes = [
        Trajectory(
            trajectory_id=task_id,
            env="scienceworld",
            env_version=f"scienceworld-1.2.3/{condition.simplifications or 'none'}",
            split="dev",
            task_id=task_id,
            task_type=task_id.partition("/")[0],
            instruction="Boil it.",
            first_observation="A room.",
            steps=tuple(Step("wait1", "Time passes.", ("wait1",), score) for score in scores),
            success=scores[-1] == 1.0,
            policy=method,
            seed=seed,
            privileged=method != "random",
        )
        for task_id, scores in zip(VARIATIONS, ends, strict=True)
    ]
    row = result_row(
        method,
        episodes,
        episodes=len(VARIATIONS),
        max_steps=condition.steps,
        goals="template",
        seed=seed,
        env_settings={
            "simplifications": condition.simplifications,
            "per_task": 0 if condition.full else 10,
            "tasks": [],
        },
        graded=True,
    )
    return {**row, **changes}


def write(path: Path, value: Any) -> None:
    """Write a file of JSON, with its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value), encoding="utf-8")


def done(folder: Path, name: str, seconds: float, **counts: Any) -> None:
    """Make a stage a finished one."""
    facts = {"name": name, "seconds": seconds, "resumed": False, "outputs": {}}
    finished = "2026-01-01T00:00:00.000+00:00"
    write(folder / name / "done.json", {**facts, "finished": finished, "counts": counts})


def make_run(out: Path, arm: Arm, seed: int, won: Mapping[str, int], **changes: Any) -> Path:
    """A run directory with the files that the record is made of."""
    folder = out / arm.name / f"seed{seed}"
    env = {"name": "scienceworld", "split": "dev", "java": "/somewhere/private/java"}
    recipe = {"demonstrations": 450, "rounds": 1, "adaptation": {"rounds": 1}}
    config = {"env": env, "recipe": recipe, "seed": seed, "run_dir": str(folder)}
    manifest = {
        "finished": changes.get("finished", "2026-01-01"),
        "commit": "abc",
        "python": "3.11.7",
        "platform": "Linux x86_64",
        "cpu_count": 2,
        "packages": {"torch": "2.13.0", "numpy": "2.0"},
        "facts": {"dev_data": f"scienceworld-1.2.3/{arm.name} f00"},
        "sessions": [{}] * changes.get("sessions", 1),
    }
    numbers = {"precision": 0.9, "recall": 0.8, "f1": 0.847, "calibration_error": 0.0123}
    write(folder / "config.yaml", config)
    write(folder / "manifest.json", manifest)
    write(folder / "results.json", [row(m, seed, n, arm.condition) for m, n in won.items()])
    write(folder / "feedback_model/round1/agreement.json", {**numbers, "steps": 321, "bins": []})
    done(folder, "demonstrations", 90.0, episodes=450)
    done(folder, "judgements/round1", 30.0, judged=2000, kept=500)
    (folder / "policies" / "bc").mkdir(parents=True)
    weights = {"a": np.zeros((3, 10_000), np.float32)}
    save_file(weights, folder / "policies" / "bc" / "model.safetensors")
    session = {"exit_code": 0, "seconds": 9000.0, "peak_bytes": 1_500_000_000, "cores": 2}
    session |= {"cpu_seconds": 8400.0, **changes.get("session", {})}
    notes = {"overrides": changes.get("overrides", arm.settings), "sessions": [session]}
    write(folder.with_suffix(".json"), notes)
    return folder


def make_trial(out: Path, trial: Trial, seed: int, won: int, **changes: Any) -> Path:
    """The file of a trial; returns it."""
    file = run.trial_file(out, trial, seed)
    write(file, row(trial.actor, seed, won, trial.condition, **changes))
    return file
