"""A world of one rule: go to the thing that the instruction names."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

from envs.record import Step, Trajectory
from policies.base import Start
from policies.batching import EncodedEpisode, encode
from policies.layout import FEATURES
from policies.small import SmallPolicy
from policies.step_transformer import StepConfig

TRAIN_NAMES = [f"{a}{b}" for a in ("bal", "cor", "din", "fus", "gam") for b in ("ek", "om", "ut")]
NEW_NAMES = [f"{a}{b}" for a in ("hix", "jov", "lym") for b in ("arp", "oin", "uld")]


def trajectory(
    number: int,
    instruction: str,
    steps: Sequence[tuple[str, str, Sequence[str]]],
    first: str = "You are in a hall.",
) -> Trajectory:
    """An episode of (action, observation, admissible) steps, named by its number."""
    return Trajectory(
        trajectory_id=f"toy-{number}",
        env="toy",
        env_version="1",
        split="train",
        task_id=f"task-{number}",
        task_type="toy",
        instruction=instruction,
        first_observation=first,
        steps=tuple(Step(action, seen, tuple(can), 0.0) for action, seen, can in steps),
        success=bool(steps),
        policy="toy",
        seed=number,
        privileged=False,
    )


def errand(number: int, names: Sequence[str], steps: int = 1) -> Trajectory:
    """Walk about, then go to what was asked for; the last step alone is worth imitating."""
    draw = random.Random(number)
    here = draw.sample(list(names), 4)
    asked = draw.choice(here)
    options = ["look", *(f"go to {name} {draw.randint(1, 3)}" for name in here)]
    wrong = [option for option in options if asked not in option]
    walk = [draw.choice(wrong) for _ in range(steps - 1)]
    right = next(option for option in options if asked in option)
    told = [(action, f"You see {action.split()[-1]}.", options) for action in [*walk, right]]
    first = f"You are in a hall. There is {', '.join(here)}."
    return trajectory(number, f"find the {asked}", told, first)


def done(episode: Trajectory) -> list[str | None]:
    """Targets: every action of an episode."""
    return [step.action for step in episode.steps]


def last_only(episode: Trajectory) -> list[str | None]:
    """Targets: the last action of an episode."""
    return [None] * (len(episode.steps) - 1) + done(episode)[-1:]


def tiny_policy(
    episodes: Sequence[Trajectory], seed: int = 0, hidden_size: int = 32, features: int = FEATURES
) -> SmallPolicy:
    """The smallest policy, of random weights, that knows the words of the episodes."""
    config = StepConfig(hidden_size=hidden_size, bag_size=16, layers=2, heads=2, features=features)
    return SmallPolicy.new("toy", config, [(episode, ()) for episode in episodes], seed)


def encoded(policy: SmallPolicy, episode: Trajectory, at: int) -> EncodedEpisode:
    """An episode with one decision: its step ``at`` (from 0)."""
    targets = [None] * at + [episode.steps[at].action]
    return encode(policy.vocabulary, episode, targets, policy.model.config.features)


def start(episode: Trajectory, seed: int | None = None) -> Start:
    """How the episode began."""
    chosen = episode.seed if seed is None else seed
    return Start(episode.instruction, episode.first_observation, chosen)


def weights(folder: Path) -> bytes:
    """The weights that a ``save_pretrained`` folder holds."""
    return (folder / "model.safetensors").read_bytes()
