"""What every architecture brings to the comparison, and those that the package itself has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf
from torch import Tensor, nn

import conf
from envs.record import Trajectory
from policies.base import Policy
from policies.batching import encode
from policies.small import SmallPolicy, imitation_loss
from policies.step_transformer import StepConfig
from policies.windowed import WindowedPolicy, WindowedShape, decisions
from policies.windowed_batching import token_loss

WINDOWED = WindowedShape(hidden_size=128, layers=3, heads=4, dropout=0.1)
WINDOWED_BATCH = 4
"""Steps, not episodes."""
WINDOWED_RATE = 1e-3
WEIGHT_DECAY = 0.01


@dataclass(frozen=True, slots=True)
class Entrant:
    """A model of random weights and what it is trained on.

    Attributes:
        model: to be trained.
        items: what it learns from, one an episode or one a decision.
        sizes: length of each item.
        loss: mean loss of a batch of items.
        policy: makes the policy that acts with the model, once that is trained.
        batch_size: items in an update.
        learning_rate: highest of the schedule, unless another one is asked for.
        weight_decay: of AdamW.
        items_per_episode: mean number of items that an episode became.
    """

    model: nn.Module
    items: Sequence[Any]
    sizes: Sequence[int]
    loss: Callable[[list[Any]], Tensor]
    policy: Callable[[], Policy]
    batch_size: int
    learning_rate: float
    weight_decay: float
    items_per_episode: float = 1.0


def two_level(episodes: Sequence[Trajectory], seed: int) -> Entrant:
    """The default policy with the settings of ``conf/policy/small.yaml``."""
    settings = OmegaConf.load(Path(conf.__file__).with_name("policy") / "small.yaml")
    config = StepConfig(
        hidden_size=settings.hidden_size,
        bag_size=settings.bag_size,
        layers=settings.layers,
        heads=settings.heads,
        dropout=settings.dropout,
    )
    examples = [(each, _actions(each)) for each in episodes]
    policy = SmallPolicy.new("two_level", config, examples, seed)
    items = [encode(policy.vocabulary, *example) for example in examples]
    return Entrant(
        policy.model,
        items,
        [len(item.steps) for item in items],
        partial(imitation_loss, policy.model),
        lambda: policy,
        settings.batch_size,
        settings.learning_rate,
        settings.weight_decay,
    )


def windowed(episodes: Sequence[Trajectory], seed: int) -> Entrant:
    """The paper's encoder-decoder, small and from random weights; it learns from single steps."""
    examples = [(each, _actions(each)) for each in episodes]
    policy = WindowedPolicy.new("windowed", WINDOWED, examples, seed)
    items = [each for example in examples for each in decisions(policy.reader, *example)]
    return Entrant(
        policy.model,
        items,
        [len(item.prompt) for item in items],
        partial(token_loss, policy.model),
        lambda: policy,
        WINDOWED_BATCH,
        WINDOWED_RATE,
        WEIGHT_DECAY,
        len(items) / len(episodes),
    )


def _actions(episode: Trajectory) -> list[str]:
    return [step.action for step in episode.steps]
