"""A reward model: a number for a text, learned from which of two is better, and the best of N."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import (
    AutoConfig,
    AutoModelForSequenceClassification,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)

from envs.errors import UserError
from policies.base import Start
from policies.causal.chat import DAY
from policies.imitation import Follow, Schedule
from policies.tuning import device, load_tokenizer
from policies.writing.base import Conversation, Record, Turn, Writer
from policies.writing.policy import WritingSession
from policies.writing.training import REWARD, Update, train_writer

_ROWS = 64
"""Texts judged at once."""


def is_reward_model(folder: Path) -> bool:
    """Whether the folder holds a model whose output is one number."""
    try:
        config = AutoConfig.from_pretrained(folder, local_files_only=True)
    except (OSError, ValueError):
        return False
    kinds = config.architectures or []
    return config.num_labels == 1 and any("ForSequenceClassification" in kind for kind in kinds)


class RewardModel:
    """Gives a number to a text as the answer to a conversation; higher is better.

    Args:
        model: with one number as its output.
        tokenizer: with a chat template.
        name: what to call it.
    """

    def __init__(
        self, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, name: str
    ) -> None:
        self.model = model.eval().to(device())
        self.tokenizer = tokenizer
        self.name = name
        self.privileged = bool(model.config.privileged)

    @classmethod
    def begin(cls, name: str, folder: Path, seed: int, *, privileged: bool) -> RewardModel:
        """One that begins with the weights of the writer in a folder.

        Args:
            name: what to call it.
            folder: of the writer.
            seed: of the weights that the writer does not have.
            privileged: whether what it is to learn from knows what an agent could not.

        Raises:
            UserError: if the folder holds an adapter.
        """
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            found = cls._read(folder)
        found.name = name
        found.privileged = found.model.config.privileged = found.privileged or privileged
        return found

    @classmethod
    def load(cls, folder: Path) -> RewardModel:
        """Read what :meth:`save` wrote.

        Raises:
            UserError: if the folder holds no reward model.
        """
        if not is_reward_model(folder):
            raise UserError(
                f"there is no reward model in {folder}; name a folder such as "
                "RUN/reward_model/ilf, which a run with recipe.best_of has written"
            )
        return cls._read(folder)

    @classmethod
    def _read(cls, folder: Path) -> RewardModel:
        """One with the weights in a folder; what puts out the number is new where it is not there.

        Raises:
            UserError: if the folder holds no whole model.
        """
        try:
            model = AutoModelForSequenceClassification.from_pretrained(
                folder, num_labels=1, local_files_only=True
            )
        except (OSError, ValueError) as error:
            raise UserError(f"cannot read the model in {folder} ({error})") from error
        tokenizer = load_tokenizer(folder)
        model.config.pad_token_id = tokenizer.pad_token_id
        model.config.privileged = getattr(model.config, "privileged", False)
        return cls(model, tokenizer, folder.resolve().name)

    def save(self, folder: Path) -> None:
        """Write config, safetensors weights and tokenizer, as ``save_pretrained`` does."""
        self.model.save_pretrained(folder)
        self.tokenizer.save_pretrained(folder)

    def fit(
        self,
        pairs: Sequence[Record],
        schedule: Schedule,
        *,
        work: Path,
        follow: Follow = lambda updates, losses: None,
    ) -> None:
        """Learn that each pair's target is better than what is rejected.

        Raises:
            UserError: if there is no pair.
        """
        update = Update(REWARD)
        train_writer(self.model, self.tokenizer, pairs, update, schedule, work=work, follow=follow)

    @torch.inference_mode()
    def rewards(self, conversations: Sequence[Conversation], texts: Sequence[str]) -> list[float]:
        """A number for each text as the answer to its conversation."""
        wholes = [
            self._tokens([*told, Turn(role="assistant", content=text)])
            for told, text in zip(conversations, texts, strict=True)
        ]
        order = sorted(range(len(wholes)), key=lambda row: len(wholes[row]))
        found = [0.0] * len(wholes)
        for first in range(0, len(order), _ROWS):
            rows = order[first : first + _ROWS]
            padded = self.tokenizer.pad(
                {"input_ids": [wholes[row] for row in rows]},
                padding_side="right",
                return_tensors="pt",
            ).to(self.model.device)
            for row, (value,) in zip(rows, self.model(**padded).logits.tolist(), strict=True):
                found[row] = value
        return found

    def _tokens(self, conversation: Conversation) -> list[int]:
        turns: Any = list(conversation)
        tokens: Any = self.tokenizer.apply_chat_template(turns, return_dict=False, date_string=DAY)
        return list(tokens)

    def accuracy(self, pairs: Sequence[Record]) -> float:
        """The share of pairs whose target has the higher number."""
        told = [pair.conversation for pair in pairs]
        wanted = self.rewards(told, [pair.target for pair in pairs])
        others = self.rewards(told, [pair.rejected or "" for pair in pairs])
        right = sum(one > other for one, other in zip(wanted, others, strict=True))
        return right / len(pairs)


class BestOf:
    """A policy that writes several answers and gives the one that a reward model prefers.

    Args:
        writer: who writes.
        reward: what prefers.
        count: answers to choose from.
        temperature: of the writer.
    """

    def __init__(self, writer: Writer, reward: RewardModel, count: int, temperature: float) -> None:
        self.name = f"{writer.name}-best{count}"
        self.privileged = writer.privileged or reward.privileged
        self.temperature = temperature
        self._writer = writer
        self._reward = reward
        self._count = count

    def begin(self, starts: Sequence[Start]) -> WritingSession:
        """Begin a batch of episodes."""
        return WritingSession(self, starts)

    def write(
        self, conversations: Sequence[Conversation], samples: int, seed: int, temperature: float
    ) -> list[list[str]]:
        """The best answer to each conversation, as often as it is asked for."""
        drawn = self._writer.write(conversations, self._count, seed, temperature)
        told = [each for each in conversations for _ in range(self._count)]
        rewards = self._reward.rewards(told, [text for texts in drawn for text in texts])
        best = []
        for at, texts in enumerate(drawn):
            values = rewards[at * self._count : (at + 1) * self._count]
            best.append([texts[values.index(max(values))]] * samples)
        return best
