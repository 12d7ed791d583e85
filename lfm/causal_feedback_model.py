"""A chat model as the feedback model: reads a window and writes what the critic would say of it.

The window is told by a prompt, through the model's own chat template. Of the critique only what is
not given by its form is learned and written (:mod:`lfm.critique`). How likely a step was productive
is the probability of the word for yes against that for no at the step's place, behind what the
model has said of the steps before; reasons, summary and suggestion are its likeliest tokens, one by
one. Sources: the paper's LFM and LFMD (arXiv 2402.07876); upstream's ``train_lfm.py`` compares the
losses of the two words, too.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np

from envs.errors import UserError
from envs.record import Trajectory
from lfm.agreement import Agreement, probability
from lfm.critics.base import Window, WindowFeedback
from lfm.critics.prompt import Prompt
from lfm.critics.windows import make_windows
from lfm.critique import END, Blank, Form, plain_text
from lfm.feedback_model import LabelledEpisode, Verdict, calibrate, split_by_task
from policies.causal.model import CausalModel
from policies.causal.packing import Tokens, join, plain, wanted
from policies.causal.reading import Reading
from policies.causal.tree import ActionTree
from policies.imitation import Follow, Schedule
from policies.tuning import Tuning

_BATCH = 32
"""Windows that are judged side by side."""
_TEXT = 48
"""Most tokens of a reason, a summary or a suggestion."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How a causal feedback model is asked; part of its config.

    Attributes:
        detailed: whether it gives reasons, a summary and a suggestion.
        window: steps that it reads at a time; 0 = the whole episode.
        opening: what comes first, as in :class:`lfm.critics.prompt.Prompt`.
        step: how a step is told.
        scale: factor that calibrates its verdicts.
    """

    detailed: bool
    window: int
    opening: str
    step: str
    scale: float = 1.0

    def told(self, window: Window) -> str:
        """A window in words, and the question."""
        form = Form(self.detailed)
        prompt = Prompt("", "", "", self.opening, self.step, form.question)
        (message,) = prompt.messages(window)
        return message.content


@dataclass(slots=True)
class Critique:
    """What the model wrote of a window.

    Attributes:
        logits: step (from 1) -> log-odds of its being productive, before calibration.
        texts: what stands in the other blanks.
    """

    logits: dict[int, float] = field(default_factory=dict)
    texts: dict[Blank, str] = field(default_factory=dict)


class _Ask(NamedTuple):
    """What a critique that is being written needs of the model.

    Attributes:
        new: tokens to be read first.
        replies: how likely each of them is then; without them, which token is the likeliest.
    """

    new: np.ndarray
    replies: tuple[np.ndarray, ...] = ()


class _Told(NamedTuple):
    """What the model answers: log-probabilities of the replies, and the likeliest token."""

    log_probs: np.ndarray
    likeliest: int


class CausalFeedbackModel(CausalModel):
    """Writes critiques; see :class:`lfm.feedback_model.FeedbackModel`.

    What it was asked in is in its config as ``feedback``.
    """

    group = "feedback_model"

    @classmethod
    def fit(
        cls,
        name: str,
        folder: Path,
        tuning: Tuning,
        manner: Manner,
        episodes: Sequence[LabelledEpisode],
        schedule: Schedule,
        threshold: float,
        *,
        privileged: bool,
        work: Path | None = None,
        follow: Follow = lambda updates, losses: None,
    ) -> tuple[CausalFeedbackModel, Agreement]:
        """Train on 80 % of the labelled tasks, calibrate on 10 %, compare on the last 10 %.

        Args:
            name: what to call it.
            folder: of the chat model that it begins as.
            tuning: how it is trained.
            manner: how it is asked.
            episodes: what the critic said, in windows of the length that ``manner`` has.
            schedule: how long and how fast; a batch is of episodes.
            threshold: probability from which a step counts as productive.
            privileged: whether the critic used information an agent could not have.
            work: folder for checkpoints.
            follow: told how training goes.

        Returns:
            The calibrated model and its agreement with the held-out labels.

        Raises:
            UserError: if the folder holds no model that can be used, or a window is too long.
        """
        split = split_by_task(episodes, schedule.seed)
        fitted = cls.new(name, folder, tuning)
        fitted.privileged = fitted.model.config.privileged = privileged
        fitted.model.config.feedback = asdict(manner)
        lessons = [fitted._lessons(each) for each in split.train]
        for each in (*split.calibrate, *split.held_out):
            fitted._lessons(each)  # what is too long shall be known before training
        fitted.learn(lessons, schedule, work=work, follow=follow)
        scale, found = calibrate(fitted._logits, split, threshold)
        fitted.model.config.feedback["scale"] = scale
        return fitted, found

    @classmethod
    def load(cls, folder: Path) -> CausalFeedbackModel:
        """Read what :meth:`save` wrote.

        Raises:
            UserError: if the folder holds no such model.
        """
        found = cls.read(folder)
        if not hasattr(found.model.config, "feedback"):
            raise UserError(
                f"feedback_model.path: {folder} holds a chat model that has not learned to judge; "
                "name a folder such as RUN/feedback_model/round1 that a run has written"
            )
        return found

    def judge(self, trajectories: Sequence[Trajectory]) -> list[list[Verdict]]:
        """A verdict on each step of each episode."""
        manner = self._manner
        windows = make_windows(trajectories, manner.window)
        verdicts: dict[str, list[Verdict]] = {each.trajectory_id: [] for each in trajectories}
        for window, said in zip(windows, self._write_all(windows), strict=True):
            found = [
                Verdict(probability(logit, manner.scale), said.texts.get(Blank("reason", step), ""))
                for step, logit in said.logits.items()
            ]
            summary, suggestion = (
                said.texts.get(blank, "") for blank in (Blank("summary"), Blank("suggestion"))
            )
            found[-1] = found[-1]._replace(summary=summary, suggestion=suggestion)
            verdicts[window.trajectory.trajectory_id] += found
        return [verdicts[each.trajectory_id] for each in trajectories]

    @property
    def _manner(self) -> Manner:
        return Manner(**self.model.config.feedback)

    def _logits(self, trajectories: Sequence[Trajectory]) -> list[list[float]]:
        windows = make_windows(trajectories, self._manner.window)
        found: dict[str, list[float]] = {each.trajectory_id: [] for each in trajectories}
        for window, critique in zip(windows, self._write_all(windows), strict=True):
            found[window.trajectory.trajectory_id] += critique.logits.values()
        return [found[each.trajectory_id] for each in trajectories]

    # What is read and learned

    def _lessons(self, each: LabelledEpisode) -> list[Tokens]:
        """A sequence for each window that the critic labelled."""
        answers = {answer.window_id: answer for answer in each.windows}
        return [
            self._lesson(window, answers[window.window_id])
            for window in make_windows([each.trajectory], self._manner.window)
            if window.window_id in answers
        ]

    def _lesson(self, window: Window, answer: WindowFeedback) -> Tokens:
        """The window and its critique; steps without a label are not in the critique."""
        form = Form(self._manner.detailed)
        said = {step.step: step for step in answer.steps}
        whole = answer.parse in ("ok", "parsed")
        pieces = [plain(self._asked(window))]
        for part in form.parts(sorted(said)):
            if isinstance(part, str):
                pieces.append(plain(self.reader.cut(part)))
            elif part.kind == "verdict":
                pieces.append(wanted(self._replies(form)[not said[part.step].productive]))
            else:
                text = said[part.step].reason if part.step else getattr(answer, part.kind)
                tokens = self._text(text)
                # An empty text of an answer that had to be repaired may be one that was lost.
                pieces.append(wanted(tokens) if text or whole else plain(tokens))
        return join(pieces)

    def _asked(self, window: Window) -> np.ndarray:
        """Tokens up to where the critique begins.

        Raises:
            UserError: if they and the longest critique are more than the model reads.
        """
        tokens, room = self.reader.asked(self._manner.told(window)), self._room(window)
        if len(tokens) + room > self.reader.longest:
            raise UserError(
                f"feedback_model.longest: the model reads {self.reader.longest} tokens, and a "
                f"window of {window.last - window.first + 1} steps takes {len(tokens)} and its "
                f"critique up to {room}; choose a larger number or a smaller critic.window"
            )
        return tokens

    def _room(self, window: Window) -> int:
        """Most tokens of a critique of the window."""
        form, room = Form(self._manner.detailed), 0
        for part in form.parts(range(window.first, window.last + 1)):
            if isinstance(part, str):
                room += len(self.reader.cut(part))
            elif part.kind == "verdict":
                room += max(map(len, self._replies(form)))
            else:
                room += _TEXT + len(self.reader.cut(END))
        return room

    def _replies(self, form: Form) -> tuple[np.ndarray, ...]:
        return tuple(map(self.reader.cut, form.verdicts))

    def _text(self, text: str) -> np.ndarray:
        """The tokens of a text, no more than are written, and what ends it."""
        return np.concatenate([self.reader.cut(plain_text(text))[:_TEXT], self.reader.cut(END)])

    # What is written

    def _write_all(self, windows: Sequence[Window]) -> list[Critique]:
        """A critique of each window; those of like length are written side by side."""
        order = sorted(range(len(windows)), key=lambda at: windows[at].last - windows[at].first)
        found: dict[int, Critique] = {}
        for start in range(0, len(order), _BATCH):
            batch = order[start : start + _BATCH]
            written = self._write_together([windows[at] for at in batch])
            found.update(zip(batch, written, strict=True))
        return [found[at] for at in range(len(windows))]

    def _write_together(self, windows: Sequence[Window]) -> list[Critique]:
        reading = Reading(self.model, len(windows), self.half)
        critiques = [Critique() for _ in windows]
        writers = [
            self._write(window, critique)
            for window, critique in zip(windows, critiques, strict=True)
        ]
        asks = {row: next(writer) for row, writer in enumerate(writers)}
        while asks:
            rows = list(asks)
            trees = [ActionTree(asks[row].replies) for row in rows]
            edges = reading.read(rows, [asks[row].new for row in rows], trees)
            told = zip(rows, trees, edges, reading.likeliest(), strict=True)
            for row, tree, log_probs, likeliest in told:
                lengths = [len(reply) for reply in asks[row].replies]
                sums = tree.means(log_probs) * lengths
                try:
                    asks[row] = writers[row].send(_Told(sums, likeliest))
                except StopIteration:
                    del asks[row]
        return critiques

    def _write(self, window: Window, critique: Critique) -> Generator[_Ask, _Told, None]:
        """Write a critique, asking the model where the form leaves a blank."""
        form = Form(self._manner.detailed)
        replies, end = self._replies(form), self.reader.cut(END)
        new = self._asked(window)
        for part in form.parts(range(window.first, window.last + 1)):
            if isinstance(part, str):
                new = np.concatenate([new, self.reader.cut(part)])
            elif part.kind == "verdict":
                told = yield _Ask(new, replies)
                logit = float(told.log_probs[0] - told.log_probs[1])
                critique.logits[part.step] = logit
                new = replies[logit < 0]
            else:
                text: list[int] = []
                while len(text) < _TEXT:
                    told = yield _Ask(new)
                    if told.likeliest == end[0]:
                        new = new[:0]
                        break
                    text.append(told.likeliest)
                    new = np.array([told.likeliest], dtype=np.int32)
                new = np.concatenate([new, end])
                said = self.tokenizer.decode(text, skip_special_tokens=True)
                critique.texts[part] = str(said).strip()
