"""Which steps to imitate, from what the feedback model says of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from envs.record import Trajectory
from lfm.feedback_model import SmallFeedbackModel
from lfm.store import Judgement

TIMES = 2
"""How often an action of one episode may be kept; tasks with two things need the second time."""


def judge_and_select(
    model: SmallFeedbackModel, trajectories: Sequence[Trajectory], threshold: float
) -> list[Judgement]:
    """Judge every step; keep those with a probability of at least ``threshold``, but for loops.

    Whether the episode succeeded plays no part (strategy ``pred_reward`` of upstream's
    ``build_generated_feedback_finetune_data.py``). Unlike upstream, an action that the episode
    has seen :data:`TIMES` times before is not kept again: an agent in a loop undoes and redoes
    the same thing, and every redoing looks productive by itself.
    """
    judgements = []
    for trajectory, verdicts in zip(trajectories, model.judge(trajectories), strict=True):
        done: Counter[str] = Counter()
        for number, (step, verdict) in enumerate(
            zip(trajectory.steps, verdicts, strict=True), start=1
        ):
            done[step.action] += 1
            judgements.append(
                Judgement(
                    trajectory_id=trajectory.trajectory_id,
                    step=number,
                    p_productive=verdict.p_productive,
                    reason=verdict.reason,
                    kept=verdict.p_productive >= threshold and done[step.action] <= TIMES,
                    feedback_model=model.name,
                )
            )
    return judgements


def kept_steps(
    trajectories: Sequence[Trajectory], judgements: Sequence[Judgement]
) -> list[tuple[Trajectory, list[bool]]]:
    """Each episode with a flag for each of its steps: whether it was kept.

    Raises:
        KeyError: if a step was not judged.
    """
    kept = {(each.trajectory_id, each.step): each.kept for each in judgements}
    return [
        (
            trajectory,
            [kept[trajectory.trajectory_id, at + 1] for at in range(len(trajectory.steps))],
        )
        for trajectory in trajectories
    ]
