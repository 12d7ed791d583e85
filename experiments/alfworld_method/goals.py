"""What was aimed at, and a plain word on whether it was reached."""

from __future__ import annotations

from collections.abc import Sequence

from experiments.alfworld_method.figures import (
    BC,
    ONCE,
    TWICE,
    Record,
    rates,
    runs_of,
    stages_of_arm,
)
from experiments.markdown import mean_cell, with_interval
from experiments.paired import Rates, differences
from lfm.statistics import mean_interval

LEAST_GAIN = 12.0
"""Points by which the adapted policy should be above cloning."""
LEAST_SUCCESS = 90.0
"""Per cent of the tasks that the best configuration should solve."""
MOST_MINUTES = 60.0
MOST_PARAMETERS = 10_000_000
BEST = "official"

REACHED, MISSED, UNSHOWN = "reached", "**not reached**", "**not shown**"
_GAINS = (
    ("demos10", ONCE, "from 10 % of the demonstrations, adapted once"),
    (BEST, ONCE, "in the best configuration, from 10 % of the demonstrations, adapted once"),
    ("lfm", ONCE, "from 1 % of the demonstrations, adapted once"),
    ("lfm", TWICE, "from 1 % of the demonstrations, adapted twice"),
)


def goals(record: Record) -> str:
    """All verdicts that there are runs for, as a list."""
    verdicts = []
    for arm, stage, about in _GAINS:
        stages = stages_of_arm(record, arm)
        if stages:
            said = gain_verdict(rates(stages, BC), rates(stages, stage))
            verdicts.append(f"At least {LEAST_GAIN:.0f} points above cloning {about}: {said}")
    if runs_of(record, BEST):
        verdicts += [_success(record), _minutes(record), _parameters(record)]
    if record["expert"]:
        verdicts.append(_expert(record))
    return "\n".join(f"- {each}." for each in verdicts)


def gain_verdict(cloned: Rates, adapted: Rates) -> str:
    """Whether adapted policies are far enough above cloned ones, and if not, what is in the way."""
    gains = differences(adapted, cloned)
    if len(gains) < 2:
        return f"{UNSHOWN}, an interval needs two seeds"
    interval = mean_interval(gains)
    said = f"{with_interval(interval, '+.1f')} points over {interval.n} seeds"
    short, sure = LEAST_GAIN - interval.value, interval.low > 0
    if short <= 0 and sure:
        return f"{REACHED}, {said}"
    reasons = [f"{short:.1f} points short"] if short > 0 else []
    reasons.append("the interval excludes zero" if sure else "the interval includes zero")
    left = 100 - sum(cloned.values()) / len(cloned)
    if left < LEAST_GAIN:
        reasons.append(f"it cannot be reached, as cloning alone leaves {left:.1f} points to 100 %")
    return f"{MISSED}, {said}; {'; '.join(reasons)}"


def _success(record: Record) -> str:
    found = list(rates(stages_of_arm(record, BEST), ONCE).values())
    mean = sum(found) / len(found)
    what = f"At least {LEAST_SUCCESS:.0f} % in the best configuration, adapted once"
    said = f"{what}: {REACHED if mean >= LEAST_SUCCESS else MISSED}, {mean_cell(found, '.1f')}"
    if len(found) < 2:
        return said
    where = "above" if mean_interval(found).low > LEAST_SUCCESS else "not above"
    return f"{said}; the lower end of the interval is {where} {LEAST_SUCCESS:.0f}"


def _minutes(record: Record) -> str:
    what = f"In at most {MOST_MINUTES:.0f} CPU-minutes, evaluations included"
    costs = [run["cost"] for run in runs_of(record, BEST)]
    spent = [cost["cpu_seconds"] / 60 for cost in costs if cost and cost["cpu_seconds"]]
    if len(spent) < len(costs):
        return f"{what}: {UNSHOWN}, not every run was measured from start to end"
    said = REACHED if max(spent) <= MOST_MINUTES else MISSED
    return f"{what}: {said}, the slowest run took {max(spent):.1f}"


def _parameters(record: Record) -> str:
    most = max(size for run in runs_of(record, BEST) for size in run["parameters"].values())
    said = REACHED if most <= MOST_PARAMETERS else MISSED
    what = f"With at most {MOST_PARAMETERS / 1e6:.0f} M parameters of the policy"
    return f"{what}: {said}, {most / 1e6:.2f} M"


def _expert(record: Record) -> str:
    expert = [100 * row["success_rate"] for row in record["expert"]]
    own = f"the exploring expert, which the demonstrations are of, reaches {_mean(expert)}"
    found = list(rates(stages_of_arm(record, BEST), ONCE).values())
    if not found:
        return f"As good as the exploring expert: {UNSHOWN}; {own}"
    ahead = sum(found) / len(found) - sum(expert) / len(expert)
    said = REACHED if ahead >= 0 else MISSED
    above = "; nothing can be above it" if min(expert) >= 100 else ""
    return (
        f"As good as the exploring expert, in the best configuration: {said}, {ahead:+.1f} points; "
        f"{own}{above}"
    )


def _mean(values: Sequence[float]) -> str:
    return f"{mean_cell(values, '.1f')} %"
