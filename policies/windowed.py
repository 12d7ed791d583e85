"""The LFM paper's policy: an encoder-decoder that reads a window of past steps as one prompt.

Any T5 will do: a small one from random weights, as :meth:`WindowedPolicy.new` makes, or a
pretrained one with its tokenizer, such as Flan-T5, which :meth:`WindowedPolicy.tuned` begins with.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from peft import PeftModel
from transformers import PreTrainedTokenizerBase, T5Config, T5ForConditionalGeneration

from envs.record import Trajectory
from policies.base import Choice, Start
from policies.choosing import check_listed, choose
from policies.imitation import Best, Follow, Schedule, held_out
from policies.learned import Examples, Targets
from policies.learner import learn_in_passes
from policies.pretrained import architecture
from policies.prompts import PromptReader, word_tokenizer
from policies.small import texts_of
from policies.tuned import TunedModel
from policies.tuning import Tuning, device, load_tokenizer, load_tuned, set_tuning, tuning_of
from policies.windowed_batching import Decision, TokenLoss, action_losses, batch_of

WINDOW = 20
"""Past steps that a pretrained model is told, as in the paper."""
_KIND = T5ForConditionalGeneration


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


class WindowedPolicy(TunedModel):
    """Chooses the admissible action whose tokens are, in the mean, the most likely ones.

    Args:
        model: the encoder-decoder; its config has ``window`` besides what all tuned models have.
        tokenizer: of its words.
        name: what to call it in files and tables.
        temperature: 0 takes the best action, otherwise actions are drawn from the softmax of their
            mean token log-probability divided by it, each episode from its own seed.
        adapter: LoRA's part of the model, if it has not been merged.
    """

    model: T5ForConditionalGeneration

    def __init__(
        self,
        model: T5ForConditionalGeneration,
        tokenizer: PreTrainedTokenizerBase,
        name: str,
        temperature: float = 0.0,
        adapter: PeftModel | None = None,
    ) -> None:
        super().__init__(model, tokenizer, name, adapter)
        self.temperature = temperature
        self.reader = PromptReader(tokenizer, model.config.window, tuning_of(model).longest)

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

    @classmethod
    def tuned(cls, name: str, folder: Path, tuning: Tuning, window: int) -> WindowedPolicy:
        """A policy that begins as the model in a folder, and learns as ``tuning`` says.

        Args:
            name: what to call it.
            folder: of a T5 and its tokenizer.
            tuning: how it learns.
            window: past steps in its prompt.

        Raises:
            UserError: if the folder holds no model that can be used.
        """
        model, adapter = load_t5(folder)
        model.config.window, model.config.privileged = window, False
        set_tuning(model, tuning)
        return cls(model, load_tokenizer(folder), name, adapter=adapter)

    def fit(
        self,
        examples: Examples,
        schedule: Schedule,
        *,
        work: Path | None = None,
        follow: Follow = lambda updates, losses: None,
    ) -> None:
        """Train the model, in place; ``batch_size`` counts steps, not episodes.

        See :meth:`policies.learned.LearnedPolicy.fit`.
        """
        found = [decisions(self.reader, *example) for example in examples]
        episodes = [episode for episode in found if episode]

        def train() -> Best | None:
            return train_windowed(self.model, episodes, schedule, work=work, follow=follow)

        self._train(train, schedule, work)

    @classmethod
    def load(cls, folder: Path, temperature: float = 0.0) -> WindowedPolicy:
        """Read what :meth:`save` wrote, or a pretrained T5 with its tokenizer.

        Raises:
            UserError: if the folder holds no such policy.
        """
        model, adapter = load_t5(folder)
        # A pretrained model of someone else's has neither.
        model.config.window = getattr(model.config, "window", WINDOW)
        model.config.privileged = getattr(model.config, "privileged", False)
        return cls(model, load_tokenizer(folder), folder.resolve().name, temperature, adapter)

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
            check_listed(actions)
        prompts = [
            policy.reader.prompt(
                self._instructions[row], self._observations[row], self._actions[row]
            )
            for row in rows
        ]
        options = [[policy.reader.action(action) for action in actions] for actions in admissible]
        losses = action_losses(policy.model, prompts, options, policy.half)
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


def is_windowed(folder: Path) -> bool:
    """Whether the folder holds a T5, or an adapter to one."""
    return architecture(folder) == _KIND.__name__


def load_t5(
    folder: Path, group: str = "policy"
) -> tuple[T5ForConditionalGeneration, PeftModel | None]:
    """The T5 in a folder, and the adapter to it; see :func:`policies.tuning.load_tuned`.

    Raises:
        UserError: if there is none.
    """
    return load_tuned({_KIND.__name__: _KIND}, folder, group)


def train_windowed(
    model: T5ForConditionalGeneration,
    episodes: Sequence[Sequence[Decision]],
    schedule: Schedule,
    *,
    work: Path | None = None,
    follow: Follow = lambda updates, losses: None,
) -> Best | None:
    """Train a model in place, as its config says; see :func:`policies.learner.learn_in_passes`.

    Args:
        model: what to train, as :func:`policies.tuning.to_train` leaves it.
        episodes: the steps to imitate of each.
        schedule: how long and how fast; a batch is of steps, and a loss a mean over tokens.
        work: folder for checkpoints.
        follow: told how training goes.

    Returns:
        The weights that are best on the episodes held out, if there are any.

    Raises:
        UserError: if there is nothing to train on.
    """
    tuning = tuning_of(model)
    aside = frozenset(held_out(len(episodes), tuning.held_out, schedule.seed))
    items = [item for episode in episodes for item in episode]
    of = [number for number, episode in enumerate(episodes) for _ in episode]
    if tuning.checkpointing:
        model.gradient_checkpointing_enable({"use_reentrant": False})
    best = learn_in_passes(
        TokenLoss(model, tuning.half(device())),
        partial(batch_of, items, tuning.row_tokens),
        [len(item.prompt) for item in items],
        [at for at, number in enumerate(of) if number in aside],
        schedule,
        work=work,
        follow=follow,
    )
    if tuning.checkpointing:
        model.gradient_checkpointing_disable()
    return best


def decisions(reader: PromptReader, trajectory: Trajectory, targets: Targets) -> list[Decision]:
    """The steps of an episode that are to be imitated.

    Raises:
        UserError: if their actions are factored: the policy could not act on what it learned.
    """
    for step, _ in zip(trajectory.steps, targets, strict=False):
        check_listed(step.admissible)
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
