"""From recorded episodes to the tensors of :mod:`policies.step_transformer`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor

from envs.actions import FactoredActions
from envs.record import Trajectory
from policies.episode import EpisodeEncoder
from policies.layout import FEATURES, Bags, Ints, Layout, StepBags, join
from policies.learned import Targets, ends_by_itself
from policies.stages import next_options, split_action
from policies.step_transformer import ChoiceBatch, StepBatch
from policies.words import UNKNOWN, Vocabulary

Option = TypeVar("Option")


@dataclass(frozen=True, slots=True)
class Decision:
    """A choice to imitate: the state to make it in, the options, which one to take.

    ``last`` is whether a demonstration ended by it.
    """

    state: int
    options: Bags
    count: int
    taken: int
    last: bool = False


@dataclass(frozen=True, slots=True)
class EncodedEpisode:
    """One episode as indices: ``steps[0]`` is the start, ``steps[t]`` what step t brought.

    ``names`` are the words of the instruction that name numbered things of the episode.
    """

    instruction: Ints
    steps: tuple[StepBags, ...]
    names: Ints
    decisions: tuple[Decision, ...] = ()


def encode(
    vocabulary: Vocabulary,
    trajectory: Trajectory,
    targets: Targets = (),
    features: int = FEATURES,
) -> EncodedEpisode:
    """Encode an episode; ``targets`` are the actions to imitate in its states.

    A target among factored actions is as many decisions as it has parts. A target that was not
    among the admissible actions is scored beside them: of factored actions those of its parts that
    were not. One that none of the frames can say is no decision.
    """
    encoder = EpisodeEncoder(
        vocabulary, trajectory.instruction, trajectory.first_observation, features
    )
    steps = [encoder.first_step]
    decisions: list[Decision] = []
    for at, step in enumerate(trajectory.steps):
        target = targets[at] if at < len(targets) else None
        if target is not None:
            made = _decisions(encoder, at, step.admissible, target)
            if at + 1 == len(trajectory.steps) and target == step.action:
                last = ends_by_itself(trajectory)
                made = [replace(each, last=last) for each in made]
            decisions += made
        parts = split_action(step.admissible, step.action)
        steps.append(encoder.step(step.action, step.observation, parts))
    return EncodedEpisode(encoder.instruction, tuple(steps), encoder.names(), tuple(decisions))


def _decisions(
    encoder: EpisodeEncoder, state: int, admissible: Sequence[str], target: str
) -> list[Decision]:
    """The choices that make up the target."""
    if not isinstance(admissible, FactoredActions):
        actions, taken = _with(admissible, target)
        return [Decision(state, encoder.choices(actions), len(actions), taken)]
    parts = split_action(admissible, target) or ()
    decisions = []
    for stage in range(len(parts)):
        options, taken = _with(next_options(admissible, parts[:stage]), parts[: stage + 1])
        bags = encoder.partial_choices(options)
        decisions.append(Decision(state, bags, len(options), taken))
    return decisions


def _with(options: Sequence[Option], taken: Option) -> tuple[list[Option], int]:
    """The options, with the one taken behind them if it is none of them, and its place."""
    found = [*options] if taken in options else [*options, taken]
    return found, found.index(taken)


def without_names(episode: EncodedEpisode, layout: Layout, some: bool = False) -> EncodedEpisode:
    """The episode with the things that the instruction names made nameless.

    What is asked for can then be recognised only by its being asked for: for training, so that a
    policy does not take the names it has seen in a task for the task.

    Args:
        episode: which.
        layout: of the embedding table.
        some: hide a part of the names only, of random size, drawn with PyTorch's generator.
    """
    names = episode.names
    if some:
        names = names[(torch.rand(len(names)) < torch.rand(1)).numpy()]
    rows = layout.without_names(names)

    def hidden(bags: Bags) -> Bags:
        kept = np.where(bags.indices < 0, bags.indices, rows[np.maximum(bags.indices, 0)])
        return Bags(kept, bags.lengths)

    return EncodedEpisode(
        np.where(np.isin(episode.instruction, names), UNKNOWN, episode.instruction),
        tuple(StepBags(*map(hidden, step)) for step in episode.steps),
        episode.names,
        tuple(replace(each, options=hidden(each.options)) for each in episode.decisions),
    )


def _tensors(bags: Sequence[Bags], bases: Sequence[int]) -> tuple[Tensor, Tensor]:
    """Members as table rows (those below zero counted from the episode's base), and offsets."""
    members = np.concatenate(
        [
            np.where(part.indices < 0, base - 1 - part.indices, part.indices)
            for part, base in zip(bags, bases, strict=True)
        ]
        or [np.zeros(0, np.int32)]
    ).astype(np.int64)
    lengths = np.concatenate([part.lengths for part in bags] or [np.zeros(0, np.int32)])
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths[:-1], dtype=np.int64)])
    return torch.from_numpy(members), torch.from_numpy(offsets[: len(lengths)])


def pad_instructions(instructions: Sequence[Ints]) -> Tensor:
    """(B, J) word indices, 0 behind the shorter ones."""
    width = max(len(words) for words in instructions)
    padded = np.zeros((len(instructions), width), np.int64)
    for row, words in enumerate(instructions):
        padded[row, : len(words)] = words
    return torch.from_numpy(padded)


def collate_steps(
    instructions: Tensor,
    layout: Layout,
    steps: Sequence[Sequence[StepBags]],
    episodes: Sequence[int],
) -> StepBatch:
    """Batch the steps of episodes.

    Args:
        instructions: (B, J) of :func:`pad_instructions`.
        layout: of the embedding table, whose rows come before those of the instructions.
        steps: for each entry of ``episodes``, its steps.
        episodes: which instruction each belongs to.
    """
    width = instructions.shape[1]
    length = max(len(each) for each in steps)
    mask = np.zeros((len(steps), length), np.int64)
    for row, each in enumerate(steps):
        mask[row, : len(each)] = 1
    bases = [layout.rows + episode * width for episode in episodes]
    members, offsets = _tensors([join(step.bags for step in each) for each in steps], bases)
    sights = _tensors([join(step.sights for step in each) for each in steps], bases)
    counts = [len(step.sights.lengths) // layout.sight_bags for each in steps for step in each]
    return StepBatch(
        instructions,
        members,
        offsets,
        *sights,
        torch.tensor(counts),
        torch.from_numpy(np.flatnonzero(mask)),
        torch.from_numpy(mask),
    )


def collate_choices(
    width: int,
    rows: int,
    options: Sequence[Bags],
    episodes: Sequence[int],
    states: Sequence[int],
    counts: Sequence[int],
) -> ChoiceBatch:
    """Batch sets of options: ``counts[i]`` of them in ``states[i]`` of the (B, T) grid."""
    bases = [rows + episode * width for episode in episodes]
    members, offsets = _tensors(options, bases)
    sizes = torch.tensor(counts)
    sets = torch.repeat_interleave(torch.arange(len(counts)), sizes)
    return ChoiceBatch(members, offsets, torch.tensor(states), sets, sizes)


def by_set(scores: Tensor, counts: Tensor) -> Tensor:
    """Scores (N,) of consecutive option sets as (sets, most options), -inf where there is none.

    ``counts`` has the size of each set.
    """
    present = torch.arange(int(counts.max()), device=scores.device) < counts.unsqueeze(1)
    grid = scores.new_full(present.shape, float("-inf"))
    return grid.masked_scatter(present, scores)
