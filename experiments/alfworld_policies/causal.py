"""Causal language models over the words of an episode, from random weights.

An episode is one sequence: the instruction, what is seen first, and for every step ``<act>``, the
action's words, ``<end>`` and the words of the observation. Two ways to learn from it and to act:

- ``causal`` predicts the next word; the loss is on the words of actions alone. Acting walks down
  the prefix tree of the admissible actions, word by word, and takes the likeliest branch.
- ``causal_choice`` scores every admissible action against the state at ``<act>``; the loss is the
  cross-entropy among them. An action is the sum of its words, each with its place in the action.

Neither is told which words of an action the instruction contains, nor when a thing was last seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import chain
from typing import NamedTuple

import torch
from torch import Tensor, nn

from envs.record import Trajectory
from experiments.alfworld_policies.causal_acting import CausalPolicy
from experiments.alfworld_policies.causal_model import (
    ACT,
    END,
    LONGEST_ACTION,
    SEEN,
    CausalModel,
    Speller,
    padded,
)
from experiments.alfworld_policies.entrant import WEIGHT_DECAY, Entrant
from policies.small import texts_of
from policies.words import Vocabulary

BATCH_SIZE = 4
CAUSAL_RATE = 1e-3
CHOICE_RATE = 1e-3


class Things(NamedTuple):
    """The numbered things of an episode, those of a kind side by side."""

    kinds: Tensor
    """(K,) the kind of each, ascending."""
    numbers: Tensor
    """(K,) the word of its number."""


class Words(NamedTuple):
    """Texts as word indices, and the thing that each number belongs to (-1: none)."""

    ids: Tensor
    things: Tensor

    def renumbered(self, numbers: Tensor) -> Tensor:
        """The indices where thing ``k`` has ``numbers[k]`` for its number."""
        return torch.where(self.things < 0, self.ids, numbers[self.things.clamp(min=0)])


class Episode(NamedTuple):
    """One episode to learn from."""

    words: Words
    """(T,)"""
    acts: Tensor
    """(S,) where each ``<act>`` is."""
    spoken: Tensor
    """Positions whose next word is a word of an action or its ``<end>``."""
    options: Words
    """(N, W) every action that was admissible anywhere, 0 behind the shorter ones."""
    sets: Tensor
    """Rows of ``options``, decision after decision."""
    counts: Tensor
    """(S,) how many options each decision had."""
    taken: Tensor
    """(S,) which of them was taken."""
    things: Things


class _ThingFinder:
    """Numbers the things of an episode as they come."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._digits = {vocabulary[word] for word in vocabulary.words if word.isdigit()}
        self._found: dict[tuple[int, int], int] = {}

    def mark(self, ids: Sequence[int]) -> list[int]:
        """For every word the thing whose number it is, or -1."""
        pairs = zip([0, *ids[:-1]], ids, strict=True)
        return [
            self._found.setdefault((kind, word), len(self._found)) if word in self._digits else -1
            for kind, word in pairs
        ]

    def sorted(self) -> tuple[Things, Tensor]:
        """The things with those of a kind side by side, and where each one went."""
        pairs = list(self._found)
        order = sorted(range(len(pairs)), key=lambda at: pairs[at])
        moved = torch.empty(len(pairs) + 1, dtype=torch.long)
        moved[order] = torch.arange(len(pairs))
        moved[-1] = -1
        kinds, numbers = (torch.tensor([pairs[at][part] for at in order]) for part in (0, 1))
        return Things(kinds.long(), numbers.long()), moved


def spell(speller: Speller, trajectory: Trajectory) -> Episode:
    """An episode as indices; all its steps are to be imitated."""
    words = speller.start(trajectory.instruction, trajectory.first_observation)
    acts: list[int] = []
    spoken: list[int] = []
    rows: dict[str, int] = {}
    sets: list[list[int]] = []
    for step in trajectory.steps:
        action = speller.action(step.action)
        acts.append(len(words) - 1)
        spoken += range(len(words) - 1, len(words) + len(action) - 1)
        words += [*action, *speller.text(step.observation), speller.act]
        sets.append([rows.setdefault(each, len(rows)) for each in step.admissible])
    words = words[: spoken[-1] + 2]
    finder = _ThingFinder(speller.vocabulary)
    told, options = [finder.mark(words)], [speller.action(each)[:LONGEST_ACTION] for each in rows]
    told += [finder.mark(each) for each in options]
    things, moved = finder.sorted()
    return Episode(
        Words(torch.tensor(words), moved[torch.tensor(told[0])]),
        torch.tensor(acts),
        torch.tensor(spoken),
        Words(padded(options, 0), moved[padded(told[1:], -1)]),
        torch.tensor([*chain(*sets)]),
        torch.tensor([len(each) for each in sets]),
        torch.tensor(
            [
                each.index(rows[step.action])
                for each, step in zip(sets, trajectory.steps, strict=True)
            ]
        ),
        things,
    )


def _drawn_numbers(things: Things) -> Tensor:
    """The numbers, exchanged at random among the things of a kind."""
    ranks = torch.unique_consecutive(things.kinds, return_inverse=True)[1]
    return things.numbers[torch.argsort(ranks + torch.rand(len(ranks)) * 0.999)]


def _read(
    model: CausalModel, episodes: Sequence[Episode]
) -> tuple[list[Tensor], list[Tensor], Tensor]:
    """Numbers drawn anew, the words with these numbers, and the states after them."""
    numbers = [_drawn_numbers(each.things) for each in episodes]
    ids = [each.words.renumbered(drawn) for each, drawn in zip(episodes, numbers, strict=True)]
    padded = nn.utils.rnn.pad_sequence(ids, batch_first=True)
    return numbers, ids, model.states(padded)


def word_loss(model: CausalModel, episodes: Sequence[Episode]) -> Tensor:
    """Mean cross-entropy of the words of the actions."""
    _, ids, states = _read(model, episodes)
    spoken = torch.cat([states[row, each.spoken] for row, each in enumerate(episodes)])
    said = [words[each.spoken + 1] for words, each in zip(ids, episodes, strict=True)]
    return nn.functional.cross_entropy(model.next_words(spoken), torch.cat(said))


def choice_loss(model: CausalModel, episodes: Sequence[Episode]) -> Tensor:
    """Mean cross-entropy of the actions taken among the admissible ones."""
    numbers, _, states = _read(model, episodes)
    options = [
        model.options(each.options.renumbered(drawn))[each.sets]
        for each, drawn in zip(episodes, numbers, strict=True)
    ]
    scores = model.scores(
        torch.cat([states[row, each.acts] for row, each in enumerate(episodes)]),
        torch.cat(options),
        torch.cat([each.counts for each in episodes]),
    )
    return nn.functional.cross_entropy(scores, torch.cat([each.taken for each in episodes]))


def _entrant(
    name: str, episodes: Sequence[Trajectory], seed: int, rate: float, chooses: bool
) -> Entrant:
    known = Vocabulary.of(texts_of(episodes)).words
    speller = Speller(Vocabulary([*known, ACT, END, SEEN]))
    torch.manual_seed(seed)
    model = CausalModel(len(speller.vocabulary), chooses)
    items = [spell(speller, each) for each in episodes]
    return Entrant(
        model,
        items,
        [len(item.words.ids) for item in items],
        partial(choice_loss if chooses else word_loss, model),
        lambda: CausalPolicy(name, model, speller, chooses),
        BATCH_SIZE,
        rate,
        WEIGHT_DECAY,
    )


def causal(episodes: Sequence[Trajectory], seed: int) -> Entrant:
    """A language model of the actions' words, with constrained decoding."""
    return _entrant("causal", episodes, seed, CAUSAL_RATE, chooses=False)


def causal_choice(episodes: Sequence[Trajectory], seed: int) -> Entrant:
    """The same with a loss over the admissible actions."""
    return _entrant("causal_choice", episodes, seed, CHOICE_RATE, chooses=True)
