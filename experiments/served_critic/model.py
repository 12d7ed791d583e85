"""The model and its tokens."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import AddedToken
from transformers import PreTrainedTokenizerBase, PreTrainedTokenizerFast

from experiments.chat_models import FAMILIES, Size, train_tokenizer
from experiments.served_critic.lessons import Lesson
from policies.causal.packing import Tokens
from policies.causal.training import train_packed
from policies.imitation import Follow, Schedule
from policies.tuning import Tuning

_PHRASES = (
    '{"steps": [{"step":', '"}, {"step":', '}, {"step":', ', "reason": "', '", "productive": true',
    '", "productive": false', '}], "summary": "', '", "suggestion": "', '"}',
    "You are in the middle of a room. Looking quickly around you, you see",
    "You arrive at", ". On the", ". The", ", you see", "You did:", "You see:", "Step", "Action:",
    "Result:", "- go to", "went to the", ", where there is no", "where nothing has to be done now",
    ": nothing changed", " steps brought the task nearer", "; in the end it was still",
    " steps from done.", ", and it was done in the end.", "Your task:", "The agent's task:",
    "assistant", "system",
)  # fmt: skip
"""Pieces of every critique, and what the games and the simulator critic say all the time; without
names and numbers, which the model has to copy."""
_WORDS = 800
"""Most tokens besides whole lines and the scaffold; the games have some 150 words."""
_ROW = 4096
"""Tokens in one pass of the training, about."""


def make_tokenizer(lessons: Sequence[Lesson]) -> PreTrainedTokenizerFast:
    """A tokenizer for these lessons.

    The lines of the prompts that never change are tokens of their own, and so are some phrases: a
    small model on a processor has no time to read and to spell them.
    """
    whole = sorted({*_fixed_lines(lessons), *_PHRASES}, key=lambda text: (-len(text), text))
    cut = re.compile("|".join(map(re.escape, whole)))
    said = (text for each in lessons for text in (each.messages[-1].content, each.answer))
    tokenizer = train_tokenizer((cut.sub("\n", text) for text in said), _WORDS)
    tokenizer.add_tokens([AddedToken(each, normalized=False) for each in whole])
    return tokenizer


def _fixed_lines(lessons: Sequence[Lesson]) -> set[str]:
    """The lines that are in all lessons that begin with the same words."""
    kinds: dict[str, set[str]] = {}
    for lesson in lessons:
        lines = {line for each in lesson.messages for line in each.content.split("\n") if line}
        kinds[lesson.messages[0].content] = kinds.get(lesson.messages[0].content, lines) & lines
    return set().union(*kinds.values())


def as_tokens(tokenizer: PreTrainedTokenizerBase, lesson: Lesson, *, reading: bool) -> Tokens:
    """A lesson in tokens, of which the answer's and the end of its turn are learned.

    Args:
        tokenizer: what cuts it.
        lesson: the lesson.
        reading: learn to expect the question's words too. They repeat each other as the answer
            repeats them, and so teach to copy.
    """
    messages = [{"role": each.role, "content": each.content} for each in lesson.messages]
    cut: Any = tokenizer.apply_chat_template(
        [*messages, {"role": "assistant", "content": lesson.answer}],
        return_dict=True,
        return_assistant_tokens_mask=True,
    )
    learned = np.array(cut["assistant_masks"], dtype=bool)
    end = int(np.flatnonzero(learned).max()) + 1
    learned[1:] |= reading
    return Tokens(np.array(cut["input_ids"], dtype=np.int32)[:end], learned[:end])


class Progress:
    """Follows a training: on stderr, and in a list.

    Args:
        updates: how many there will be.

    Attributes:
        losses: the mean loss after every fifty updates.
    """

    def __init__(self, updates: int) -> None:
        self._updates = updates
        self.losses: list[float] = []

    def follow(self, updates: int, losses: Mapping[str, float]) -> None:
        """Say how far it is, and how well it goes."""
        loss = losses["loss"]
        self.losses.append(round(loss, 4))
        sys.stderr.write(f"{updates} of {self._updates} updates, loss {loss:.4f}\n")


def train(
    lessons: Sequence[Lesson],
    size: Size,
    schedule: Schedule,
    folder: Path,
    work: Path,
    follow: Follow,
) -> dict[str, int]:
    """Train a model from random weights and save it with its tokenizer.

    Args:
        lessons: what to learn.
        size: of the model.
        schedule: how long and how fast; a batch is of lessons.
        folder: for the model.
        work: for checkpoints, from which training goes on.
        follow: told how training goes.

    Returns:
        How much there was to learn: lessons, their tokens, and those of them to be written.
    """
    tokenizer = make_tokenizer(lessons)
    torch.manual_seed(schedule.seed)
    model = FAMILIES["llama"](size, len(tokenizer))
    model.generation_config.eos_token_id = tokenizer.eos_token_id
    model.generation_config.pad_token_id = tokenizer.pad_token_id
    items = [
        as_tokens(tokenizer, lesson, reading=number % 2 == 0)
        for number, lesson in enumerate(lessons)
    ]
    tuning = Tuning(row_tokens=_ROW)
    train_packed(model, [[item] for item in items], tuning, schedule, work=work, follow=follow)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return {
        "lessons": len(items),
        "tokens": sum(len(item.tokens) for item in items),
        "learned_tokens": sum(int(item.learned.sum()) for item in items),
    }
