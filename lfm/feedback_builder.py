"""From settings and folders to feedback models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from lfm.agreement import Agreement
from lfm.builders import step_config, tuning
from lfm.causal_feedback_model import CausalFeedbackModel, Manner
from lfm.config import TrainConfig
from lfm.feedback_model import FeedbackModel, LabelledEpisode
from lfm.model_config import (
    CausalFeedbackModelConfig,
    FlanT5FeedbackModelConfig,
    SmallFeedbackModelConfig,
)
from lfm.small_feedback_model import SmallFeedbackModel
from lfm.t5_feedback_model import T5FeedbackModel
from policies.causal.tuning import is_causal
from policies.imitation import Follow, Schedule
from policies.pretrained import model_folder
from policies.windowed import is_windowed


def fit_feedback_model(
    name: str,
    config: TrainConfig,
    episodes: Sequence[LabelledEpisode],
    schedule: Schedule,
    *,
    privileged: bool,
    work: Path,
    follow: Follow = lambda updates, losses: None,
) -> tuple[FeedbackModel, Agreement]:
    """Train the feedback model of a run.

    Args:
        name: what to call it.
        config: of the run.
        episodes: what the critic said.
        schedule: how long and how fast to train.
        privileged: whether the critic is.
        work: folder for checkpoints.
        follow: told how training goes.

    Returns:
        The model and its agreement with held-out labels.

    Raises:
        UserError: if there are too few labels, or a pretrained model cannot be used.
    """
    judge, window = config.feedback_model, config.critic.window
    if isinstance(judge, CausalFeedbackModelConfig):
        manner = Manner(judge.detailed, window, config.prompt.opening, config.prompt.step)
        return CausalFeedbackModel.fit(
            name,
            model_folder(judge.path, "feedback_model"),
            tuning(judge),
            manner,
            episodes,
            schedule,
            judge.threshold,
            privileged=privileged,
            work=work,
            follow=follow,
        )
    if isinstance(judge, FlanT5FeedbackModelConfig):
        return T5FeedbackModel.fit(
            name,
            model_folder(judge.path, "feedback_model"),
            replace(tuning(judge), held_out=judge.held_out),
            episodes,
            schedule,
            judge.threshold,
            detailed=judge.detailed,
            privileged=privileged,
            work=work,
            follow=follow,
        )
    assert isinstance(judge, SmallFeedbackModelConfig)
    architecture = step_config(judge)
    architecture.window = window if judge.detailed else None
    architecture.privileged = privileged
    return SmallFeedbackModel.fit(
        name, architecture, episodes, schedule, judge.threshold, work=work, follow=follow
    )


def load_feedback_model(folder: Path) -> FeedbackModel:
    """The feedback model in a folder, of whatever architecture.

    Raises:
        UserError: if the folder holds none.
    """
    if is_windowed(folder):
        return T5FeedbackModel.load(folder)
    return (
        CausalFeedbackModel.load(folder) if is_causal(folder) else SmallFeedbackModel.load(folder)
    )
