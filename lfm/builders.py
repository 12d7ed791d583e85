"""From settings to objects: the one place that knows which class a name stands for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from transformers import T5ForConditionalGeneration

from envs.alfworld.env import ALFWorldEnv
from envs.alfworld.game import Game
from envs.alfworld.games import make_source
from envs.base import TextEnv
from envs.errors import UserError
from lfm.config import ALFWorldConfig, CriticConfig, EnvConfig
from lfm.critics.base import Critic
from lfm.critics.simulator import SimulatorCritic
from lfm.model_config import (
    FeedbackModelConfig,
    PolicyConfig,
    SmallPolicyConfig,
    WindowedPolicyConfig,
)
from policies.base import Policy
from policies.expert import ExpertPolicy
from policies.learned import Examples, LearnedPolicy
from policies.pretrained import architecture
from policies.random import RandomPolicy
from policies.small import SmallPolicy
from policies.step_transformer import StepConfig
from policies.windowed import WindowedPolicy, WindowedShape


def _alfworld(config: EnvConfig) -> ALFWorldConfig:
    if not isinstance(config, ALFWorldConfig):
        raise UserError(f"env.name: {config.name!r} is not known; choose alfworld.")
    return config


def make_env(config: EnvConfig, split: str) -> TextEnv:
    """An environment over the tasks of ``split``."""
    alfworld = _alfworld(config)
    return ALFWorldEnv(
        split=split,
        engine=alfworld.engine.value,
        data=alfworld.data,
        goals=alfworld.goals.value,
        dialect=alfworld.dialect.value,
        max_steps=alfworld.max_steps,
        world_seed=alfworld.world_seed,
        games=alfworld.games,
    )


def game_of(config: EnvConfig, split: str) -> Callable[[str], Game]:
    """Task id -> game, of the tasks of ``split``. Privileged."""
    alfworld = _alfworld(config)
    return make_source(alfworld.data, split, alfworld.world_seed, alfworld.games).game


def make_critic(config: CriticConfig, env: EnvConfig, split: str, seed: int) -> Critic:
    """The critic of episodes on the tasks of ``split``."""
    return SimulatorCritic(
        game_of(env, split),
        miss_rate=config.miss_rate,
        false_alarm_rate=config.false_alarm_rate,
        seed=seed,
    )


def new_policy(config: PolicyConfig, name: str, examples: Examples, seed: int) -> LearnedPolicy:
    """A policy of random weights, with the words of the examples it is to learn from."""
    if isinstance(config, WindowedPolicyConfig):
        shape = WindowedShape(
            config.hidden_size, config.layers, config.heads, config.dropout, config.window
        )
        return WindowedPolicy.new(name, shape, examples, seed)
    if isinstance(config, SmallPolicyConfig):
        return SmallPolicy.new(name, step_config(config), examples, seed)
    raise UserError(f"policy.name: {config.name!r} is not known; choose small or windowed.")


def step_config(config: SmallPolicyConfig | FeedbackModelConfig) -> StepConfig:
    """The architecture that both small models have."""
    return StepConfig(
        hidden_size=config.hidden_size,
        bag_size=config.bag_size,
        layers=config.layers,
        heads=config.heads,
        dropout=config.dropout,
    )


def load_learned(folder: Path, temperature: float = 0.0) -> LearnedPolicy:
    """The policy in a folder, of whatever architecture.

    Raises:
        UserError: if the folder holds none.
    """
    if architecture(folder) == T5ForConditionalGeneration.__name__:
        return WindowedPolicy.load(folder, temperature)
    return SmallPolicy.load(folder, temperature)


def load_policy(name: str) -> Policy:
    """``expert``, ``random`` or the policy in a folder.

    Raises:
        UserError: if it is none of these.
    """
    if name == "expert":
        return ExpertPolicy()
    if name == "random":
        return RandomPolicy()
    return load_learned(Path(name))
