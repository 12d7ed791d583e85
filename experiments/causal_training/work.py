"""What both trainers are given, and what they are measured by."""

from __future__ import annotations

import resource
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from transformers import LlamaConfig

from envs.record import Trajectory
from experiments.chat_models import Size
from policies.causal.packing import Tokens
from policies.imitation import CHECKPOINT

SIZES = {
    "small": Size(hidden=128, layers=4, heads=4, key_heads=4, context=4096, inner=512),
    "100m": Size(hidden=768, layers=12, heads=12, key_heads=12, context=4096, inner=3072),
    "1b": Size(hidden=2048, layers=16, heads=32, key_heads=8, context=4096, inner=8192),
}
"""Llamas of random weights; the largest is shaped like Llama 3.2 1B, with a smaller vocabulary."""
EPOCH = 10
"""Updates in which every episode comes once."""
MEASURED = CHECKPOINT
"""Updates that are measured, after as many that are not: a multiple of :data:`EPOCH`."""
RATE = 1e-4


class Work(NamedTuple):
    """What to train.

    Attributes:
        folder: of the model before training and its tokenizer.
        episodes: what to imitate, every step of each; ten batches of them.
        passes: into how many passes TRL's batch is cut.
        compiled: whether ours compiles its layers; on a GPU alone.
    """

    folder: Path
    episodes: Sequence[Trajectory]
    passes: int
    compiled: bool

    @property
    def batch(self) -> int:
        """Episodes in an update."""
        return len(self.episodes) // EPOCH


class Measured(NamedTuple):
    """How a trainer did.

    Attributes:
        seconds: of :data:`MEASURED` updates; on a processor, of its own time.
        memory: bytes at most: on a GPU those allocated there, else those of the process.
        loss: mean over the agent's tokens, of the updates measured.
    """

    seconds: float
    memory: int
    loss: float


class Clock:
    """Takes the time between the middle of a training and its end."""

    def __init__(self) -> None:
        self._times: list[float] = []

    def stop(self) -> None:
        """Call after :data:`MEASURED` updates and after twice as many."""
        if torch.cuda.is_available():
            torch.cuda.synchronize()
            self._times.append(time.perf_counter())
        else:
            self._times.append(time.process_time())

    def measured(self, loss: float) -> Measured:
        """What there is to say after the second call."""
        if torch.cuda.is_available():
            memory = torch.cuda.max_memory_allocated()
        else:
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        return Measured(self._times[1] - self._times[0], memory, loss)


def model_flops(config: LlamaConfig, items: Sequence[Tokens]) -> int:
    """What reading sequences once and learning from them takes, in floating-point operations.

    Six for each weight of the layers and token, six for each weight of the head and learned token,
    and causal attention within each sequence: no work that could be left out is counted. Method:
    PaLM (arXiv 2204.02311), appendix B.

    Args:
        config: of the model.
        items: the sequences.
    """
    width, layers = config.hidden_size, config.num_hidden_layers
    heads = config.num_attention_heads
    keys = width // heads * (config.num_key_value_heads or heads)
    weights = layers * (2 * width * (width + keys) + 3 * width * config.intermediate_size)
    tokens = sum(len(item.tokens) for item in items)
    squares = sum(len(item.tokens) ** 2 for item in items)
    learned = sum(int(item.learned.sum()) for item in items)
    return 6 * (weights * tokens + config.vocab_size * width * learned + layers * width * squares)
