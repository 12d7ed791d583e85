"""A feedback model of recipe=lfm as what chooses among texts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from envs.record import Trajectory
from lfm.feedback_model import FeedbackModel
from lfm.refining.base import Candidates, Scores


class Judged:
    """How likely the feedback model finds a text productive.

    Args:
        model: a feedback model of the same environment.
    """

    name = "feedback_model"
    least = -math.inf

    def __init__(self, model: FeedbackModel) -> None:
        self.privileged = model.privileged
        self._model = model

    def scores(self, candidates: Sequence[Candidates]) -> list[list[Scores]]:
        """Probabilities."""
        episodes = [_instead(each, text) for each in candidates for text in each.texts]
        found = iter(self._model.judge(episodes))
        return [
            [{self.name: next(found)[-1].p_productive} for _ in each.texts] for each in candidates
        ]


def _instead(candidates: Candidates, text: str) -> Trajectory:
    """The episode as far as the answer, with a text in the answer's place."""
    trajectory, step = candidates.asked.trajectory, candidates.asked.step
    steps = trajectory.steps[:step]
    return replace(trajectory, steps=(*steps[:-1], replace(steps[-1], action=text)), success=False)
