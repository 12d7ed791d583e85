"""Small run directories of the ALFWorld experiment, with made-up results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from experiments.alfworld_method.arms import arm, settings_of
from tests.experiments.made_runs import done, write_run

TASKS = 140


def result(method: str, seed: int, successes: int, **changes: Any) -> dict[str, Any]:
    """The result of an evaluation."""
    return {
        "method": method,
        "env": "alfworld",
        "env_version": "fast-1/official-2.1.2",
        "split": "valid_seen",
        "episodes": TASKS,
        "successes": successes,
        "success_rate": successes / TASKS,
        "interval": [0.0, 1.0],
        "privileged": method not in ("bc", "expert"),
        "by_task_type": {"heat": [max(0, successes - 60), 80], "cool": [60, 60]},
        "mean_steps": 12.34,
        "max_steps": 50,
        "goals": "template",
        "admissible_given": True,
        "seed": seed,
        **changes,
    }


def make_run(
    out: Path,
    name: str,
    seed: int,
    successes: Mapping[str, int],
    *,
    settings: Mapping[str, Mapping[str, Any]] | None = None,
    data: str = "official f00",
    f1: float = 0.9,
    cpu_seconds: float | None = 600.0,
    overrides: Sequence[str] | None = None,
    **changes: Any,
) -> Path:
    """A run directory with the files that the record is made of; returns it."""
    folder = out / name / f"seed{seed}"
    config: dict[str, Any] = {
        "env": {"split": "valid_seen", "data": "/somewhere/private", "dialect": "move"},
        "recipe": {"demonstrations": 35, "temperature": 1.0},
        "critic": {"miss_rate": 0.0, "false_alarm_rate": 0.0},
        "seed": seed,
        **dict.fromkeys(("resume", "threads", "logger")),
    }
    for group, values in (settings or {}).items():
        config[group].update(values)
    rows = [result(method, seed, count) for method, count in successes.items()]
    agreement = {"f1": f1, "bins": [[0.1, 0.1, 7]]}
    given = settings_of(arm(name)) if overrides is None else overrides
    started = ["env.data=/somewhere/private", *given]
    session = {"seconds": 700.0, "cpu_seconds": cpu_seconds}
    write_run(folder, config, data, rows, agreement, started, session, **changes)
    done(folder, "judgements/round1", judged=2000, kept=500 + 100 * seed)
    done(folder, "judgements/adapted1", judged=0, kept=0)
    return folder
