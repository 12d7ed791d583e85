"""The LFM paper's policy: an encoder-decoder that reads a window of past steps as one prompt.

Any T5 will do: a small one from random weights, as :meth:`WindowedPolicy.new` makes, or a folder
with a pretrained one and its tokenizer.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import nn
from transformers import (
    AutoTokenizer,
    PreTrainedTokenizerBase,
    T5Config,
    T5ForConditionalGeneration,
)

from envs.actions import FactoredActions
from envs.errors import UserError
from envs.record import Trajectory
from policies.base import Choice, Start
from policies.choosing import choose
from policies.imitation import Follow, Schedule, train
from policies.learned import Examples, Targets
from policies.pretrained import load_model
from policies.prompts import PromptReader, word_tokenizer
from policies.small import texts_of
from policies.windowed_batching import Decision, action_losses, token_loss

WINDOW = 20
"""Past steps that a pretrained model is told, as in the paper."""


class WindowedShape(NamedTuple):
    """Size of a model from random weights.

    Attributes:
        hidden_size: width; a multiple of ``heads``.
        layers: of the encoder, and as many of the decoder.
        heads: of each attention.
        dropout: while training.
        window: how many past steps it is told.
    """

    hidden_size: int
    layers: int
    heads: int
    dropout: float
    window: int = WINDOW


class WindowedPolicy:
    """Chooses the admissible action whose tokens are, in the mean, the most likely ones.

    Args:
        model: the encoder-decoder; its config has ``window`` and ``privileged`` besides T5's facts.
        tokenizer: of its words.
        name: what to call it in files and tables.
        temperature: 0 takes the best action, otherwise actions are drawn from the softmax of minus
            their mean token loss divided by it, each episode from its own seed.
    """

    def __init__(
        self,
        model: T5ForConditionalGeneration,
        tokenizer: PreTrainedTokenizerBase,
        name: str,
        temperature: float = 0.0,
    ) -> None:
        self.model = model.eval()
        self.tokenizer = tokenizer
        self.name = name
        self.temperature = temperature
        self.privileged = bool(model.config.privileged)
        self.reader = PromptReader(tokenizer, model.config.window)

    @classmethod
    def new(cls, name: str, shape: WindowedShape, examples: Examples, seed: int) -> WindowedPolicy:
        """A policy of random weights that follow from ``seed``, with the words of ``examples``."""
        texts = texts_of([trajectory for trajectory, _ in examples])
        tokenizer = word_tokenizer(texts, shape.window)
        config = T5Config(
            vocab_size=len(tokenizer),
            d_model=shape.hidden_size,
            d_kv=shape.hidden_size // shape.heads,
            d_ff=4 * shape.hidden_size,
            num_layers=shape.layers,
            num_heads=shape.heads,
            dropout_rate=shape.dropout,
            pad_token_id=tokenizer.pad_token_id,
            eos_token_id=tokenizer.eos_token_id,
        )
        config.decoder_start_token_id = tokenizer.pad_token_id
        config.window, config.privileged = shape.window, False
        torch.manual_seed(seed)
        return cls(T5ForConditionalGeneration(config), tokenizer, name)

    def fit(
        self,
        examples: Examples,
        schedule: Schedule,
        *,
        work: Path | None = None,
        follow: Follow = lambda updates, loss: None,
    ) -> None:
        """Train the model, in place; ``batch_size`` counts steps, not episodes.

        See :meth:`policies.learned.LearnedPolicy.fit`.
        """
        items = [each for example in examples for each in decisions(self.reader, *example)]
        sizes = [len(item.prompt) for item in items]
        # T5 has one weight under several names, which a checkpoint cannot hold; a list has not.
        weights = nn.ParameterList(self.model.parameters())
        loss = partial(token_loss, self.model)
        self.model.train()
        train(weights, items, sizes, loss, schedule, work=work, follow=follow)
        self.model.eval()

    def save(self, folder: Path) -> None:
        """Write config, safetensors weights and tokenizer, as ``save_pretrained`` does."""
        self.model.save_pretrained(folder)
        self.tokenizer.save_pretrained(folder)

    @classmethod
    def load(cls, folder: Path, temperature: float = 0.0) -> WindowedPolicy:
        """Read what :meth:`save` wrote, or a pretrained T5 with its tokenizer.

        Raises:
            UserError: if the folder holds no such policy.
        """
        model = load_model(T5ForConditionalGeneration, folder, "policy", "RUN/policies/bc")
        try:
            tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        except Exception as error:  # the readers of tokenizers have many of their own
            raise UserError(
                f"the tokenizer of the policy in {folder} cannot be read: {error}"
            ) from error
        # A pretrained model of someone else's has neither.
        model.config.window = getattr(model.config, "window", WINDOW)
        model.config.privileged = getattr(model.config, "privileged", False)
        return cls(model, tokenizer, folder.resolve().name, temperature)

    def begin(self, starts: Sequence[Start]) -> WindowedSession:
        """Begin a batch of episodes that advance together."""
        return WindowedSession(self, starts)


class WindowedSession:
    """Episodes in play: all that was seen and done in each."""

    def __init__(self, policy: WindowedPolicy, starts: Sequence[Start]) -> None:
        self._policy = policy
        self._instructions = [start.instruction for start in starts]
        self._observations = [[start.first_observation] for start in starts]
        self._actions: list[list[str]] = [[] for _ in starts]
        self._draws = [np.random.default_rng(start.seed) for start in starts]

    def choose(self, rows: Sequence[int], admissible: Sequence[Sequence[str]]) -> list[Choice]:
        """Choose for each episode in ``rows``.

        Raises:
            UserError: if the actions are factored.
        """
        policy = self._policy
        for actions in admissible:
            _check_listed(actions)
        prompts = [
            policy.reader.prompt(
                self._instructions[row], self._observations[row], self._actions[row]
            )
            for row in rows
        ]
        options = [[policy.reader.action(action) for action in actions] for actions in admissible]
        losses = action_losses(policy.model, prompts, options)
        scores = [-loss / (policy.temperature or 1.0) for loss in losses]
        return [
            choose(
                actions, score - np.logaddexp.reduce(score), policy.temperature, self._draws[row]
            )
            for row, actions, score in zip(rows, admissible, scores, strict=True)
        ]

    def observe(
        self, rows: Sequence[int], actions: Sequence[str], observations: Sequence[str]
    ) -> None:
        """Take note of what the episodes in ``rows`` did and saw."""
        for row, action, observation in zip(rows, actions, observations, strict=True):
            self._actions[row].append(action)
            self._observations[row].append(observation)


def decisions(reader: PromptReader, trajectory: Trajectory, targets: Targets) -> list[Decision]:
    """The steps of an episode that are to be imitated.

    Raises:
        UserError: if their actions are factored: the policy could not act on what it learned.
    """
    for step, _ in zip(trajectory.steps, targets, strict=False):
        _check_listed(step.admissible)
    observations = [trajectory.first_observation, *(step.observation for step in trajectory.steps)]
    actions = [step.action for step in trajectory.steps]
    return [
        Decision(
            reader.prompt(trajectory.instruction, observations[: at + 1], actions[:at]),
            reader.action(target),
        )
        for at, target in enumerate(targets)
        if target is not None
    ]


def _check_listed(actions: Sequence[str]) -> None:
    """Factored actions stand for thousands, each of which would have to be scored."""
    if isinstance(actions, FactoredActions):
        raise UserError(
            f"policy=windowed scores each admissible action, and here they are {len(actions)} "
            f"({len(actions.frames)} frames with {len(actions.things)} things); choose "
            "policy=small, or an environment that lists its actions"
        )
