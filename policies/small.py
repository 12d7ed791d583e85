"""The small policy: a few million parameters or fewer, from random weights, on a processor."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from transformers import DynamicCache

from envs.record import Trajectory
from policies.base import Choice, Start
from policies.batching import (
    EncodedEpisode,
    by_set,
    collate_choices,
    collate_steps,
    encode,
    pad_instructions,
    without_names,
)
from policies.choosing import choose
from policies.episode import EpisodeEncoder
from policies.imitation import Follow, Schedule, train
from policies.learned import Examples
from policies.pretrained import load_model
from policies.step_transformer import StepConfig, StepPolicyModel
from policies.words import Vocabulary

NAMELESS = 0.5
"""Part of the episodes that the policy imitates without the names of what is asked for."""


def texts_of(trajectories: Sequence[Trajectory]) -> list[str]:
    """Every distinct text in the trajectories: what a vocabulary is made from."""
    found: dict[str, None] = {}
    for trajectory in trajectories:
        found[trajectory.instruction] = None
        found[trajectory.first_observation] = None
        for step in trajectory.steps:
            found[step.observation] = None
            found.update(dict.fromkeys(step.admissible))
    return list(found)


class SmallPolicy:
    """Chooses among the admissible actions by the scores of a :class:`StepPolicyModel`.

    Args:
        model: the scorer.
        name: what to call it in files and tables.
        temperature: 0 takes the best action, otherwise actions are drawn from the softmax of the
            scores divided by it, each episode from its own seed.
    """

    def __init__(self, model: StepPolicyModel, name: str, temperature: float = 0.0) -> None:
        self.model = model.eval()
        self.name = name
        self.temperature = temperature
        self.privileged = bool(model.config.privileged)
        self.vocabulary = Vocabulary(model.config.vocabulary)

    @classmethod
    def new(cls, name: str, config: StepConfig, examples: Examples, seed: int) -> SmallPolicy:
        """A policy of random weights that follow from ``seed``, with the words of ``examples``."""
        texts = texts_of([trajectory for trajectory, _ in examples])
        config.vocabulary = list(Vocabulary.of(texts).words)
        torch.manual_seed(seed)
        return cls(StepPolicyModel(config), name)

    def fit(
        self,
        examples: Examples,
        schedule: Schedule,
        *,
        work: Path | None = None,
        follow: Follow = lambda updates, loss: None,
    ) -> None:
        """Train the model, in place; see :meth:`policies.learned.LearnedPolicy.fit`."""
        episodes = [
            encode(self.vocabulary, trajectory, targets)
            for trajectory, targets in examples
            if any(target is not None for target in targets)
        ]
        sizes = [len(episode.steps) for episode in episodes]
        loss = partial(imitation_loss, self.model)
        train(self.model, episodes, sizes, loss, schedule, work=work, follow=follow)

    def save(self, folder: Path) -> None:
        """Write config and safetensors weights, as ``save_pretrained`` does."""
        self.model.save_pretrained(folder)

    @classmethod
    def load(cls, folder: Path, temperature: float = 0.0) -> SmallPolicy:
        """Read what :meth:`save` wrote.

        Raises:
            UserError: if the folder holds no such policy.
        """
        model = load_model(StepPolicyModel, folder, "policy", "RUN/policies/bc")
        return cls(model, folder.resolve().name, temperature)

    def begin(self, starts: Sequence[Start]) -> SmallSession:
        """Begin a batch of episodes that advance together."""
        return SmallSession(self, starts)


class SmallSession:
    """Episodes in play; the transformer's keys and values of the steps so far are kept."""

    def __init__(self, policy: SmallPolicy, starts: Sequence[Start]) -> None:
        self._policy = policy
        self._encoders = [
            EpisodeEncoder(policy.vocabulary, start.instruction, start.first_observation)
            for start in starts
        ]
        self._pending = [encoder.first_step for encoder in self._encoders]
        self._draws = [np.random.default_rng(start.seed) for start in starts]
        self._cache = DynamicCache()
        self._rows = list(range(len(starts)))
        self._instructions = pad_instructions([each.instruction for each in self._encoders])
        with torch.inference_mode():
            self._table, self._summary = policy.model.bags.read(self._instructions)

    @torch.inference_mode()
    def choose(self, rows: Sequence[int], admissible: Sequence[Sequence[str]]) -> list[Choice]:
        """Choose for each episode in ``rows``: those of the last call, or some of them."""
        self._keep(rows)
        model, fixed = self._policy.model, self._policy.model.bags.layout.rows
        batch = collate_steps(
            self._instructions, fixed, [[self._pending[row]] for row in rows], rows
        )
        states, _ = model.states(batch, self._table, self._summary[list(rows)], self._cache)
        counts = [len(actions) for actions in admissible]
        choices = collate_choices(
            self._instructions.shape[1],
            fixed,
            [
                self._encoders[row].choices(actions)
                for row, actions in zip(rows, admissible, strict=True)
            ],
            rows,
            range(len(rows)),
            counts,
        )
        scores = by_set(model.scores(choices, self._table, states), choices.counts)
        temperature = self._policy.temperature
        log_probs = torch.log_softmax(scores / (temperature or 1.0), dim=-1).numpy()
        return [
            choose(actions, log_probs[at, : len(actions)], temperature, self._draws[row])
            for at, (row, actions) in enumerate(zip(rows, admissible, strict=True))
        ]

    def observe(
        self, rows: Sequence[int], actions: Sequence[str], observations: Sequence[str]
    ) -> None:
        """Take note of what the episodes in ``rows`` did and saw."""
        for row, action, observation in zip(rows, actions, observations, strict=True):
            self._pending[row] = self._encoders[row].step(action, observation)

    def _keep(self, rows: Sequence[int]) -> None:
        if list(rows) != self._rows:
            kept = [self._rows.index(row) for row in rows]
            self._cache.batch_select_indices(torch.tensor(kept))
            self._rows = list(rows)


def imitation_loss(model: StepPolicyModel, episodes: Sequence[EncodedEpisode]) -> Tensor:
    """Mean cross-entropy of the actions taken among the admissible ones, over all decisions.

    While the model is in training mode, half of the episodes, drawn with PyTorch's generator, are
    read without the names of what their instruction asks for.
    """
    nameless = (torch.rand(len(episodes)) < (NAMELESS if model.training else 0)).tolist()
    episodes = [
        without_names(episode, model.bags.layout) if hide else episode
        for episode, hide in zip(episodes, nameless, strict=True)
    ]
    instructions = pad_instructions([episode.instruction for episode in episodes])
    rows, width = model.bags.layout.rows, instructions.shape[1]
    last = [episode.decisions[-1].state + 1 for episode in episodes]
    batch = collate_steps(
        instructions,
        rows,
        [episode.steps[:end] for episode, end in zip(episodes, last, strict=True)],
        range(len(episodes)),
    )
    table, summary = model.bags.read(batch.instructions)
    states, _ = model.states(batch, table, summary)
    length = batch.mask.shape[1]
    decisions = [(row, each) for row, episode in enumerate(episodes) for each in episode.decisions]
    counts = [each.count for _, each in decisions]
    choices = collate_choices(
        width,
        rows,
        [each.options for _, each in decisions],
        [row for row, _ in decisions],
        [row * length + each.state for row, each in decisions],
        counts,
    )
    scores = by_set(model.scores(choices, table, states), choices.counts)
    return nn.functional.cross_entropy(scores, torch.tensor([each.taken for _, each in decisions]))
