"""Which steps to imitate, from what the feedback model says of them."""

from __future__ import annotations

from collections.abc import Sequence

from envs.record import Trajectory
from lfm.feedback_model import SmallFeedbackModel
from lfm.store import Judgement


def judge_and_select(
    model: SmallFeedbackModel, trajectories: Sequence[Trajectory], threshold: float
) -> list[Judgement]:
    """Judge every step; those with a probability of at least ``threshold`` are kept.

    Whether the episode succeeded plays no part (paper: "keep every step" the model calls
    productive; upstream ``build_generated_feedback_finetune_data.py``, strategy ``pred_reward``).
    """
    return [
        Judgement(
            trajectory_id=trajectory.trajectory_id,
            step=number,
            p_productive=verdict.p_productive,
            reason=verdict.reason,
            kept=verdict.p_productive >= threshold,
            feedback_model=model.name,
        )
        for trajectory, verdicts in zip(trajectories, model.judge(trajectories), strict=True)
        for number, verdict in enumerate(verdicts, start=1)
    ]


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
