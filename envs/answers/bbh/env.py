"""BIG-Bench Hard as an environment, from files or generated."""

from __future__ import annotations

import random
from collections.abc import Iterable
from functools import lru_cache
from typing import ClassVar

from gymnasium.utils import EzPickle

from envs.answers.bbh import files
from envs.answers.bbh.families import TRAIN_EXAMPLES, Puzzle, puzzle
from envs.answers.bbh.makers import GENERATED
from envs.answers.env import AnswerEnv
from envs.answers.question import chosen_tasks
from envs.arguments import check_choice

_EXAMPLES = 250
"""Of each generated family, as of most of the real ones."""
SPLITS = ("train", "test")
RULES_VERSION = 1
"""To be raised when the same settings give other puzzles, or the same answers other verdicts."""


@lru_cache(maxsize=8)
def generated(split: str, tasks: tuple[str, ...], seed: int) -> tuple[Puzzle, ...]:
    """The stand-ins of a split, family by family; no text comes twice."""
    found = []
    for family in chosen_tasks(tasks, tuple(GENERATED)):
        draw = random.Random(f"{family} {seed}")
        made: dict[str, str] = {}
        while len(made) < _EXAMPLES:
            text, target = GENERATED[family](draw)
            made.setdefault(text, target)
        for number, (text, target) in enumerate(made.items()):
            if (number < TRAIN_EXAMPLES) == (split == "train"):
                found.append(puzzle(split, family, number, text, target))
    return tuple(found)


class BBHEnv(AnswerEnv, EzPickle):
    """BIG-Bench Hard: reasoning puzzles in 27 families, or stand-ins for 15 of them.

    The first hundred examples of a family are ``train``, the others ``test``, as in the paper on
    feedback conditioning. An answer is right if it is the target but for capitals and blanks.

    Args:
        split: ``train`` or ``test``.
        data: folder with the files ``<family>.json``; None for generated stand-ins.
        tasks: use only these families; none for all there are.
        world_seed: of the stand-ins; not used with files.
        games: use only so many tasks, spread evenly; 0 for all.
        max_steps: answers after which an unfinished episode is truncated; a question takes one.

    Raises:
        UserError: a value is none of these, or a file is missing or bad.
    """

    name: ClassVar[str] = "bbh"

    def __init__(
        self,
        split: str = "train",
        data: str | None = None,
        tasks: Iterable[str] = (),
        world_seed: int = 0,
        games: int = 0,
        max_steps: int = 1,
    ):
        tasks = tuple(tasks)
        EzPickle.__init__(self, split, data, tasks, world_seed, games, max_steps)
        check_choice("split", split, SPLITS)
        if data is None:
            found, source = generated(split, tasks, world_seed), f"generated-{world_seed}"
        else:
            found, source = files.read(data, split, tasks), "official"
        super().__init__(split, f"{RULES_VERSION}/{source}", found, games, max_steps)
