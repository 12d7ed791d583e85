"""The small policy: a few million parameters or fewer, from random weights, on a processor."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import torch
from transformers import DynamicCache

from envs.record import Trajectory
from policies.base import Choice, Start
from policies.batching import by_set, collate_choices, collate_steps, encode, pad_instructions
from policies.episode import EpisodeEncoder
from policies.imitation import Follow, Schedule, imitation_loss, train
from policies.pretrained import load_model
from policies.step_transformer import StepConfig, StepPolicyModel
from policies.words import Vocabulary

Chosen = Sequence[bool]
"""Which steps of an episode to imitate."""


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

    @staticmethod
    def new_model(config: StepConfig, seed: int) -> StepPolicyModel:
        """A model of random weights that follow from ``seed``."""
        torch.manual_seed(seed)
        return StepPolicyModel(config)

    @classmethod
    def fit(
        cls,
        name: str,
        model: StepPolicyModel,
        examples: Sequence[tuple[Trajectory, Chosen]],
        schedule: Schedule,
        *,
        work: Path | None = None,
        follow: Follow = lambda updates, loss: None,
    ) -> SmallPolicy:
        """Train ``model``, in place, to imitate the chosen steps of the trajectories."""
        vocabulary = Vocabulary(model.config.vocabulary)
        episodes = [
            encode(vocabulary, trajectory, chosen) for trajectory, chosen in examples if any(chosen)
        ]
        sizes = [len(episode.steps) for episode in episodes]
        loss = partial(imitation_loss, model)
        train(model, episodes, sizes, loss, schedule, work=work, follow=follow)
        return cls(model, name)

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
            self._pick(row, actions, log_probs[at])
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

    def _pick(self, row: int, actions: Sequence[str], log_probs: np.ndarray) -> Choice:
        if self._policy.temperature == 0:
            best = int(log_probs[: len(actions)].argmax())
        else:
            probabilities = np.exp(log_probs[: len(actions)].astype(np.float64))
            edges = np.cumsum(probabilities)
            best = int(np.searchsorted(edges, self._draws[row].random() * edges[-1]))
            best = min(best, len(actions) - 1)
        return Choice(actions[best], float(log_probs[best]))
