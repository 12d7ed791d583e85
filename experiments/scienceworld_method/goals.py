"""What was aimed at, and a plain word on whether it was reached."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from experiments.markdown import mean_cell
from experiments.scienceworld_method.arms import ADAPTED, EXPERT, NONE
from experiments.scienceworld_method.figures import (
    SUCCESS,
    WEIGHTED,
    Actor,
    Measure,
    Record,
    rows_of,
    values,
)
from lfm.statistics import mean_interval

PAPERS_ADAPTED = 49.3
"""Per cent in the paper (arXiv 2402.07876), unverified; of which tasks is not established."""
MOST_HOURS = 3.0
CORES = 2
MOST_PARAMETERS = 20_000_000

REACHED, MISSED, UNSHOWN = "reached", "**not reached**", "**not shown**"


def goals(record: Record) -> str:
    """The verdicts, as a list."""
    if NONE.name not in record["arms"]:
        return ""
    runs = record["arms"][NONE.name]["runs"]
    verdicts = [
        _success(record, SUCCESS, "of the variations played"),
        _success(record, WEIGHTED, "as in all of dev"),
        _time([run["cost"] for run in runs]),
        _parameters(runs),
    ]
    return "\n".join(f"- {each}." for each in verdicts)


def _success(record: Record, measure: Measure, about: str) -> str:
    what = (
        f"The adapted policy succeeds in more than {PAPERS_ADAPTED} % (the paper's adapted one, "
        f"unverified) {about}"
    )
    found = list(values(rows_of(record, Actor(ADAPTED, NONE), NONE.condition), measure).values())
    if not found:
        return f"{what}: {UNSHOWN}, nothing was adapted"
    mean = sum(found) / len(found)
    said = f"{what}: {REACHED if mean > PAPERS_ADAPTED else MISSED}, {mean_cell(found, '.1f')}"
    if len(found) > 1:
        where = "above" if mean_interval(found).low > PAPERS_ADAPTED else "not above"
        said += f"; the lower end of the interval is {where} it"
    return said + _ceiling(record, measure)


def _ceiling(record: Record, measure: Measure) -> str:
    """What the gold script itself reaches, which what imitates it cannot be expected to exceed."""
    own = values(rows_of(record, Actor(EXPERT), NONE.condition), measure)
    return "".join(f"; the gold script itself: {value:.1f}" for value in own.values())


def _time(costs: list[Mapping[str, Any] | None]) -> str:
    """A run whose processor time would fit into the time on one core is fast enough in any case."""
    what = f"In at most {MOST_HOURS:.0f} hours on {CORES} cores, evaluations included"
    measured = [cost for cost in costs if cost and cost["cpu_seconds"] is not None]
    if len(measured) < len(costs):
        return f"{what}: {UNSHOWN}, not every run was measured from start to end"
    cpu = max(cost["cpu_seconds"] for cost in measured) / 3600
    clock = max(cost["seconds"] for cost in measured) / 3600
    cores = max(cost["cores"] for cost in measured)
    if cpu <= MOST_HOURS or (clock <= MOST_HOURS and cores <= CORES):
        said = REACHED
    else:
        said = MISSED if cpu > CORES * MOST_HOURS else UNSHOWN
    return (
        f"{what}: {said}, the slowest run took {clock:.1f} hours with {cores} cores to use, and "
        f"the one with most processor time {cpu:.1f} hours of it"
    )


def _parameters(runs: list[Mapping[str, Any]]) -> str:
    largest = max((n for run in runs for n in run["parameters"].values()), default=0)
    what = f"At most {MOST_PARAMETERS / 1e6:.0f} M parameters of the policy"
    said = REACHED if largest <= MOST_PARAMETERS else MISSED
    return f"{what}: {said if largest else UNSHOWN}, {largest / 1e6:.2f} M"
