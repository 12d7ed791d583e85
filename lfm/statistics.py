"""Rates with intervals, differences with intervals, and the rows of ``results.json``."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, TypedDict

import numpy as np
from scipy import stats

from envs.record import Trajectory
from envs.scienceworld.metrics import METRICS

CONFIDENCE = 0.95
"""Confidence of every interval, unless said otherwise."""


class Interval(NamedTuple):
    """An estimate with its confidence interval.

    Attributes:
        value: the estimate.
        low: lower end of the interval.
        high: upper end of the interval.
        n: how many values it rests on.
    """

    value: float
    low: float
    high: float
    n: int


class Estimate(TypedDict):
    """A mean, and its Student-t interval; None where it rests on a single value."""

    mean: float
    interval: list[float] | None


class Scores(TypedDict):
    """What graded scores add to a row; all of them from 0 to 1.

    A metric is a key of :data:`envs.scienceworld.metrics.METRICS`: ``success``, ``final_score``
    (a failed task counts 0), ``last_score`` (a failed task counts what was reached before),
    ``best_score``.
    """

    failed: int
    """Episodes that ended because the task could not be done any more."""
    mean: dict[str, Estimate]
    """Metric -> its mean over episodes; that of success is the row's ``success_rate``."""
    macro: dict[str, Estimate]
    """Metric -> the mean of the means of task types, each of which counts the same."""
    task_types: dict[str, dict[str, float]]
    """Task type -> metric -> its mean over the type's episodes."""


class _Row(TypedDict):
    """What every row has."""

    method: str
    env: str
    env_version: str
    split: str
    episodes: int
    successes: int
    success_rate: float
    interval: list[float]
    privileged: bool
    by_task_type: dict[str, list[int]]
    mean_steps: float
    inadmissible: float
    """Share of steps whose action was not admissible, of 1."""
    max_steps: int
    goals: str
    admissible_given: bool
    seed: int
    env_settings: dict[str, Any]


class ResultRow(_Row, total=False):
    """A row of ``results.json``: one method on one split, with what makes it comparable."""

    scores: Scores
    """Where the environment's scores are graded."""
    metrics: dict[str, Estimate]
    """Where the environment has metrics of its own: name -> mean over episodes."""
    metrics_by_task_type: dict[str, dict[str, float]]
    """The same: task type -> name -> mean over the type's episodes."""


def wilson(successes: int, episodes: int, confidence: float = CONFIDENCE) -> Interval:
    """A success rate with the Wilson score interval.

    Source: Wilson 1927; recommended for small samples by Brown, Cai and DasGupta 2001.

    Raises:
        ValueError: if there are no episodes or more successes than episodes.
    """
    if not 0 <= successes <= episodes or episodes == 0:
        raise ValueError(f"{successes} successes of {episodes} episodes is no success rate")
    found = stats.binomtest(successes, episodes).proportion_ci(confidence, method="wilson")
    return Interval(successes / episodes, float(found.low), float(found.high), episodes)


def mean_interval(values: Sequence[float], confidence: float = CONFIDENCE) -> Interval:
    """A mean with Student's t interval, e.g. over the differences that several seeds show.

    Raises:
        ValueError: if there are fewer than two values.
    """
    if len(values) < 2:
        raise ValueError(f"an interval needs at least two values, not {len(values)}")
    mean = float(np.mean(values))
    if np.ptp(values) == 0:
        return Interval(mean, mean, mean, len(values))
    found = stats.ttest_1samp(values, 0.0).confidence_interval(confidence)
    return Interval(mean, float(found.low), float(found.high), len(values))


def paired_difference(
    before: Mapping[str, float], after: Mapping[str, float], confidence: float = CONFIDENCE
) -> Interval:
    """Mean of ``after - before`` over tasks (or seeds), with a paired bootstrap interval.

    Args:
        before: value per task, e.g. its success rate under the first policy.
        after: value of the same tasks under the second.
        confidence: of the percentile interval, from 10,000 resamples with a fixed seed.

    Raises:
        ValueError: if the two are not about the same tasks, or about fewer than two.
    """
    if before.keys() != after.keys() or len(before) < 2:
        raise ValueError("paired values must be of the same tasks, at least two of them")
    differences = np.array([after[task] - before[task] for task in sorted(before)])
    found = stats.bootstrap(
        (differences,),
        np.mean,
        n_resamples=9_999,
        batch=1_000,
        confidence_level=confidence,
        method="percentile",
        rng=np.random.default_rng(0),
    ).confidence_interval
    return Interval(float(differences.mean()), float(found.low), float(found.high), len(before))


def mcnemar(only_first: int, only_second: int) -> float:
    """The two-sided p-value of McNemar's exact test: do two policies succeed equally often?

    Args:
        only_first: tasks that only the first did.
        only_second: tasks that only the second did; tasks that end alike say nothing.

    Source: McNemar 1947; exact by the binomial distribution, as it is of use for few tasks too.
    """
    unlike = only_first + only_second
    return float(stats.binomtest(only_first, unlike).pvalue) if unlike else 1.0


def task_success(trajectories: Sequence[Trajectory]) -> dict[str, float]:
    """Success rate of each task, to compare two policies task by task."""
    tried = Counter(trajectory.task_id for trajectory in trajectories)
    done = Counter(trajectory.task_id for trajectory in trajectories if trajectory.success)
    return {task: done[task] / tried[task] for task in sorted(tried)}


def result_row(
    method: str,
    trajectories: Sequence[Trajectory],
    *,
    episodes: int,
    max_steps: int,
    goals: str,
    seed: int,
    privileged: bool = False,
    admissible_given: bool = True,
    env_settings: Mapping[str, Any] | None = None,
    graded: bool = False,
    metrics: Sequence[Mapping[str, float]] = (),
) -> ResultRow:
    """The row of ``results.json`` for a method's evaluation on one split.

    Args:
        method: e.g. ``"bc"``, ``"lfm"``, ``"adapted"``.
        trajectories: all episodes of the evaluation.
        episodes: how many there must be.
        max_steps: steps after which an episode was ended.
        goals: whose instructions, ``"template"`` or ``"human"``.
        seed: seed of the run.
        privileged: whether the method's training used privileged information; an actor that
            did so is marked in its episodes and need not be named here.
        admissible_given: whether the policy was shown the admissible actions.
        env_settings: what else has to be known of the environment's settings to compare rows.
        graded: whether scores say how much of a task was done; see :class:`Scores`.
        metrics: what else is published of each episode, where the environment has such metrics;
            some may be of some task types alone.

    Raises:
        ValueError: if episodes or their metrics are missing, or if the episodes are not all of one
            environment and split.
    """
    kinds = {(each.env, each.env_version, each.split) for each in trajectories}
    if len(trajectories) != episodes or len(kinds) != 1 or len(metrics) not in (0, episodes):
        raise ValueError(
            f"{method}: {len(trajectories)} episodes of {len(kinds)} environments and splits "
            f"where {episodes} of one are needed"
        )
    ((env, env_version, split),) = kinds
    successes = sum(each.success for each in trajectories)
    rate = wilson(successes, episodes)
    row = ResultRow(
        method=method,
        env=env,
        env_version=env_version,
        split=split,
        episodes=episodes,
        successes=successes,
        success_rate=rate.value,
        interval=[rate.low, rate.high],
        privileged=privileged or any(each.privileged for each in trajectories),
        by_task_type=_by_task_type(trajectories),
        mean_steps=sum(len(each.steps) for each in trajectories) / episodes,
        inadmissible=_inadmissible(trajectories),
        max_steps=max_steps,
        goals=goals,
        admissible_given=admissible_given,
        seed=seed,
        env_settings=dict(env_settings or {}),
    )
    if graded:
        row["scores"] = scores(trajectories)
    if metrics:
        row["metrics"] = {
            name: _mean([each[name] for each in metrics if name in each])
            for name in dict.fromkeys(name for each in metrics for name in each)
        }
        row["metrics_by_task_type"] = _by_type(trajectories, metrics)
    return row


def scores(trajectories: Sequence[Trajectory]) -> Scores:
    """What graded scores say of episodes, from the score after each of their steps."""
    reached = [[step.score for step in each.steps] for each in trajectories]
    values = {name: [metric(each) for each in reached] for name, metric in METRICS.items()}
    kinds: dict[str, list[int]] = defaultdict(list)
    for at, trajectory in enumerate(trajectories):
        kinds[trajectory.task_type].append(at)
    means = {
        kind: {name: float(np.mean([of[at] for at in kinds[kind]])) for name, of in values.items()}
        for kind in sorted(kinds)
    }
    return Scores(
        failed=sum(each[-1] < 0 for each in reached if each),
        mean={name: _estimate(of) for name, of in values.items() if name != "success"},
        macro={name: _estimate([of[name] for of in means.values()]) for name in values},
        task_types=means,
    )


def _mean(values: Sequence[float]) -> Estimate:
    if len(values) < 2:
        return Estimate(mean=float(np.mean(values)), interval=None)
    found = mean_interval(values)
    return Estimate(mean=found.value, interval=[found.low, found.high])


def _estimate(values: Sequence[float]) -> Estimate:
    """The mean of scores; Student's interval knows nothing of the ends that they have."""
    found = _mean(values)
    if found["interval"] is not None:
        low, high = found["interval"]
        found["interval"] = [max(0.0, low), min(1.0, high)]
    return found


def _inadmissible(trajectories: Sequence[Trajectory]) -> float:
    """Share of the actions; where there is no list of them, any text is admissible."""
    steps = [step for each in trajectories for step in each.steps if step.admissible]
    return sum(step.action not in step.admissible for step in steps) / max(1, len(steps))


def _by_type(
    trajectories: Sequence[Trajectory], metrics: Sequence[Mapping[str, float]]
) -> dict[str, dict[str, float]]:
    """Task type -> name of a metric -> its mean."""
    of_type: dict[str, list[Mapping[str, float]]] = defaultdict(list)
    for trajectory, measured in zip(trajectories, metrics, strict=True):
        of_type[trajectory.task_type].append(measured)
    return {
        kind: {name: float(np.mean([each[name] for each in of])) for name in of[0]}
        for kind, of in of_type.items()
    }


def _by_task_type(trajectories: Sequence[Trajectory]) -> dict[str, list[int]]:
    """Task type -> [successes, episodes]."""
    tried = Counter(each.task_type for each in trajectories)
    done = Counter(each.task_type for each in trajectories if each.success)
    return {kind: [done[kind], tried[kind]] for kind in sorted(tried)}
