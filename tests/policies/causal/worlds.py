"""Tiny chat models and episodes for the tests of causal policies."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from envs.record import Trajectory
from experiments.chat_models import Size, save_chat_model
from policies.causal.policy import CausalPolicy
from policies.imitation import Schedule
from policies.learned import Examples
from policies.small import texts_of
from policies.tuned import TunedModel
from policies.tuning import Tuning
from tests.policies import toys

TINY = Size(hidden=32, layers=2, heads=4, key_heads=2, context=512)
LENGTHS = [3, 9, 1, 5, 9]
ERRANDS = [toys.errand(number, toys.TRAIN_NAMES, length) for number, length in enumerate(LENGTHS)]


def chat_model(folder: Path, family: str = "llama", size: Size = TINY) -> Path:
    """The folder of a tiny chat model that knows the words of the errands."""
    return save_chat_model(folder, family, size, texts_of(ERRANDS), words=330)


def as_done(episodes: Sequence[Trajectory]) -> Examples:
    """Imitate every step."""
    return [(episode, toys.done(episode)) for episode in episodes]


def policy(folder: Path, **tuning: object) -> CausalPolicy:
    """The policy in a folder of :func:`chat_model`, in fp32."""
    return CausalPolicy.new("toy", folder, Tuning(precision="fp32", **tuning))  # type: ignore[arg-type]


def schedule(updates: int, batch_size: int = 4, rate: float = 3e-3) -> Schedule:
    """A short training."""
    return Schedule(updates, batch_size, rate, 0.0, 0)


def messages(episode: Trajectory, steps: int) -> list[dict[str, str]]:
    """The conversation before step ``steps`` (from 0), written by hand."""
    said = [("user", f"{episode.instruction}\n\n{episode.first_observation}")]
    for step in episode.steps[:steps]:
        said += [("assistant", step.action), ("user", step.observation)]
    return [{"role": role, "content": text} for role, text in said]


def written(tokenizer: PreTrainedTokenizerBase, episode: Trajectory, steps: int) -> list[int]:
    """The tokens of the same by transformers, up to where the action is asked for."""
    found = tokenizer.apply_chat_template(
        messages(episode, steps), add_generation_prompt=True, return_dict=True
    )
    return list(found["input_ids"])


@torch.inference_mode()
def one_at_a_time(model: PreTrainedModel, context: Sequence[int], reply: np.ndarray) -> float:
    """The mean log-probability per token of one reply, by one forward of transformers' own."""
    tokens = torch.tensor([[*context, *reply.tolist()]], device=model.device)
    labels = tokens.clone()
    labels[:, : len(context)] = -100
    return -float(model(input_ids=tokens, labels=labels).loss)


def weights(of: TunedModel) -> torch.Tensor:
    """All weights of a policy or feedback model, one behind the other."""
    return torch.cat([each.detach().float().flatten() for each in of.model.parameters()])
