"""Which steps are imitated: those that the feedback model approves of, but for loops."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

import pytest

from envs.record import Step, Trajectory
from lfm.feedback_model import SmallFeedbackModel, Verdict
from lfm.selection import judge_and_select, kept_steps
from tests.lfm.conftest import episode


class Approving:
    """Finds a step the more productive the longer its action's last word."""

    name = "approving"

    def judge(self, trajectories: Sequence[Trajectory]) -> list[list[Verdict]]:
        return [
            [Verdict(len(step.action.split()[-1]) / 10, "said so") for step in each.steps]
            for each in trajectories
        ]


MODEL = cast(SmallFeedbackModel, Approving())


def doing(*actions: str) -> Trajectory:
    steps = tuple(Step(action, "", actions, 0.0) for action in actions)
    return replace(episode(0), steps=steps, success=False)


@pytest.mark.parametrize(
    ("actions", "kept"),
    [
        (("take lantern", "take cup", "take kettle"), [True, False, True]),
        (("take kettle", "put kettle") * 3, [True, True, True, True, False, False]),
        (("take cup", "take cup", "take cup"), [False, False, False]),
    ],
)
def test_an_approved_action_is_kept_twice_at_most(
    actions: tuple[str, ...], kept: list[bool]
) -> None:
    trajectory = doing(*actions)
    judgements = judge_and_select(MODEL, [trajectory], 0.5)
    assert kept_steps([trajectory], judgements) == [(trajectory, kept)]
    assert [judgement.p_productive >= 0.5 for judgement in judgements] == [
        len(action.split()[-1]) >= 5 for action in actions
    ]


def test_another_episode_may_do_it_again() -> None:
    first, second = doing("take kettle"), replace(doing("take kettle"), trajectory_id="other")
    judgements = judge_and_select(MODEL, [first, second], 0.5)
    assert [judgement.kept for judgement in judgements] == [True, True]


def test_a_step_nobody_judged_is_an_error() -> None:
    with pytest.raises(KeyError):
        kept_steps([doing("take kettle")], [])
