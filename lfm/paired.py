"""Two evaluations of the same tasks, compared task by task."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from envs.errors import UserError
from lfm.evaluation import Evaluation, Outcome, protocol, protocol_line
from lfm.output import Sheet
from lfm.statistics import Interval, mcnemar, paired_difference

Pairs = Mapping[str, tuple[Outcome, Outcome]]
"""Task id -> how the first policy did it, and the second."""


@dataclass(frozen=True)
class Difference:
    """A mean of either policy, and how much more the second has.

    Attributes:
        a: of the first.
        b: of the second.
        interval: 95 % interval of ``b - a``, bootstrapped over tasks; None for a single task.
    """

    a: float
    b: float
    interval: tuple[float, float] | None


@dataclass(frozen=True)
class Paired:
    """Two policies on the same tasks.

    Attributes:
        a: name of the first.
        b: name of the second.
        differing: what was not the same in the two evaluations.
        tasks: that both played.
        both: tasks that both did.
        only_a: tasks that only the first did.
        only_b: tasks that only the second did.
        neither: tasks that neither did.
        p_value: of McNemar's exact test.
        success: their rates.
        steps: of an episode.
        scores: metric -> its means, where scores are graded or the environment has metrics.
        by_task_type: type -> rates of success on its tasks.
    """

    a: str
    b: str
    differing: list[str]
    tasks: int
    both: int
    only_a: int
    only_b: int
    neither: int
    p_value: float
    success: Difference
    steps: Difference
    scores: dict[str, Difference]
    by_task_type: dict[str, Difference]


def pair(first: Evaluation, second: Evaluation, *, force: bool) -> Paired:
    """Compare two evaluations.

    Args:
        first: what is compared with.
        second: what may be better.
        force: also where they are not comparable, on the tasks that both have.

    Raises:
        UserError: if they are not comparable and ``force`` is not set, or share no task.
    """
    differing = _differing(first, second)
    if differing and not force:
        raise UserError(
            f"a and b are not comparable: {'; '.join(differing)}. Evaluate both in the same way, "
            "or give force=true to compare them all the same on the tasks that both have"
        )
    shared = sorted(first["tasks"].keys() & second["tasks"].keys())
    if not shared:
        raise UserError("a and b have no task in common; compare evaluations of the same split")
    pairs = {task: (first["tasks"][task], second["tasks"][task]) for task in shared}
    done = [(one["success"], other["success"]) for one, other in pairs.values()]
    kinds = sorted({one["task_type"] for one, _ in pairs.values()})
    return Paired(
        a=name_of(first),
        b=name_of(second),
        differing=differing,
        tasks=len(shared),
        both=done.count((True, True)),
        only_a=(only_a := done.count((True, False))),
        only_b=(only_b := done.count((False, True))),
        neither=done.count((False, False)),
        p_value=mcnemar(only_a, only_b),
        success=_difference(pairs, _success),
        steps=_difference(pairs, lambda outcome: outcome["steps"]),
        scores=_scores(pairs),
        by_task_type={kind: _difference(_of_type(pairs, kind), _success) for kind in kinds},
    )


def name_of(row: Evaluation) -> str:
    """What a policy is called in a table: its folder, or its own name if it has none.

    How it was told to act belongs to it.
    """
    policy = row["policy"]
    if not policy["weights"]:
        return row["method"]
    acting = f" policy.acting={policy['acting']}" if "acting" in policy else ""
    return str(policy["path"]) + acting


def sheets(paired: Paired, first: Evaluation) -> list[Sheet]:
    """A comparison for people and papers; its protocol is that of ``first``."""
    rows = [_row("success", paired.success, 100)]
    rows += [_row(name.replace("_", " "), each, 1, 3) for name, each in paired.scores.items()]
    rows.append(_row("steps", paired.steps, 1))
    notes = [
        f"{paired.tasks} tasks: both did {paired.both}, only a {paired.only_a}, "
        f"only b {paired.only_b}, neither {paired.neither}",
        f"McNemar's exact test: p = {paired.p_value:.3g}",
        "success in per cent; 95 % intervals: bootstrap over tasks",
        f"a: {paired.a}; b: {paired.b}",
        protocol_line(first),
        *(f"NOT THE SAME: {each}" for each in paired.differing),
    ]
    columns = ("", "a", "b", "b - a", "95 % interval")
    kinds = [_row(kind, each, 100) for kind, each in paired.by_task_type.items()]
    return [
        Sheet("a and b, task by task", columns, rows, notes),
        Sheet("Success by type of task", columns, kinds),
    ]


def _row(about: str, found: Difference, times: int, places: int = 1) -> tuple[str, ...]:
    a, b = found.a * times, found.b * times
    interval = "-"
    if found.interval is not None:
        low, high = (end * times for end in found.interval)
        interval = f"{low:+.{places}f} to {high:+.{places}f}"
    return about, f"{a:.{places}f}", f"{b:.{places}f}", f"{b - a:+.{places}f}", interval


def _differing(first: Evaluation, second: Evaluation) -> list[str]:
    one, other = protocol(first), protocol(second)
    differing = [
        f"{name} {one.get(name)} and {other.get(name)}"
        for name in {**one, **other}
        if one.get(name) != other.get(name)
    ]
    apart = first["tasks"].keys() ^ second["tasks"].keys()
    return [*differing, f"{len(apart)} tasks that only one of them has"] if apart else differing


def _scores(pairs: Pairs) -> dict[str, Difference]:
    """Differences of the metrics that all tasks have."""
    names = [set(each["scores"]) for pair in pairs.values() for each in pair]
    shared = sorted(set.intersection(*names))
    return {name: _difference(pairs, partial(_score, name)) for name in shared}


def _of_type(pairs: Pairs, kind: str) -> Pairs:
    return {task: each for task, each in pairs.items() if each[0]["task_type"] == kind}


def _difference(pairs: Pairs, value: Callable[[Outcome], float]) -> Difference:
    before = {task: float(value(one)) for task, (one, _) in pairs.items()}
    after = {task: float(value(other)) for task, (_, other) in pairs.items()}
    found: Interval | None = paired_difference(before, after) if len(pairs) > 1 else None
    return Difference(
        a=sum(before.values()) / len(pairs),
        b=sum(after.values()) / len(pairs),
        interval=None if found is None else (found.low, found.high),
    )


def _score(name: str, outcome: Outcome) -> float:
    return outcome["scores"][name]


def _success(outcome: Outcome) -> float:
    return float(outcome["success"])
