"""The small policy: a few million parameters or fewer, from random weights, on a processor."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import partial
from itertools import starmap
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from transformers import DynamicCache

from envs.actions import GAP, FactoredActions
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
from policies.choosing import check_candidates, pick
from policies.episode import EpisodeEncoder
from policies.imitation import Follow, Schedule, train
from policies.layout import Bags
from policies.learned import Examples, Targets
from policies.pretrained import load_model
from policies.relocating import Relocations
from policies.stages import Parts, join_parts, next_options, split_action
from policies.step_transformer import StepConfig, StepPolicyModel
from policies.turning import STOP
from policies.variation import Variations
from policies.words import Vocabulary, cut_words

NAMELESS = 0.5
"""Part of the episodes that the policy imitates without the names of what is asked for."""
LAST = 2.5
"""How often the decision to end an episode counts, where training varies its episodes.

There is one such step in forty, and which it is cannot be known for certain: who stops only where
that is likelier than not walks past every goal. It is the inflection weighting of Wijmans et al.
(arXiv 1904.03461) for that one change of action, and only in demonstrations: where a policy
stopped that was trying is not where to stop.
"""
USUAL = 40
"""One of so many instructions has a word, or more do, where clues are read."""
RARE = 6
"""Where training varies its episodes, words that fewer of them have are unknown words."""


def texts_of(trajectories: Sequence[Trajectory]) -> list[str]:
    """Every distinct text in the trajectories, line by line: what a vocabulary is made from."""
    found: dict[str, None] = {}
    for trajectory in trajectories:
        found[trajectory.instruction] = None
        found.update(dict.fromkeys(trajectory.first_observation.split("\n")))
        for step in trajectory.steps:
            found.update(dict.fromkeys(step.observation.split("\n")))
            found.update(dict.fromkeys(_said_with(step.admissible)))
    return list(found)


def _words_of(trajectory: Trajectory) -> set[str]:
    return {word for text in texts_of([trajectory]) for word in cut_words(text)}


def _said_with(actions: Sequence[str]) -> Iterable[str]:
    """Texts that have all words of the actions."""
    if isinstance(actions, FactoredActions):
        return (*(frame.replace(GAP, " ") for frame in actions.frames), *actions.things)
    return actions


class SmallPolicy:
    """Chooses among the admissible actions by the scores of a :class:`StepPolicyModel`.

    Args:
        model: the scorer.
        name: what to call it in files and tables.
        temperature: 0 takes the best action, otherwise actions are drawn from the softmax of the
            scores divided by it, each episode from its own seed.

    Factored actions are chosen in stages, each a softmax over what can come next: the frame, then
    what fills its first gap, then its second. The log-probability is the sum over the stages, and
    temperature 0 takes the best option of each stage.
    """

    shared = False

    def __init__(self, model: StepPolicyModel, name: str, temperature: float = 0.0) -> None:
        self.model = model.eval()
        self.name = name
        self.temperature = temperature
        self.privileged = bool(model.config.privileged)
        self.vocabulary = Vocabulary(model.config.vocabulary)

    @classmethod
    def new(cls, name: str, config: StepConfig, examples: Examples, seed: int) -> SmallPolicy:
        """A policy of random weights that follow from ``seed``, with the words of ``examples``."""
        episodes = [trajectory for trajectory, _ in examples]
        if config.features > 4:
            # Rare words are known by heart; what is rare is named by clues.
            texts = [" ".join(set(cut_words(episode.instruction))) for episode in episodes]
            minimum = max(RARE, len(episodes) // USUAL)
        elif config.augment:
            texts, minimum = [" ".join(_words_of(episode)) for episode in episodes], RARE
        else:
            texts, minimum = texts_of(episodes), 1
        config.vocabulary = list(Vocabulary.of(texts, minimum=minimum).words)
        torch.manual_seed(seed)
        return cls(StepPolicyModel(config), name)

    def fit(
        self,
        examples: Examples,
        schedule: Schedule,
        *,
        work: Path | None = None,
        follow: Follow = lambda updates, losses: None,
    ) -> None:
        """Train the model, in place; see :meth:`policies.learned.LearnedPolicy.fit`."""
        examples = [example for example in examples if any(each is not None for each in example[1])]
        episodes = list(starmap(self._encode, examples))
        kept = [at for at, episode in enumerate(episodes) if episode.decisions]
        sizes = [len(episodes[at].steps) for at in kept]
        if not self.model.config.augment:
            items = [episodes[at] for at in kept]
            loss = partial(imitation_loss, self.model)
            train(self.model, items, sizes, loss, schedule, work=work, follow=follow)
            return
        relocations, variations = Relocations(examples), Variations(examples)

        def varied_loss(batch: Sequence[tuple[Trajectory, Targets]]) -> Tensor:
            # Drawn with PyTorch's generator, so that a resumed training draws the same.
            seeds = torch.randint(2**62, (len(batch), 2)).tolist()
            drawn = [
                variations.draw(*relocations.draw(*each, where), how)
                for each, (where, how) in zip(batch, seeds, strict=True)
            ]
            return imitation_loss(self.model, list(starmap(self._encode, drawn)))

        sources = [examples[at] for at in kept]
        train(self.model, sources, sizes, varied_loss, schedule, work=work, follow=follow)

    def _encode(self, trajectory: Trajectory, targets: Targets) -> EncodedEpisode:
        return encode(self.vocabulary, trajectory, targets, self.model.config.features)

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


class _Making:
    """An action in the making: in one stage, or in several if the actions are factored."""

    def __init__(self, row: int, state: int, actions: Sequence[str]) -> None:
        self.row = row
        self.state = state
        self.log_prob = 0.0
        self._factored = actions if isinstance(actions, FactoredActions) else None
        self._taken: Parts = ()
        self.options: list[Parts] = self._next() or [(action,) for action in actions]

    @property
    def action(self) -> str:
        return self._taken[0] if self._factored is None else join_parts(self._taken)

    def encoded(self, encoder: EpisodeEncoder) -> Bags:
        """The bags of the options."""
        if self._factored is None:
            return encoder.choices(action for (action,) in self.options)
        return encoder.partial_choices(self.options)

    def take(self, option: int, log_prob: float) -> None:
        """Take one of the options."""
        self._taken = self.options[option]
        self.log_prob += log_prob
        self.options = self._next()

    def _next(self) -> list[Parts]:
        return [] if self._factored is None else next_options(self._factored, self._taken)


class SmallSession:
    """Episodes in play; the transformer's keys and values of the steps so far are kept."""

    def __init__(self, policy: SmallPolicy, starts: Sequence[Start]) -> None:
        self._policy = policy
        self._encoders = [
            EpisodeEncoder(
                policy.vocabulary,
                start.instruction,
                start.first_observation,
                policy.model.config.features,
            )
            for start in starts
        ]
        self._admissible: dict[int, Sequence[str]] = {}
        self._pending = [encoder.first_step for encoder in self._encoders]
        self._draws = [np.random.default_rng(start.seed) for start in starts]
        self._cache = DynamicCache()
        self._rows = list(range(len(starts)))
        self._stopping: set[int] = set()
        """Episodes that stop with their next step."""
        self._instructions = pad_instructions([each.instruction for each in self._encoders])
        with torch.inference_mode():
            self._reading = policy.model.bags.read(self._instructions)

    @torch.inference_mode()
    def choose(self, rows: Sequence[int], admissible: Sequence[Sequence[str]]) -> list[Choice]:
        """Choose for each episode in ``rows``: those of the last call, or some of them.

        Raises:
            UserError: if there is nothing to choose from.
        """
        for actions in admissible:
            check_candidates(actions)
        self._keep(rows)
        self._admissible.update(zip(rows, admissible, strict=True))
        model = self._policy.model
        pending = [[self._pending[row]] for row in rows]
        batch = collate_steps(self._instructions, model.bags.layout, pending, rows)
        states, _ = model.states(batch, self._reading.of(rows), self._cache)
        made = [
            _Making(row, state, actions)
            for state, (row, actions) in enumerate(zip(rows, admissible, strict=True))
        ]
        unfinished = made
        while unfinished:
            self._choose_next(unfinished, states)
            unfinished = [each for each in unfinished if each.options]
        return [Choice(each.action, each.log_prob) for each in made]

    def observe(
        self, rows: Sequence[int], actions: Sequence[str], observations: Sequence[str]
    ) -> None:
        """Take note of what the episodes in ``rows`` did and saw."""
        for row, action, observation in zip(rows, actions, observations, strict=True):
            parts = split_action(self._admissible.get(row, ()), action)
            self._pending[row] = self._encoders[row].step(action, observation, parts)

    def _choose_next(self, made: Sequence[_Making], states: Tensor) -> None:
        """Choose the next part of every action in the making."""
        model, temperature = self._policy.model, self._policy.temperature
        counts = [len(each.options) for each in made]
        choices = collate_choices(
            self._instructions.shape[1],
            model.bags.layout.rows,
            [each.encoded(self._encoders[each.row]) for each in made],
            [each.row for each in made],
            [each.state for each in made],
            counts,
        )
        found = model.scores(choices, self._reading.table, states)
        log_probs = mixed(found, choices.counts, temperature or 1.0).numpy()
        for each, count, row in zip(made, counts, log_probs, strict=True):
            taken = pick(row[:count], temperature, self._draws[each.row])
            if temperature == 0 and model.config.one_more_step:
                taken = self._one_more_step(each, row[:count], taken)
            each.take(taken, float(row[taken]))

    def _one_more_step(self, made: _Making, log_probs: np.ndarray, best: int) -> int:
        """The option to take where one goes one step on before one stops."""
        stop = made.options.index((STOP,)) if (STOP,) in made.options else None
        if stop is None:
            return best
        if made.row in self._stopping:
            return stop
        if log_probs[stop] < np.log(self._policy.model.config.one_more_step):
            return best
        self._stopping.add(made.row)
        others = [*range(stop), *range(stop + 1, len(log_probs))]
        return max(others, key=log_probs.__getitem__, default=stop)

    def _keep(self, rows: Sequence[int]) -> None:
        if list(rows) != self._rows:
            kept = [self._rows.index(row) for row in rows]
            self._cache.batch_select_indices(torch.tensor(kept))
            self._rows = list(rows)


def imitation_loss(model: StepPolicyModel, episodes: Sequence[EncodedEpisode]) -> Tensor:
    """Mean cross-entropy of the actions taken among the admissible ones, over all decisions.

    Where training varies its episodes, the decision that ends one counts :data:`LAST` times. What
    clues are read by (:class:`policies.clue_reader.ClueReader`) has a loss of its own, in which
    each decision counts once, so that its chances are those that there are.
    While the model is in training mode, half of the episodes, drawn with PyTorch's generator, are
    read without the names of what their instruction asks for.
    """
    nameless = (torch.rand(len(episodes)) < (NAMELESS if model.training else 0)).tolist()
    episodes = [
        without_names(episode, model.bags.layout, model.config.augment) if hide else episode
        for episode, hide in zip(episodes, nameless, strict=True)
    ]
    instructions = pad_instructions([episode.instruction for episode in episodes])
    last = [episode.decisions[-1].state + 1 for episode in episodes]
    steps = [episode.steps[:end] for episode, end in zip(episodes, last, strict=True)]
    batch = collate_steps(instructions, model.bags.layout, steps, range(len(episodes)))
    reading = model.bags.read(batch.instructions)
    states, _ = model.states(batch, reading)
    length = batch.mask.shape[1]
    decisions = [(row, each) for row, episode in enumerate(episodes) for each in episode.decisions]
    counts = [each.count for _, each in decisions]
    choices = collate_choices(
        instructions.shape[1],
        model.bags.layout.rows,
        [each.options for _, each in decisions],
        [row for row, _ in decisions],
        [row * length + each.state for row, each in decisions],
        counts,
    )
    taken = torch.tensor([each.taken for _, each in decisions])
    deep, *clues = (
        nn.functional.cross_entropy(by_set(scores, choices.counts), taken, reduction="none")
        for scores in model.scores(choices, reading.table, states)
    )
    usual = [LAST if each.last and model.config.augment else 1.0 for _, each in decisions]
    weights = torch.tensor(usual)
    loss: Tensor = (deep * weights).sum() / weights.sum()
    return loss + sum(each.mean() for each in clues)


def mixed(scores: Tensor, counts: Tensor, temperature: float) -> Tensor:
    """Log-probabilities (sets, most options): the mean of those by each of K scores (K, N)."""
    each = [(by_set(row, counts) / temperature).log_softmax(-1) for row in scores]
    return torch.stack(each).logsumexp(0) - math.log(len(each))
