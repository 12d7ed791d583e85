"""Small run directories and trials of the ScienceWorld experiment, with made-up results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from envs.record import Step, Trajectory
from envs.scienceworld.tasks import task_ids
from experiments.scienceworld_method import run
from experiments.scienceworld_method.arms import Arm, Condition, Trial
from lfm.statistics import result_row
from tests.experiments.made_runs import done, write, write_run

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


def make_run(
    out: Path,
    arm: Arm,
    seed: int,
    won: Mapping[str, int],
    *,
    overrides: Sequence[str] | None = None,
    session: Mapping[str, Any] | None = None,
    **changes: Any,
) -> Path:
    """A run directory with the files that the record is made of; returns it."""
    folder = out / arm.name / f"seed{seed}"
    env = {"name": "scienceworld", "split": "dev", "java": "/somewhere/private/java"}
    recipe = {"demonstrations": 450, "rounds": 1, "adaptation": {"rounds": 1}}
    numbers = {"precision": 0.9, "recall": 0.8, "f1": 0.847, "calibration_error": 0.0123}
    write_run(
        folder,
        {"env": env, "recipe": recipe, "seed": seed},
        f"scienceworld-1.2.3/{arm.name} f00",
        [row(method, seed, count, arm.condition) for method, count in won.items()],
        {**numbers, "steps": 321, "bins": []},
        arm.settings if overrides is None else overrides,
        {"seconds": 9000.0, "cpu_seconds": 8400.0, **(session or {})},
        **changes,
    )
    done(folder, "demonstrations", 90.0, episodes=450)
    done(folder, "judgements/round1", judged=2000, kept=500)
    return folder


def make_trial(out: Path, trial: Trial, seed: int, won: int, **changes: Any) -> Path:
    """The file of a trial; returns it."""
    file = run.trial_file(out, trial, seed)
    write(file, row(trial.actor, seed, won, trial.condition, **changes))
    return file
