"""What a causal policy learns from: episodes as sequences of tokens, several of them in a row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from envs.record import Trajectory
from policies.causal.chat import ChatReader, Dialogue
from policies.learned import Targets


class Tokens(NamedTuple):
    """A conversation or a part of one.

    Attributes:
        tokens: int32 (tokens,).
        learned: bool (tokens,): which of them are to be predicted from what is before them.
    """

    tokens: np.ndarray
    learned: np.ndarray


class Row(NamedTuple):
    """Sequences one behind the other, none of which sees another.

    Attributes:
        tokens: int64 (tokens,).
        positions: int64 (tokens,): from 0 in each sequence.
        bounds: int32 (sequences + 1,): where each begins, and where the last one ends.
        before: int64 (learned,): the places from which a token is predicted.
    """

    tokens: np.ndarray
    positions: np.ndarray
    bounds: np.ndarray
    before: np.ndarray


def sequences(reader: ChatReader, trajectory: Trajectory, targets: Targets) -> list[Tokens]:
    """An episode as what is to be read and learned, with the loss on the agent's turns alone.

    It is one sequence, unless it is too long for the model: then what follows is told again with
    the older turns forgotten, as while acting. An action to imitate that was not the one taken is
    a sequence of its own, because the conversation went on otherwise.

    Args:
        reader: cuts texts into tokens.
        trajectory: the episode.
        targets: for each step the action to imitate, or None.
    """
    dialogue = Dialogue(reader, trajectory.instruction, trajectory.first_observation)
    found, parts = [], [plain(dialogue.tokens())]
    for step, target in zip(trajectory.steps, targets, strict=False):
        taken = target == step.action
        if target is not None and not taken:
            found.append([plain(dialogue.tokens()), wanted(reader.reply(target))])
        reply = reader.reply(step.action)
        parts.append(wanted(reply) if taken else plain(reply))
        if dialogue.add(step.action, step.observation):
            found.append(parts)
            parts = [plain(dialogue.tokens())]
        else:
            parts.append(plain(reader.seen(step.observation)))
    return [each for each in map(join, [*found, parts]) if each.learned.any()]


def pack(items: Sequence[Tokens], most: int, multiple: int = 1) -> list[Row]:
    """Spread sequences evenly over as few rows as hold them.

    Args:
        items: the sequences, at least one.
        most: tokens in a row, about; never less than the longest sequence.
        multiple: the number of rows is a multiple of this, of which some may have nothing to learn.
    """
    total = sum(len(item.tokens) for item in items)
    count = -(-total // (most * multiple)) * multiple
    rows: list[list[Tokens]] = [[] for _ in range(count)]
    lengths = [0] * count
    for item in sorted(items, key=lambda item: -len(item.tokens)):
        least = lengths.index(min(lengths))
        rows[least].append(item)
        lengths[least] += len(item.tokens)
    shortest = min(items, key=lambda item: len(item.tokens)).tokens
    return [_row(row or [plain(shortest)]) for row in rows]


def _row(items: Sequence[Tokens]) -> Row:
    lengths = [len(item.tokens) for item in items]
    learned = np.concatenate([item.learned for item in items])
    return Row(
        np.concatenate([item.tokens for item in items]).astype(np.int64),
        np.concatenate([np.arange(length) for length in lengths]),
        np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32),
        np.flatnonzero(learned) - 1,
    )


def plain(tokens: np.ndarray) -> Tokens:
    """What is read and not learned."""
    return Tokens(tokens, np.zeros(len(tokens), bool))


def wanted(tokens: np.ndarray) -> Tokens:
    """What is learned."""
    return Tokens(tokens, np.ones(len(tokens), bool))


def join(parts: Sequence[Tokens]) -> Tokens:
    """One behind the other, without what comes after the last token to learn."""
    tokens = np.concatenate([part.tokens for part in parts])
    learned = np.concatenate([part.learned for part in parts])
    end = int(np.flatnonzero(learned).max(initial=-1)) + 1
    return Tokens(tokens[:end], learned[:end])
