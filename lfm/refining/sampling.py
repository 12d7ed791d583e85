"""Several texts for each answer, none twice if that can be helped."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from policies.writing.base import Author, Conversation


def seed_of(seed: int, purpose: str) -> int:
    """A seed for one purpose, which follows from that of the run."""
    return int.from_bytes(hashlib.sha256(f"{seed}/{purpose}".encode()).digest()[:4], "little")


def sample(
    writer: Author,
    conversations: Sequence[Conversation],
    samples: int,
    seed: int,
    temperature: float,
) -> list[list[str]]:
    """Texts to choose from, as many as were asked for.

    Where some are alike as many are drawn once more, and new ones take the place of repetitions;
    where there are too few still, repetitions fill the rest, if anything was written. Source: ILF's
    code.

    Args:
        writer: who writes.
        conversations: what is to be answered.
        samples: texts for each.
        seed: of the draws.
        temperature: 0 for the likeliest words, always the same.
    """
    drawn = writer.write(conversations, samples, seed, temperature)
    again = [at for at, texts in enumerate(drawn) if len(set(texts)) < samples]
    if again and temperature > 0:
        more = writer.write([conversations[at] for at in again], samples, seed + 1, temperature)
        for at, texts in zip(again, more, strict=True):
            drawn[at] = _different_first([*drawn[at], *texts])[:samples]
    return drawn


def _different_first(texts: Sequence[str]) -> list[str]:
    """The texts, with those behind that were there before."""
    different = list(dict.fromkeys(texts))
    repeated = list(texts)
    for each in different:
        repeated.remove(each)
    return different + repeated
