"""A T5 as the feedback model, the paper's: it reads one step and says yes or no, and why.

Prompt and answer are laid out as in the LFM paper's released code (arXiv 2402.07876,
``build_reward_data.py``, ``train_lfm.py``). How likely a step was productive is the probability of
its ``Yes.`` against that of ``No.``; the reason is the likeliest tokens behind the likelier one.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from transformers import T5ForConditionalGeneration

from envs.errors import UserError
from envs.record import Trajectory
from lfm.agreement import Agreement, probability
from lfm.feedback_model import LabelledEpisode, Verdict, calibrate, split_by_task
from policies.imitation import Best, Follow, Schedule
from policies.tuned import TunedModel
from policies.tuning import Tuning, load_tokenizer, set_tuning, tuning_of
from policies.windowed import load_t5, train_windowed
from policies.windowed_batching import IGNORED, Decision, action_losses, pad

_QUESTION = "Question: was this helpful? Answer:"
_REPLIES = ("Yes.", "No.")
_ANSWER = 64
"""Most tokens of an answer, the end not counted; as in the paper."""
_BATCH = 32
"""Reasons that are written side by side."""


class T5FeedbackModel(TunedModel):
    """Answers for each step whether it helped; see :class:`lfm.feedback_model.FeedbackModel`.

    Its config has ``feedback``: ``detailed``, whether it writes reasons when it judges, and
    ``scale``, the factor that calibrates its verdicts.
    """

    model: T5ForConditionalGeneration

    @classmethod
    def fit(
        cls,
        name: str,
        folder: Path,
        tuning: Tuning,
        episodes: Sequence[LabelledEpisode],
        schedule: Schedule,
        threshold: float,
        *,
        detailed: bool,
        privileged: bool,
        work: Path | None = None,
        follow: Follow = lambda updates, losses: None,
    ) -> tuple[T5FeedbackModel, Agreement]:
        """Train on 80 % of the labelled tasks, calibrate on 10 %, compare on the last 10 %.

        Args:
            name: what to call it.
            folder: of a T5 and its tokenizer, which it begins as.
            tuning: how it is trained.
            episodes: what the critic said.
            schedule: how long and how fast; a batch is of steps.
            threshold: probability from which a step counts as productive.
            detailed: whether it writes reasons; it learns them in any case.
            privileged: whether the critic used information an agent could not have.
            work: folder for checkpoints.
            follow: told how training goes.

        Returns:
            The calibrated model and its agreement with the held-out labels.

        Raises:
            UserError: if the folder holds no model that can be used, or there is nothing to learn.
        """
        split = split_by_task(episodes, schedule.seed)
        model, adapter = load_t5(folder, "feedback_model")
        model.config.privileged = privileged
        model.config.feedback = {"detailed": detailed, "scale": 1.0}
        set_tuning(model, tuning)
        fitted = cls(model, load_tokenizer(folder, "feedback_model"), name, adapter)
        lessons = [fitted._lessons(each) for each in split.train]

        def train() -> Best | None:
            return train_windowed(fitted.model, lessons, schedule, work=work, follow=follow)

        fitted._train(train, schedule, work)
        scale, found = calibrate(fitted._logits, split, threshold)
        fitted.model.config.feedback["scale"] = scale
        return fitted, found

    @classmethod
    def load(cls, folder: Path) -> T5FeedbackModel:
        """Read what :meth:`save` wrote.

        Raises:
            UserError: if the folder holds no such model.
        """
        model, adapter = load_t5(folder, "feedback_model")
        if not hasattr(model.config, "feedback"):
            raise UserError(
                f"feedback_model.path: {folder} holds a T5 that has not learned to judge; name a "
                "folder such as RUN/feedback_model/round1 that a run has written"
            )
        tokenizer = load_tokenizer(folder, "feedback_model")
        return cls(model, tokenizer, folder.resolve().name, adapter)

    def judge(self, trajectories: Sequence[Trajectory]) -> list[list[Verdict]]:
        """A verdict on each step of each episode."""
        scale = self.model.config.feedback["scale"]
        logits = self._logits(trajectories)
        reasons = iter(self._reasons(trajectories, logits))
        return [
            [Verdict(probability(logit, scale), next(reasons)) for logit in found]
            for found in logits
        ]

    def _logits(self, trajectories: Sequence[Trajectory]) -> list[list[float]]:
        """Log-odds of yes against no for each step of each episode."""
        prompts = [prompt for each in trajectories for prompt in self._prompts(each)]
        replies = [self._cut(reply) for reply in _REPLIES]
        losses = action_losses(self.model, prompts, [replies] * len(prompts), self.half)
        yes, no = map(len, replies)  # the losses are means over so many tokens
        odds = iter([float(no * each[1] - yes * each[0]) for each in losses])
        return [[next(odds) for _ in each.steps] for each in trajectories]

    # What is read and learned

    def _prompts(self, episode: Trajectory) -> list[np.ndarray]:
        """The tokens in which each step is told and asked about.

        What was seen before and after it loses its end where both do not fit into
        ``tuning.longest``.
        """
        longest = tuning_of(self.model).longest or self.tokenizer.model_max_length
        task = self._cut(f"Task: {episode.instruction} Before:")
        after, asked = self._cut("After:"), self._ended(self._cut(_QUESTION))
        prompts = []
        for at, step in enumerate(episode.steps):
            action = self._cut(f"Action: {step.action}")
            room = max(0, longest - len(task) - len(action) - len(after) - len(asked)) // 2
            seen = (episode.observation_before(at), step.observation)
            before, then = (self._cut(text)[:room] for text in seen)
            prompts.append(np.concatenate([task, before, action, after, then, asked]))
        return prompts

    def _lessons(self, each: LabelledEpisode) -> list[Decision]:
        """The steps that the critic labelled, with the answers that it would have wanted."""
        prompts = self._prompts(each.trajectory)
        lessons = []
        for at, label in sorted(each.labels.items()):
            said = [self._cut(_REPLIES[not label.productive]), self._cut(label.reason)]
            answer = self._ended(np.concatenate(said)[:_ANSWER])
            lessons.append(Decision(prompts[at - 1], answer))
        return lessons

    def _cut(self, text: str) -> np.ndarray:
        tokens = self.tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]
        return np.array(tokens, dtype=np.int32)

    def _ended(self, tokens: np.ndarray) -> np.ndarray:
        return np.append(tokens, np.int32(self.tokenizer.eos_token_id))

    # What is written

    def _reasons(
        self, trajectories: Sequence[Trajectory], logits: Sequence[Sequence[float]]
    ) -> list[str]:
        """Why each step of all episodes got its verdict; empty if the model is not detailed."""
        odds = [logit for found in logits for logit in found]
        reasons = [""] * len(odds)
        if not self.model.config.feedback["detailed"]:
            return reasons
        prompts = [prompt for each in trajectories for prompt in self._prompts(each)]
        for unhelpful, reply in enumerate(_REPLIES):
            chosen = [at for at, logit in enumerate(odds) if (logit < 0) == bool(unhelpful)]
            chosen.sort(key=lambda at: len(prompts[at]))
            for start in range(0, len(chosen), _BATCH):
                batch = chosen[start : start + _BATCH]
                written = self._write([prompts[at] for at in batch], self._cut(reply))
                for at, text in zip(batch, written, strict=True):
                    reasons[at] = text
        return reasons

    @torch.inference_mode()
    def _write(self, prompts: Sequence[np.ndarray], reply: np.ndarray) -> list[str]:
        """What the model goes on with after the reply to each prompt."""
        device = self.model.device
        tokens = pad(prompts, IGNORED).to(device)
        known = tokens != IGNORED
        begun = torch.tensor([[self.model.config.decoder_start_token_id, *reply]], device=device)
        with torch.autocast(device.type, torch.bfloat16, enabled=self.half):
            written = self.model.generate(  # type: ignore[misc]
                input_ids=tokens.masked_fill(~known, 0),
                attention_mask=known,
                decoder_input_ids=begun.expand(len(prompts), -1),
                max_new_tokens=_ANSWER - len(reply),
                do_sample=False,
                num_beams=1,
            )
        texts = self.tokenizer.batch_decode(written[:, begun.shape[1] :], skip_special_tokens=True)
        return [str(text).strip() for text in texts]
