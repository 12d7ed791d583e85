"""Figures of a record by arm, stage of the learning and seed; how they are compared and shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from experiments.markdown import mean_cell

Record = Mapping[str, Any]
"""See :func:`experiments.alfworld_method.record.gather`."""
Row = Mapping[str, Any]
Stages = Mapping[str, Mapping[int, Row]]
"""Stage of the learning -> seed -> result row; stages that an arm does not have are missing."""

BC, LEARNED, ONCE, TWICE = "bc", "learned", "adapted once", "adapted twice"
STAGES = {BC: "BC", LEARNED: "after the rounds", ONCE: ONCE, TWICE: TWICE}
"""Stage -> its title in tables."""
_LEARNED_METHODS = ("lfm", "dagger")

PRIVILEGED = "\\*"
MARKED = (
    "`*`: privileged, that is, what it learned from goes back to information that an agent could "
    "not have."
)


def runs_of(record: Record, arm: str) -> Sequence[Mapping[str, Any]]:
    """The arm's runs; none if none is finished."""
    runs: Sequence[Mapping[str, Any]] = record["arms"].get(arm, {"runs": ()})["runs"]
    return runs


def stages_of_arm(record: Record, arm: str) -> Stages:
    """The result rows of an arm on the split that it was evaluated on."""
    rows = [row for run in runs_of(record, arm) for row in run["rows"]]
    return _by_stage(rows)


def stages_of_trial(record: Record, trial: str) -> Stages:
    """The result rows of a trial, by the stage of the policy that was tried."""
    trials = record["trials"].get(trial, {})
    return _by_stage([{**row, "method": method} for method in trials for row in trials[method]])


def _by_stage(rows: Sequence[Row]) -> Stages:
    """The last adaptation is called ``adapted``, and is the second one if there is another."""
    twice = any(row["method"] == "adapted1" for row in rows)
    names = {"bc": BC, **dict.fromkeys(_LEARNED_METHODS, LEARNED), "adapted1": ONCE}
    names["adapted"] = TWICE if twice else ONCE
    stages: dict[str, dict[int, Row]] = {}
    for row in rows:
        stages.setdefault(names[row["method"]], {})[row["seed"]] = row
    return stages


def rates(stages: Stages, stage: str) -> dict[int, float]:
    """Success in per cent by seed; empty if there is no such stage."""
    return {seed: 100 * row["success_rate"] for seed, row in stages.get(stage, {}).items()}


def rate_cell(stages: Stages, stage: str) -> str:
    """Mean success of a stage, marked if privileged; a dash if there is no such stage."""
    rows = stages.get(stage, {})
    if not rows:
        return "-"
    mark = PRIVILEGED if any(row["privileged"] for row in rows.values()) else ""
    return mean_cell(list(rates(stages, stage).values()), ".1f") + mark


def seeds_cell(stages: Stages) -> str:
    """Number of seeds, as a range if not all stages have as many."""
    counts = sorted({len(rows) for rows in stages.values()})
    return str(counts[0]) if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"


def kept_cell(runs: Sequence[Mapping[str, Any]], name: str) -> str:
    """Per cent of the judged steps that were kept, over the runs; a dash if nothing was judged."""
    judged = [run["stages"].get(f"judgements/{name}") for run in runs]
    shares = [100 * each["kept"] / each["judged"] for each in judged if each and each["judged"]]
    return f"{sum(shares) / len(shares):.1f}" if shares else "-"
