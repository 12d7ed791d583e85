"""What every feedback model is, what it says, and the labelled episodes that it learns from.

Source of the idea: the paper's language feedback model (arXiv 2402.07876, section 3), there a
fine-tuned Flan-T5 that reads one step at a time.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

from envs.errors import UserError
from envs.record import Trajectory
from lfm.agreement import Agreement, agreement, calibration_scale, probability
from lfm.critics.base import StepFeedback, WindowFeedback


class Verdict(NamedTuple):
    """What the feedback model says of a step.

    Attributes:
        p_productive: the probability that it was productive.
        reason: why.
        summary: of a detailed model, what happened in the window that ends with this step; empty
            for other steps.
        suggestion: of a detailed model, what the agent should do then; empty if nothing.
    """

    p_productive: float
    reason: str
    summary: str = ""
    suggestion: str = ""


class FeedbackModel(Protocol):
    """Judges the steps of finished episodes.

    Attributes:
        name: what to call it in files.
        privileged: the critic that it learned from was. What the model says goes back to
            information an agent could not have then, though it needs none to say it.
    """

    name: str
    privileged: bool

    def judge(self, trajectories: Sequence[Trajectory]) -> list[list[Verdict]]:
        """A verdict on each step of each episode."""
        ...

    def save(self, folder: Path) -> None:
        """Write config and safetensors weights, as ``save_pretrained`` does."""
        ...


@dataclass(frozen=True, slots=True)
class LabelledEpisode:
    """An episode and what the critic said of it.

    Attributes:
        trajectory: the episode.
        labels: of its steps (numbered from 1); some may lack a word.
        windows: the critic's answers that the labels are from.
    """

    trajectory: Trajectory
    labels: dict[int, StepFeedback]
    windows: tuple[WindowFeedback, ...] = ()


Logits = Callable[[Sequence[Trajectory]], Sequence[Sequence[float]]]
"""From episodes to the log-odds, not calibrated, of each of their steps being productive."""


class Split(NamedTuple):
    """Labelled episodes to train on, to calibrate on, to be judged by; no task is in two."""

    train: list[LabelledEpisode]
    calibrate: list[LabelledEpisode]
    held_out: list[LabelledEpisode]


def labelled_episodes(
    trajectories: Sequence[Trajectory], feedback: Sequence[WindowFeedback]
) -> list[LabelledEpisode]:
    """Put the critic's words beside the episodes they are about, in the episodes' order."""
    windows: dict[str, list[WindowFeedback]] = {}
    for window in feedback:
        if window.steps:
            windows.setdefault(window.trajectory_id, []).append(window)
    return [
        LabelledEpisode(
            each,
            {said.step: said for window in windows[each.trajectory_id] for said in window.steps},
            tuple(windows[each.trajectory_id]),
        )
        for each in trajectories
        if each.trajectory_id in windows
    ]


def split_by_task(episodes: Sequence[LabelledEpisode], seed: int) -> Split:
    """80 % of the tasks to train on, 10 % to calibrate on, 10 % held out (at least one each).

    Raises:
        UserError: if the episodes are of fewer than three tasks.
    """
    tasks = sorted({each.trajectory.task_id for each in episodes})
    if len(tasks) < 3:
        raise UserError(
            f"there are labels of episodes of {len(tasks)} task(s); a feedback model needs at "
            "least 3 (to train, to calibrate, to be judged by): raise recipe.rollout_tasks or "
            "critic.max_windows, or where recipe.labels=human judge steps of more tasks"
        )
    random.Random(seed).shuffle(tasks)
    tenth = max(1, len(tasks) // 10)
    part = {task: 2 if at < tenth else 1 if at < 2 * tenth else 0 for at, task in enumerate(tasks)}
    sides: Split = Split([], [], [])
    for each in episodes:
        sides[part[each.trajectory.task_id]].append(each)
    return sides


def calibrate(logits: Logits, split: Split, threshold: float) -> tuple[float, Agreement]:
    """The factor that calibrates a model, and how it then agrees with the held-out labels.

    Args:
        logits: what the model says.
        split: whose last two parts it has not learned from.
        threshold: probability from which a step counts as productive.
    """
    scale = calibration_scale(*_beside_labels(logits, split.calibrate))
    found, labels = _beside_labels(logits, split.held_out)
    return scale, agreement([probability(z, scale) for z in found], labels, threshold)


def _beside_labels(
    logits: Logits, episodes: Sequence[LabelledEpisode]
) -> tuple[list[float], list[bool]]:
    """The log-odds of the steps that have labels, and the labels."""
    found = logits([each.trajectory for each in episodes])
    pairs = [
        (said[at - 1], label.productive)
        for each, said in zip(episodes, found, strict=True)
        for at, label in sorted(each.labels.items())
    ]
    return [logit for logit, _ in pairs], [productive for _, productive in pairs]
