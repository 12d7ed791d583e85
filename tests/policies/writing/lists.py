"""Tiny writers, and lists of words for them to repeat."""

from __future__ import annotations

import random
from collections.abc import Sequence

import torch

from policies.imitation import Schedule
from policies.writing.base import Conversation, Record, Turn
from policies.writing.policy import WriterPolicy, Writing
from policies.writing.small import Shape

WORDS = "apple lemon otter banjo".split()
TINY = Shape(hidden_size=16, layers=1, heads=2, rope_theta=100.0)


def asked(text: str) -> Conversation:
    """A conversation of one turn."""
    return [Turn(role="user", content=text)]


def repeating(count: int, seed: int = 0) -> list[Record]:
    """Lists to be repeated; what is rejected is their first word."""
    draw = random.Random(seed)
    lists = [draw.sample(WORDS, draw.randint(2, 3)) for _ in range(count)]
    return [Record(asked(" ".join(each)), " ".join(each), each[0]) for each in lists]


def writer(seed: int = 0, **writing: object) -> WriterPolicy:
    """A writer that has learned nothing."""
    settings = Writing(**{"answer_tokens": 8, **writing})  # type: ignore[arg-type]
    return WriterPolicy.from_lessons("toy", repeating(40), TINY, settings, seed)


def schedule(updates: int, rate: float = 1e-2) -> Schedule:
    """A short training."""
    return Schedule(updates, 8, rate, 0.0, 0)


def weights(policy: WriterPolicy) -> torch.Tensor:
    """All weights, one behind the other."""
    return torch.cat([each.detach().flatten().clone() for each in policy.model.parameters()])


def margins(policy: WriterPolicy, records: Sequence[Record]) -> list[float]:
    """By how much each target is likelier than what is rejected."""
    told = [each.conversation for each in records]
    wanted = policy.log_probability(told, [each.target for each in records])
    others = policy.log_probability(told, [each.rejected or "" for each in records])
    return [one - other for one, other in zip(wanted, others, strict=True)]
