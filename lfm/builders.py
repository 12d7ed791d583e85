"""From settings to objects: the one place that knows which class a name stands for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from envs.alfworld.env import ALFWorldEnv
from envs.alfworld.game import Game
from envs.alfworld.games import make_source
from envs.base import TextEnv
from envs.errors import UserError
from lfm.config import ALFWorldConfig, CriticConfig, EnvConfig
from lfm.critics.base import Critic
from lfm.critics.simulator import SimulatorCritic
from policies.base import Policy
from policies.expert import ExpertPolicy
from policies.random import RandomPolicy
from policies.small import SmallPolicy


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


def load_policy(name: str) -> Policy:
    """``expert``, ``random`` or the policy in a folder.

    Raises:
        UserError: if it is none of these.
    """
    if name == "expert":
        return ExpertPolicy()
    if name == "random":
        return RandomPolicy()
    return SmallPolicy.load(Path(name))
