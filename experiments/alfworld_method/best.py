"""The best configuration: what each run of it reached and took."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from experiments.alfworld_method.figures import (
    BC,
    LEARNED,
    MARKED,
    ONCE,
    Record,
    Stages,
    rate_cell,
    runs_of,
    stages_of_arm,
)
from experiments.alfworld_method.goals import BEST
from experiments.markdown import table, tries_cell

TITLES = {BC: "BC", LEARNED: "LFM", ONCE: "adapted"}


def best(record: Record) -> str:
    """By seed, and by type of task."""
    if not runs_of(record, BEST):
        return ""
    stages = stages_of_arm(record, BEST)
    return f"{_seeds(record, stages)}\n\n{_task_types(stages)}"


def _seeds(record: Record, stages: Stages) -> str:
    rows = []
    for run in runs_of(record, BEST):
        found = [stages[stage][run["seed"]] for stage in TITLES]
        shown = [f"{100 * r['success_rate']:.1f} ({r['successes']})" for r in found]
        steps = [f"{row['mean_steps']:.1f}" for row in found]
        rows.append([str(run["seed"]), *shown, *steps, *_cost(run)])
    means = [rate_cell(stages, stage) for stage in TITLES]
    rows.append(["**mean**", *means, *[""] * 7])
    head = (
        "seed",
        *TITLES.values(),
        *(f"steps, {title}" for title in TITLES.values()),
        *("CPU minutes", "minutes", "memory, GB", "parameters, M"),
    )
    note = (
        "Success in per cent of the tasks, with the number of successes; the mean with a 95 % "
        f"Student-t interval over the seeds. {MARKED} `steps`: mean length of an evaluation "
        "episode. `CPU minutes`: processor time of the whole command, evaluations and report "
        "included; `minutes`: the same on the clock, which depends on what else the machine did."
    )
    return table(head, rows, note)


def _cost(run: Mapping[str, Any]) -> list[str]:
    """Processor time, time, memory, and the size of the largest policy."""
    size = f"{max(run['parameters'].values()) / 1e6:.2f}"
    cost = run["cost"]
    if not cost:
        return ["not measured"] * 3 + [size]
    cpu = cost["cpu_seconds"]
    return [
        f"{cpu / 60:.1f}" if cpu else "not measured",
        f"{cost['seconds'] / 60:.1f}",
        f"{cost['peak_bytes'] / 1e9:.2f}",
        size,
    ]


def _task_types(stages: Stages) -> str:
    kinds = sorted({kind for row in stages[BC].values() for kind in row["by_task_type"]})
    rows = []
    for kind in kinds:
        cells = []
        for stage in TITLES:
            counts = [row["by_task_type"][kind] for row in stages[stage].values()]
            cells.append(tries_cell(counts))
        rows.append([kind, *cells])
    return table(("type", *TITLES.values()), rows, "Per cent by type of task, all seeds together.")
