"""Figures of a record by actor, condition and seed, and how they are shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from envs.scienceworld.metrics import variation_mean
from experiments.markdown import mean_cell
from experiments.scienceworld_method.arms import (
    ARMS,
    METHODS,
    REFERENCES,
    Arm,
    Condition,
    Trial,
    simplified,
)

Record = Mapping[str, Any]
"""See :func:`experiments.scienceworld_method.record.gather`."""
Row = Mapping[str, Any]
Rows = Mapping[int, Row]
"""Seed -> result row."""

PRIVILEGED = "\\*"


@dataclass(frozen=True, slots=True)
class Measure:
    """A number that says how good the episodes of a result row are, 0 to 100."""

    title: str
    of: Callable[[Row], float]


def _success(row: Row) -> float:
    return 100 * float(row["success_rate"])


def _weighted(row: Row) -> float:
    kinds = row["by_task_type"].items()
    return 100 * variation_mean([(kind, done / tried) for kind, (done, tried) in kinds], "dev")


def _mean(part: str, metric: str) -> Callable[[Row], float]:
    return lambda row: 100 * float(row["scores"][part][metric]["mean"])


def _failed(row: Row) -> float:
    return 100 * float(row["scores"]["failed"] / row["episodes"])


SUCCESS = Measure("success", _success)
MACRO = Measure("success, mean of tasks", _mean("macro", "success"))
WEIGHTED = Measure("success, as in all of dev", _weighted)
FINAL = Measure("final score", _mean("mean", "final_score"))
LAST = Measure("last score", _mean("mean", "last_score"))
FINAL_MACRO = Measure("final score, mean of tasks", _mean("macro", "final_score"))
LAST_MACRO = Measure("last score, mean of tasks", _mean("macro", "last_score"))
FAILED = Measure("fatal mistakes", _failed)

MEANING = (
    "Mean over the seeds with a 95 % Student-t interval. *Success*: per cent of the variations "
    "played that ended with the full score. *Mean of tasks*: the mean of the tasks' means, each of "
    "which counts the same. *As in all of dev*: each task counts with the number of its variations "
    "in dev, which estimates the mean over all of them. *Final score*: 0 to 100, 0 after a fatal "
    "mistake; *last score*: the last one that was not negative. *Fatal mistakes*: per cent of the "
    "episodes that ended with one. `*`: privileged, that is, it uses or has learned from what an "
    "agent could not have."
)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who plays: a method of an arm, or a reference.

    Attributes:
        name: key of :data:`~experiments.scienceworld_method.arms.METHODS` or
            :data:`~experiments.scienceworld_method.arms.REFERENCES`.
        arm: where it learned; None for a reference.
    """

    name: str
    arm: Arm | None = None

    @property
    def title(self) -> str:
        """In tables."""
        return METHODS[self.name] if self.arm else REFERENCES[self.name]

    @property
    def learned(self) -> str:
        """Under which simplifications it has learned, in words."""
        return simplified(self.arm.condition.simplifications) if self.arm else "-"


ACTORS = (
    *(Actor(method, each) for each in ARMS for method in METHODS),
    *(Actor(name) for name in REFERENCES),
)


def rows_of(record: Record, actor: Actor, condition: Condition) -> Rows:
    """The actor's results under a condition; none if it was not tried."""
    if actor.arm and condition == actor.arm.condition:
        runs = record["arms"].get(actor.arm.name, {"runs": ()})["runs"]
        rows = [row for run in runs for row in run["rows"] if row["method"] == actor.name]
    else:
        rows = record["trials"].get(Trial(actor.name, actor.arm, condition).name, [])
    return {row["seed"]: row for row in rows}


def values(rows: Rows, measure: Measure) -> dict[int, float]:
    """Seed -> value."""
    return {seed: measure.of(row) for seed, row in rows.items()}


def cells(rows: Rows, measures: Sequence[Measure]) -> list[str]:
    """Means of several measures; a dash for each if there is no result."""
    if not rows:
        return ["-" for _ in measures]
    return [mean_cell(list(values(rows, each).values()), ".1f") for each in measures]


def titled(actor: Actor, rows: Rows) -> str:
    """The actor's title, marked if privileged."""
    privileged = any(row["privileged"] for row in rows.values())
    return actor.title + (PRIVILEGED if privileged else "")
