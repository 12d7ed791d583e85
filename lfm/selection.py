"""Which steps of a policy's own episodes to imitate: one function for each way to decide.

The method's way is :func:`by_feedback_model`; the others are what it has to be compared with.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import ceil, log
from sys import float_info

from envs.record import Trajectory
from envs.touchdown.moves import STOP
from lfm.builders import walks
from lfm.critics.base import WindowFeedback
from lfm.feedback_model import FeedbackModel, Verdict, labelled_episodes
from lfm.store import Judgement
from policies.learned import Targets

TIMES = 2
"""How often an action of one episode may be kept; tasks with two things need the second time."""

BEST = 1 / 3
"""Part of the tries at a walk that a policy adapts with."""

_NOT_READ = Verdict(0.0, "")


def by_feedback_model(
    model: FeedbackModel, trajectories: Sequence[Trajectory], threshold: float
) -> list[Judgement]:
    """Judge every step; keep those with a probability of at least ``threshold``, but for loops.

    Whether the episode succeeded plays no part (strategy ``pred_reward`` of upstream's
    ``build_generated_feedback_finetune_data.py``). Unlike upstream, an action that the episode
    has seen :data:`TIMES` times before is not kept again: an agent in a loop undoes and redoes
    the same thing, and every redoing looks productive by itself. What is one word is done to
    nothing, and may be kept each time: waiting, a number that answers a question. So may a move
    (:attr:`envs.base.TextEnv.walks`): who goes straight ahead a third time is somewhere else.
    """
    return _but_for_loops(trajectories, model.judge(trajectories), threshold, model.name)


def to_adapt(
    model: FeedbackModel, trajectories: Sequence[Trajectory], threshold: float
) -> list[Judgement]:
    """The same where nothing but what is kept will be imitated; of walks :func:`best_tries`.

    Where an agent does not say itself when a walk is over it stays at that: nothing is learned of
    its end then, and the likelihood of a whole try would say first of all how long it took.
    """
    return best_tries(trajectories, by_feedback_model(model, trajectories, threshold))


def by_critic(
    critic: str, feedback: Sequence[WindowFeedback], trajectories: Sequence[Trajectory]
) -> list[Judgement]:
    """Keep what the critic itself called productive, but for loops; not what it did not read."""
    labels = {
        each.trajectory.trajectory_id: each.labels
        for each in labelled_episodes(trajectories, feedback)
    }
    verdicts = []
    for trajectory in trajectories:
        said = {
            at: Verdict(float(label.productive), label.reason)
            for at, label in labels.get(trajectory.trajectory_id, {}).items()
        }
        steps = range(1, len(trajectory.steps) + 1)
        verdicts.append([said.get(at, _NOT_READ) for at in steps])
    return _but_for_loops(trajectories, verdicts, 0.5, critic)


def by_reward(trajectories: Sequence[Trajectory]) -> list[Judgement]:
    """Keep every step of the episodes that succeeded (upstream's strategy ``env_reward``)."""
    return [
        Judgement(each.trajectory_id, number, float(each.success), "", each.success, "reward")
        for each in trajectories
        for number in range(1, len(each.steps) + 1)
    ]


def everything(trajectories: Sequence[Trajectory]) -> list[Judgement]:
    """Keep every step of every episode (upstream's strategy ``all``)."""
    return [
        Judgement(each.trajectory_id, number, 1.0, "", True, "all")
        for each in trajectories
        for number in range(1, len(each.steps) + 1)
    ]


def as_many_at_random(judgements: Sequence[Judgement], seed: int) -> list[Judgement]:
    """Keep as many steps as ``judgements`` do, but any."""
    kept = [each.kept for each in judgements]
    random.Random(seed).shuffle(kept)
    return [replace(each, kept=keep) for each, keep in zip(judgements, kept, strict=True)]


def best_tries(
    trajectories: Sequence[Trajectory], judgements: Sequence[Judgement]
) -> list[Judgement]:
    """Of walks that an agent stops, keep the best of each task's tries, all of it.

    (Walks: :attr:`envs.base.TextEnv.walks`.)

    A walk is made of few actions, and where it ends is one of forty steps. A feedback model is
    least sure of the steps around it: with the likeliest steps kept by themselves, imitation would
    show that a walk hardly ever ends, or, with as many ends as there were, that it ends wherever
    going on was doubtful. In a try that is imitated as a whole the steps before its end say that it
    was not there. Tries are compared by how likely it was that the policy made them, times the
    probability of their weakest step: after one wrong turn no place is found.
    """
    weakest: dict[str, float] = {}
    for judged in judgements:
        at = judged.trajectory_id
        weakest[at] = min(weakest.get(at, 1.0), judged.p_productive)
    tries: dict[str, dict[str, float]] = {}
    for each in trajectories:
        if walks(each.env) and STOP in each.steps[-1].admissible:
            made = sum(step.log_prob or 0.0 for step in each.steps)
            score = made + log(max(weakest[each.trajectory_id], float_info.min))
            tries.setdefault(each.task_id, {})[each.trajectory_id] = score
    walked = {trajectory for scores in tries.values() for trajectory in scores}
    best = {
        trajectory
        for scores in tries.values()
        for trajectory in sorted(scores, key=scores.__getitem__, reverse=True)[
            : ceil(len(scores) * BEST)
        ]
    }
    return [
        replace(each, kept=each.trajectory_id in best) if each.trajectory_id in walked else each
        for each in judgements
    ]


def kept_steps(
    trajectories: Sequence[Trajectory], judgements: Sequence[Judgement]
) -> list[tuple[Trajectory, Targets]]:
    """Each episode with the actions of its kept steps as targets.

    Raises:
        KeyError: if a step was not judged.
    """
    kept = {(each.trajectory_id, each.step): each.kept for each in judgements}
    return [
        (
            trajectory,
            [
                step.action if kept[trajectory.trajectory_id, number] else None
                for number, step in enumerate(trajectory.steps, start=1)
            ],
        )
        for trajectory in trajectories
    ]


def _but_for_loops(
    trajectories: Sequence[Trajectory],
    verdicts: Iterable[Sequence[Verdict]],
    threshold: float,
    name: str,
) -> list[Judgement]:
    judgements = []
    for trajectory, said in zip(trajectories, verdicts, strict=True):
        done: Counter[str] = Counter()
        moves = walks(trajectory.env)
        steps = enumerate(zip(trajectory.steps, said, strict=True), start=1)
        for number, (step, verdict) in steps:
            done[step.action] += 1
            judgements.append(
                Judgement(
                    trajectory_id=trajectory.trajectory_id,
                    step=number,
                    p_productive=verdict.p_productive,
                    reason=verdict.reason,
                    kept=verdict.p_productive >= threshold
                    and (moves or done[step.action] <= TIMES or " " not in step.action),
                    feedback_model=name,
                    summary=verdict.summary,
                    suggestion=verdict.suggestion,
                )
            )
    return judgements
