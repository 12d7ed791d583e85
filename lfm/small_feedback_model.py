"""The small feedback model: says which steps were productive, and why, in the critic's own words.

It reads whole finished episodes, so it can tell from what came later what a step was good for;
it never sees the simulator. If it is detailed, as the paper's LFMD is (arXiv 2402.07876, table 4),
it also sums up each window and says what to do then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn

from envs.record import Trajectory
from lfm.agreement import Agreement, probability
from lfm.critics.base import Window, WindowFeedback
from lfm.critics.windows import make_windows
from lfm.feedback_model import LabelledEpisode, Verdict, calibrate, split_by_task
from lfm.reasons import blank_names, common, fill_names, names_of, template, window_names
from policies.batching import EncodedEpisode, collate_steps, encode, pad_instructions
from policies.imitation import Follow, Schedule, train
from policies.pretrained import load_model
from policies.small import texts_of
from policies.step_judge import Judged, StepJudgeModel
from policies.step_transformer import StepConfig
from policies.words import Vocabulary

_BATCH = 64
_TEXTS = 96
"""Most different reasons, summaries or suggestions that are learned."""
_TRIED = 12
"""How many of the likeliest texts are tried until the blanks of one can be filled."""
_TEXT_WEIGHT = 0.2
_IGNORED = -100


class _Said(NamedTuple):
    """What the critic said of a window, with blanks; None for what is not known.

    Attributes:
        first: first step.
        last: last step, included.
        summary: what happened.
        suggestion: what to do then.
    """

    first: int
    last: int
    summary: str | None
    suggestion: str | None


@dataclass(frozen=True, slots=True)
class _Item:
    """A training item: an episode with labels (0, 1 or ignored) and reasons by position.

    Attributes:
        episode: the episode.
        labels: of each step 0, 1 or ignored.
        reasons: of each step the number of the reason, or ignored.
        windows: of each window its first and last step, and the numbers of the summary and the
            suggestion, or ignored.
    """

    episode: EncodedEpisode
    labels: list[int]
    reasons: list[int]
    windows: list[tuple[int, int, int, int]]


class _Output(NamedTuple):
    """What the network makes of an episode: logits.

    Attributes:
        verdicts: of each step.
        reasons: (steps, reasons).
        summaries: (windows, summaries).
        suggestions: (windows, suggestions).
    """

    verdicts: list[float]
    reasons: Tensor
    summaries: Tensor
    suggestions: Tensor


def _marked_reasons(each: LabelledEpisode) -> dict[int, str]:
    """Reasons with blanks, marked with their verdicts, as the paper's model writes "Yes. ..."."""
    return {
        at: f"{'Yes' if label.productive else 'No'}. {template(label.reason, each.trajectory, at)}"
        for at, label in each.labels.items()
    }


def sayings(each: LabelledEpisode, length: int) -> list[_Said]:
    """What the critic said of windows of ``length`` steps of an episode, with blanks."""
    said = {window.window_id: window for window in each.windows}
    return [
        _blanked(window, said[window.window_id])
        for window in make_windows([each.trajectory], length)
        if window.window_id in said
    ]


def _blanked(window: Window, said: WindowFeedback) -> _Said:
    """An empty text of an answer that had to be repaired may be one that was lost."""
    names = window_names(window, sum(step.productive for step in said.steps))
    whole = said.parse in ("ok", "parsed")
    summary, suggestion = (
        blank_names(text, names) if text or whole else None
        for text in (said.summary, said.suggestion)
    )
    return _Said(window.first, window.last, summary, suggestion)


class SmallFeedbackModel:
    """A small bidirectional transformer over the steps of an episode; see :class:`FeedbackModel`.

    It is detailed if its config says how long a window is.
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
        follow: Follow = lambda updates, losses: None,
    ) -> tuple[SmallFeedbackModel, Agreement]:
        """Train on 80 % of the labelled tasks, calibrate on 10 %, compare on the last 10 %.

        Returns:
            The calibrated model and its agreement with the held-out labels.
        """
        split = split_by_task(episodes, schedule.seed)
        texts = texts_of([each.trajectory for each in split.train])
        config.vocabulary = list(Vocabulary.of(texts).words)
        marked = [_marked_reasons(each) for each in split.train]
        config.reasons = common((text for each in marked for text in each.values()), _TEXTS)
        told: list[list[_Said]] = [[] for _ in split.train]
        if config.window is not None:
            told = [sayings(each, config.window) for each in split.train]
            every = [said for each in told for said in each]
            config.summaries = common((s.summary for s in every if s.summary is not None), _TEXTS)
            config.suggestions = common(
                (s.suggestion for s in every if s.suggestion is not None), _TEXTS
            )
        torch.manual_seed(schedule.seed)
        model = StepJudgeModel(config)
        fitted = cls(model, name)
        items = [fitted._item(*each) for each in zip(split.train, marked, told, strict=True)]
        sizes = [len(item.labels) for item in items]
        train(model, items, sizes, fitted._loss, schedule, work=work, follow=follow)
        model.config.logit_scale, found = calibrate(fitted._logits, split, threshold)
        return fitted, found

    def judge(self, trajectories: Sequence[Trajectory]) -> list[list[Verdict]]:
        """A verdict on each step of each episode."""
        return [
            self._verdicts(*each)
            for each in zip(trajectories, self._outputs(trajectories), strict=True)
        ]

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

    def _verdicts(self, trajectory: Trajectory, output: _Output) -> list[Verdict]:
        config = self.model.config
        verdicts = []
        for step, logit, scores in zip(
            trajectory.steps, output.verdicts, output.reasons, strict=True
        ):
            p_productive = probability(logit, config.logit_scale)
            names = names_of(trajectory.instruction, step.action, step.admissible)
            mark = "Yes. " if p_productive >= 0.5 else "No. "
            reason = _likeliest(config.reasons, scores, names, mark)
            verdicts.append(Verdict(p_productive, reason))
        told = zip(self._windows(trajectory), output.summaries, output.suggestions, strict=True)
        for window, summary, suggestion in told:
            said = verdicts[window.first - 1 : window.last]
            names = window_names(window, sum(each.p_productive >= 0.5 for each in said))
            verdicts[window.last - 1] = said[-1]._replace(
                summary=_likeliest(config.summaries, summary, names),
                suggestion=_likeliest(config.suggestions, suggestion, names),
            )
        return verdicts

    def _windows(self, trajectory: Trajectory) -> list[Window]:
        """The parts of an episode that are summed up; none if the model is not detailed."""
        length = self.model.config.window
        return [] if length is None else make_windows([trajectory], length)

    def _item(self, each: LabelledEpisode, marked: dict[int, str], told: Sequence[_Said]) -> _Item:
        config, positions = self.model.config, range(1, len(each.trajectory.steps) + 1)
        labels = [
            int(each.labels[at].productive) if at in each.labels else _IGNORED for at in positions
        ]
        index, summaries, suggestions = (
            {text: at for at, text in enumerate(texts)}
            for texts in (config.reasons, config.summaries, config.suggestions)
        )
        return _Item(
            self._encode(each.trajectory),
            labels,
            [index.get(marked.get(at, ""), _IGNORED) for at in positions],
            [
                (
                    said.first,
                    said.last,
                    summaries.get(said.summary, _IGNORED),
                    suggestions.get(said.suggestion, _IGNORED),
                )
                for said in told
            ],
        )

    def _encode(self, trajectory: Trajectory) -> EncodedEpisode:
        return encode(self._vocabulary, trajectory, features=self.model.config.features)

    def _forward(self, episodes: Sequence[EncodedEpisode]) -> Judged:
        instructions = pad_instructions([each.instruction for each in episodes])
        steps = [each.steps for each in episodes]
        judged: Judged = self.model(
            collate_steps(instructions, self.model.bags.layout, steps, range(len(episodes)))
        )
        return judged

    def _loss(self, items: Sequence[_Item]) -> Tensor:
        judged = self._forward([item.episode for item in items])
        width = judged.verdicts.shape[1] - 1

        def padded(rows: list[list[int]]) -> Tensor:
            return torch.tensor([row + [_IGNORED] * (width - len(row)) for row in rows])

        labels = padded([item.labels for item in items])
        said = labels != _IGNORED
        loss = nn.functional.binary_cross_entropy_with_logits(
            judged.verdicts[:, 1:][said], labels[said].float()
        )
        loss = loss + _text_loss(
            judged.reasons[:, 1:].flatten(0, 1), padded([item.reasons for item in items]).flatten()
        )
        told = [(row, *each) for row, item in enumerate(items) for each in item.windows]
        if told:
            windows = torch.tensor(told)
            found = self.model.sum_up(judged.states, windows[:, :3])
            for scores, wanted in zip(found, windows[:, 3:].unbind(1), strict=True):
                loss = loss + _text_loss(scores, wanted)
        return loss

    @torch.inference_mode()
    def _outputs(self, trajectories: Sequence[Trajectory]) -> list[_Output]:
        """What the network makes of each episode; batched by length."""
        order = sorted(range(len(trajectories)), key=lambda at: len(trajectories[at].steps))
        outputs: dict[int, _Output] = {}
        for start in range(0, len(order), _BATCH):
            batch = order[start : start + _BATCH]
            judged = self._forward([self._encode(trajectories[at]) for at in batch])
            for row, at in enumerate(batch):
                length = len(trajectories[at].steps) + 1
                outputs[at] = _Output(
                    judged.verdicts[row, 1:length].tolist(),
                    judged.reasons[row, 1:length],
                    *self._sum_up(judged.states[row : row + 1], trajectories[at]),
                )
        return [outputs[at] for at in range(len(trajectories))]

    def _sum_up(self, states: Tensor, trajectory: Trajectory) -> tuple[Tensor, Tensor]:
        bounds = [(0, window.first, window.last) for window in self._windows(trajectory)]
        if not bounds:
            return torch.empty(0, 0), torch.empty(0, 0)
        found: tuple[Tensor, Tensor] = self.model.sum_up(states, torch.tensor(bounds))
        return found

    def _logits(self, trajectories: Sequence[Trajectory]) -> list[list[float]]:
        return [output.verdicts for output in self._outputs(trajectories)]


def _likeliest(texts: Sequence[str], scores: Tensor, names: dict[str, str], mark: str = "") -> str:
    """The likeliest text that begins with the mark and whose blanks the names can fill."""
    for index in scores.topk(min(_TRIED, len(scores))).indices.tolist() if texts else ():
        if texts[index].startswith(mark):
            filled = fill_names(texts[index][len(mark) :], names)
            if filled is not None:
                return filled
    return ""


def _text_loss(scores: Tensor, wanted: Tensor) -> Tensor:
    """The loss of texts: scores (N, texts) against their numbers (N,), if there is one."""
    if not bool((wanted != _IGNORED).any()):
        return scores.new_zeros(())
    loss = nn.functional.cross_entropy(scores, wanted, ignore_index=_IGNORED)
    return _TEXT_WEIGHT * loss
