"""What an episode's scores amount to, and the protocols that published numbers follow.

An episode's scores are the simulator's raw ones, -1 to 1, one after each step; the one at the
start may precede them (it can be above 0, and it counts for all metrics but success). -1 means
that the task has been failed for good.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import Any

from envs.arguments import similar_names
from envs.errors import UserError
from envs.scienceworld.tasks import EASY, TASKS, task_kind


def success(scores: Sequence[float]) -> float:
    """1.0 if the episode ended with the full score, else 0.0.

    The simulator's own sign that an episode is over is no success: it also shows after a failure
    and when the simulator's moves run out.
    """
    return float(bool(scores) and scores[-1] == 1.0)


def final_score(scores: Sequence[float]) -> float:
    """The score at the end, 0 to 1: a failure counts 0 whatever was reached before it."""
    return max(0.0, scores[-1]) if scores else 0.0


def last_score(scores: Sequence[float]) -> float:
    """The last score that is not negative, 0 to 1: a failure keeps what was reached before it."""
    return next((score for score in reversed(scores) if score >= 0), 0.0)


def best_score(scores: Sequence[float]) -> float:
    """The highest score at any time, 0 to 1."""
    return max((0.0, *scores))


METRICS: Mapping[str, Callable[[Sequence[float]], float]] = {
    "success": success,
    "final_score": final_score,
    "last_score": last_score,
    "best_score": best_score,
}
"""Every metric by its name. They differ, so a number without the name of its metric says little."""


def task_means(values: Iterable[tuple[str, float]]) -> dict[str, float]:
    """Mean for each task, in the paper's order.

    Args:
        values: name of the task and some metric, for every episode.

    Raises:
        UserError: there is no such task.
    """
    by_task: dict[str, list[float]] = {}
    for name, value in values:
        by_task.setdefault(task_kind(name).name, []).append(value)
    return {kind.name: fmean(by_task[kind.name]) for kind in TASKS if kind.name in by_task}


def variation_mean(values: Iterable[tuple[str, float]], split: str) -> float:
    """Mean of the tasks' means, each weighted by the number of its variations in the split.

    This is what the mean over all variations is estimated to be from a few of each task; when
    every variation was played once, it is that mean.

    Raises:
        ValueError: there are no episodes.
        UserError: there is no such split.
    """
    weights = {kind.name: len(kind.indices(split)) for kind in TASKS}
    means = task_means(values)
    if not means:
        raise ValueError("there are no episodes to take a mean of")
    return fmean(means.values(), weights=[weights[name] for name in means])


@dataclass(frozen=True, slots=True)
class Protocol:
    """How a family of results was obtained, as far as an environment can follow it.

    On the command line it is ``env=scienceworld_<name>``.

    Attributes:
        name: what it is called here.
        simplifications: the simulator's simplifications, e.g. ``"easy"``.
        split: the split that is played.
        per_task: only the first so many variations of each task; 0 for all.
        tasks: names of the tasks; none for all.
        max_steps: actions after which an episode is cut.
        headline: the metric, a key of :data:`METRICS`, that its papers print.
        macro: whether they print its mean over tasks, and not over episodes.
        note: what it leaves out, and where it comes from.
        task_steps: where tasks have limits of their own, those, by name; each is at most
            ``max_steps``.
    """

    name: str
    simplifications: str
    split: str
    per_task: int
    tasks: tuple[str, ...]
    max_steps: int
    headline: str
    macro: bool
    note: str
    task_steps: Mapping[str, int] = field(default_factory=dict, hash=False)

    def settings(self) -> dict[str, Any]:
        """The arguments of an environment that follows it."""
        return {
            "split": self.split,
            "max_steps": self.max_steps,
            "simplifications": self.simplifications,
            "per_task": self.per_task,
            "tasks": self.tasks,
            "task_steps": dict(self.task_steps),
        }


_ETO_STEPS = {
    "boil": 100,
    "melt": 80,
    "freeze": 80,
    "change-the-state-of-matter-of": 80,
    "use-thermometer": 30,
    "measure-melting-point-known-substance": 120,
    "power-component": 20,
    "power-component-renewable-vs-nonrenewable-energy": 30,
    "test-conductivity": 30,
    "test-conductivity-of-unknown-substances": 30,
    "find-living-thing": 15,
    "find-non-living-thing": 15,
    "find-plant": 15,
    "find-animal": 15,
    "grow-plant": 30,
    "grow-fruit": 60,
    "chemistry-mix": 60,
    "chemistry-mix-paint-secondary-color": 15,
    "chemistry-mix-paint-tertiary-color": 30,
    "lifespan-longest-lived": 10,
    "lifespan-shortest-lived": 10,
    "lifespan-longest-lived-then-shortest-lived": 12,
    "identify-life-stages-1": 30,
    "identify-life-stages-2": 30,
}
"""From ``eval_agent/data/sciworld/max_steps.json`` of github.com/Yifan-Song793/ETO."""

_PROTOCOLS = (
    Protocol(
        name="lfm",
        simplifications="",
        split="dev",
        per_task=0,
        tasks=(),
        max_steps=80,
        headline="success",
        macro=False,
        note="As in the README of github.com/vzhong/language_feedback_models. Whether the paper's "
        "table is of dev or test, all of it or a sample, is not established.",
    ),
    Protocol(
        name="swiftsage",
        simplifications=EASY,
        split="test",
        per_task=10,
        tasks=(),
        max_steps=100,
        headline="last_score",
        macro=True,
        note="SwiftSage stops by rules of its own (for instance after 30 steps without reward, "
        "once there are 100), so its episodes can be longer than the 100 steps here. The paper "
        "counts 270 episodes, its logs 271, as here. Its script (analysis/show_results.py) leaves "
        "out tasks whose mean is 0.",
    ),
    Protocol(
        name="eto",
        simplifications=EASY,
        split="test",
        per_task=10,
        tasks=tuple(_ETO_STEPS),
        max_steps=max(_ETO_STEPS.values()),
        headline="best_score",
        macro=False,
        note="The 211 episodes that ETO calls unseen. Not followed: its simulator also stops after "
        "200 moves, an answer without 'Action:' sets the best score so far to 0, and a failure on "
        "the first step counts -1. Its seen set is not offered: 54 of the 194 are in its training "
        "set too.",
        task_steps=_ETO_STEPS,
    ),
)

PROTOCOLS: Mapping[str, Protocol] = {protocol.name: protocol for protocol in _PROTOCOLS}
"""Every protocol by its name."""


def find_protocol(name: str) -> Protocol:
    """The protocol of that name.

    Raises:
        UserError: there is none.
    """
    if name not in PROTOCOLS:
        hint = similar_names(name, PROTOCOLS) or f"; there are {', '.join(PROTOCOLS)}"
        raise UserError(f"There is no ScienceWorld protocol {name!r}{hint}.")
    return PROTOCOLS[name]
