"""Writers that are no models."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import cycle, islice

import torch
from torch import Tensor

from envs.record import Step, Trajectory
from policies.writing.base import Conversation


class Fake:
    """Writes the texts that it is given, one after the other, and remembers what it was told."""

    name, privileged = "fake", False

    def __init__(
        self,
        texts: Sequence[str] = (),
        likely: Callable[[Conversation, str], float] = lambda told, text: -float(len(text)),
    ) -> None:
        self._texts = cycle(texts)
        self._likely = likely
        self.told: list[Conversation] = []
        self.seeds: list[int] = []

    def write(
        self, conversations: Sequence[Conversation], samples: int, seed: int, temperature: float
    ) -> list[list[str]]:
        self.told += conversations
        self.seeds.append(seed)
        return [list(islice(self._texts, samples)) for _ in conversations]

    def log_probability(
        self, conversations: Sequence[Conversation], texts: Sequence[str]
    ) -> list[float]:
        pairs = zip(conversations, texts, strict=True)
        return [self._likely(conversation, text) for conversation, text in pairs]

    def embed(self, texts: Sequence[str]) -> Tensor:
        """How often each of the letters a to d is in a text."""
        return torch.tensor([[float(text.count(letter)) for letter in "abcd"] for text in texts])


def episode(name: str, *answers: str, task: str = "train/0") -> Trajectory:
    """An episode with these answers, none of them right."""
    steps = tuple(Step(answer, f"seen {at}", (), 0.0) for at, answer in enumerate(answers, 1))
    return Trajectory(
        trajectory_id=name,
        env="hidden_rule",
        env_version="1",
        split="train",
        task_id=task,
        task_type="change",
        instruction="Do it.",
        first_observation="",
        steps=steps,
        success=False,
        policy="ilf1",
        seed=0,
        privileged=False,
    )
