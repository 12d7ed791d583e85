"""The feedback model: learns from a critic's labels to say which steps were productive, and why.

It reads whole finished episodes, so it can tell from what came later what a step was good for;
it never sees the simulator. Source of the idea: the paper's language feedback model (arXiv
2402.07876, section 3), there a fine-tuned Flan-T5 that reads one step at a time.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn

from envs.errors import UserError
from envs.record import Trajectory
from lfm.agreement import Agreement, agreement, calibration_scale, probability
from lfm.critics.base import StepFeedback, WindowFeedback
from lfm.reasons import common, fill, template
from policies.batching import EncodedEpisode, collate_steps, encode, pad_instructions
from policies.imitation import Follow, Schedule, train
from policies.pretrained import load_model
from policies.small import texts_of
from policies.step_transformer import StepConfig, StepJudgeModel
from policies.words import Vocabulary

_BATCH = 64
_REASONS = 96
_REASON_WEIGHT = 0.2
_IGNORED = -100


class Verdict(NamedTuple):
    """What the feedback model says of a step."""

    p_productive: float
    reason: str


@dataclass(frozen=True, slots=True)
class LabelledEpisode:
    """An episode and what the critic said of its steps (numbered from 1; some may lack a word)."""

    trajectory: Trajectory
    labels: dict[int, StepFeedback]


class Split(NamedTuple):
    """Labelled episodes to train on, to calibrate on, to be judged by; no task is in two."""

    train: list[LabelledEpisode]
    calibrate: list[LabelledEpisode]
    held_out: list[LabelledEpisode]


def labelled_episodes(
    trajectories: Sequence[Trajectory], feedback: Sequence[WindowFeedback]
) -> list[LabelledEpisode]:
    """Put the critic's words beside the episodes they are about, in the episodes' order."""
    labels: dict[str, dict[int, StepFeedback]] = {}
    for window in feedback:
        labels.setdefault(window.trajectory_id, {}).update({s.step: s for s in window.steps})
    return [
        LabelledEpisode(each, labels[each.trajectory_id])
        for each in trajectories
        if labels.get(each.trajectory_id)
    ]


def split_by_task(episodes: Sequence[LabelledEpisode], seed: int) -> Split:
    """80 % of the tasks to train on, 10 % to calibrate on, 10 % held out (at least one each).

    Raises:
        UserError: if the episodes are of fewer than three tasks.
    """
    tasks = sorted({each.trajectory.task_id for each in episodes})
    if len(tasks) < 3:
        raise UserError(
            f"the critic labelled episodes of {len(tasks)} task(s); a feedback model needs at "
            "least 3 (to train, to calibrate, to be judged by): raise recipe.rollout_tasks or "
            "critic.max_windows"
        )
    random.Random(seed).shuffle(tasks)
    tenth = max(1, len(tasks) // 10)
    part = {task: 2 if at < tenth else 1 if at < 2 * tenth else 0 for at, task in enumerate(tasks)}
    sides: Split = Split([], [], [])
    for each in episodes:
        sides[part[each.trajectory.task_id]].append(each)
    return sides


@dataclass(frozen=True, slots=True)
class _Item:
    """A training item: an episode with labels (0, 1 or ignored) and reasons by position."""

    episode: EncodedEpisode
    labels: list[int]
    reasons: list[int]


def _marked_reasons(each: LabelledEpisode) -> dict[int, str]:
    """Reasons with blanks, marked with their verdicts, as the paper's model writes "Yes. ..."."""
    return {
        at: f"{'Yes' if label.productive else 'No'}. {template(label.reason, each.trajectory, at)}"
        for at, label in each.labels.items()
    }


class SmallFeedbackModel:
    """A small bidirectional transformer over the steps of an episode.

    It is privileged where the critic was that it learned from: what it says goes back to
    information an agent could not have, though it needs none to say it.
    """

    def __init__(self, model: StepJudgeModel, name: str) -> None:
        self.model = model.eval()
        self.name = name
        self.privileged = bool(model.config.privileged)
        self._vocabulary = Vocabulary(model.config.vocabulary)

    @classmethod
    def fit(
        cls,
        name: str,
        config: StepConfig,
        episodes: Sequence[LabelledEpisode],
        schedule: Schedule,
        threshold: float,
        *,
        work: Path | None = None,
        follow: Follow = lambda updates, loss: None,
    ) -> tuple[SmallFeedbackModel, Agreement]:
        """Train on 80 % of the labelled tasks, calibrate on 10 %, compare on the last 10 %.

        Returns:
            The calibrated model and its agreement with the held-out labels.
        """
        split = split_by_task(episodes, schedule.seed)
        texts = texts_of([each.trajectory for each in split.train])
        config.vocabulary = list(Vocabulary.of(texts).words)
        marked = [_marked_reasons(each) for each in split.train]
        config.reasons = common((text for each in marked for text in each.values()), _REASONS)
        torch.manual_seed(schedule.seed)
        model = StepJudgeModel(config)
        fitted = cls(model, name)
        items = [fitted._item(*pair) for pair in zip(split.train, marked, strict=True)]
        sizes = [len(item.labels) for item in items]
        train(model, items, sizes, fitted._loss, schedule, work=work, follow=follow)
        model.config.logit_scale = calibration_scale(*fitted._logits_and_labels(split.calibrate))
        logits, labels = fitted._logits_and_labels(split.held_out)
        scale = model.config.logit_scale
        return fitted, agreement([probability(z, scale) for z in logits], labels, threshold)

    def judge(self, trajectories: Sequence[Trajectory]) -> list[list[Verdict]]:
        """A verdict on each step of each episode."""
        scale = self.model.config.logit_scale
        verdicts = []
        for trajectory, (logits, reasons) in zip(
            trajectories, self._outputs(trajectories), strict=True
        ):
            best = reasons.topk(min(12, reasons.shape[1]), dim=1).indices.tolist()
            verdicts.append(
                [
                    self._verdict(trajectory, at, probability(logit, scale), best[at])
                    for at, logit in enumerate(logits)
                ]
            )
        return verdicts

    def save(self, folder: Path) -> None:
        """Write config and safetensors weights, as ``save_pretrained`` does."""
        self.model.save_pretrained(folder)

    @classmethod
    def load(cls, folder: Path) -> SmallFeedbackModel:
        """Read what :meth:`save` wrote.

        Raises:
            UserError: if the folder holds no such model.
        """
        example = "RUN/feedback_model/round1"
        return cls(load_model(StepJudgeModel, folder, "feedback model", example), folder.name)

    def _verdict(
        self, trajectory: Trajectory, at: int, p_productive: float, best: list[int]
    ) -> Verdict:
        """The likeliest reason of the same verdict whose blanks the step can fill."""
        mark = "Yes. " if p_productive >= 0.5 else "No. "
        for index in best:
            text = self.model.config.reasons[index]
            if text.startswith(mark):
                step = trajectory.steps[at]
                task, admissible = trajectory.instruction, step.admissible
                filled = fill(text[len(mark) :], task, step.action, admissible)
                if filled is not None:
                    return Verdict(p_productive, filled)
        return Verdict(p_productive, "")

    def _item(self, each: LabelledEpisode, marked: dict[int, str]) -> _Item:
        positions = range(1, len(each.trajectory.steps) + 1)
        index = {text: at for at, text in enumerate(self.model.config.reasons)}
        labels = [
            int(each.labels[at].productive) if at in each.labels else _IGNORED for at in positions
        ]
        reasons = [index.get(marked.get(at, ""), _IGNORED) for at in positions]
        return _Item(self._encode(each.trajectory), labels, reasons)

    def _encode(self, trajectory: Trajectory) -> EncodedEpisode:
        return encode(self._vocabulary, trajectory, features=self.model.config.features)

    def _forward(self, episodes: Sequence[EncodedEpisode]) -> tuple[Tensor, Tensor]:
        instructions = pad_instructions([each.instruction for each in episodes])
        steps = [each.steps for each in episodes]
        outputs: tuple[Tensor, Tensor] = self.model(
            collate_steps(instructions, self.model.bags.layout, steps, range(len(episodes)))
        )
        return outputs

    def _loss(self, items: Sequence[_Item]) -> Tensor:
        verdicts, reasons = self._forward([item.episode for item in items])
        width = verdicts.shape[1] - 1

        def padded(rows: list[list[int]]) -> Tensor:
            return torch.tensor([row + [_IGNORED] * (width - len(row)) for row in rows])

        labels = padded([item.labels for item in items])
        said = labels != _IGNORED
        loss = nn.functional.binary_cross_entropy_with_logits(
            verdicts[:, 1:][said], labels[said].float()
        )
        known = padded([item.reasons for item in items])
        if bool((known != _IGNORED).any()):
            loss = loss + _REASON_WEIGHT * nn.functional.cross_entropy(
                reasons[:, 1:].flatten(0, 1), known.flatten(), ignore_index=_IGNORED
            )
        return loss

    @torch.inference_mode()
    def _outputs(self, trajectories: Sequence[Trajectory]) -> list[tuple[list[float], Tensor]]:
        """(logits, reason scores) of the steps of each episode; batched by length."""
        order = sorted(range(len(trajectories)), key=lambda at: len(trajectories[at].steps))
        outputs: dict[int, tuple[list[float], Tensor]] = {}
        for start in range(0, len(order), _BATCH):
            batch = order[start : start + _BATCH]
            encoded = [self._encode(trajectories[at]) for at in batch]
            verdicts, reasons = self._forward(encoded)
            for row, at in enumerate(batch):
                length = len(trajectories[at].steps) + 1
                outputs[at] = (verdicts[row, 1:length].tolist(), reasons[row, 1:length])
        return [outputs[at] for at in range(len(trajectories))]

    def _logits_and_labels(
        self, episodes: Sequence[LabelledEpisode]
    ) -> tuple[list[float], list[bool]]:
        logits: list[float] = []
        labels: list[bool] = []
        outputs = self._outputs([each.trajectory for each in episodes])
        for each, (scores, _) in zip(episodes, outputs, strict=True):
            for at, label in sorted(each.labels.items()):
                logits.append(scores[at - 1])
                labels.append(label.productive)
        return logits, labels
