"""The seven games as an environment."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterable
from functools import lru_cache, partial
from typing import ClassVar

from gymnasium.utils import EzPickle

from envs.answers.choices import GAMES
from envs.answers.env import AnswerEnv
from envs.answers.games import hilo, lists, nash, optimization, roots, spelling, taboo
from envs.answers.question import LineQuestion, chosen_tasks
from envs.arguments import check_choice

Maker = Callable[[random.Random, str], LineQuestion]
_PER_GAME = {"train": 200, "test": 100}
SPLITS = tuple(_PER_GAME)
RULES_VERSION = 1
"""To be raised when the same settings give other questions, or the same answers other verdicts."""


def _makers(words: tuple[str, ...]) -> dict[str, Maker]:
    return {
        "spelling": partial(spelling.make, words=words),
        "taboo": taboo.make,
        "optimization": optimization.make,
        "hilo": hilo.make,
        "nash": nash.make,
        "lists": lists.make,
        "roots": roots.make,
    }


@lru_cache(maxsize=16)
def _questions(
    split: str, games: tuple[str, ...], words: tuple[str, ...], seed: int
) -> tuple[LineQuestion, ...]:
    makers = _makers(words)
    return tuple(each for game in games for each in _drawn(game, makers[game], split, seed))


def _drawn(game: str, make: Maker, split: str, seed: int) -> list[LineQuestion]:
    """The tasks of a game; no training task asks what a test task asks, where there is a choice."""
    tested: set[str] = set()
    if split != "test" and game != "hilo":
        tested = {each.text for each in _drawn(game, make, "test", seed)}
    found = []
    for number in range(_PER_GAME[split]):
        draw = random.Random(f"{game} {split} {number} {seed}")
        while (task := make(draw, f"{split}/{game}/{number}")).text in tested:
            pass
        found.append(task)
    return found


class GamesEnv(AnswerEnv, EzPickle):
    """Spelling, taboo, optimisation, Hi-Lo, Nash equilibria, list functions and root finding.

    Each game has 200 tasks in ``train`` and 100 in ``test``, drawn with generators of their own.

    Args:
        split: ``train`` or ``test``.
        tasks: use only these games, of :data:`~envs.answers.choices.GAMES`; none for all.
        words: file with a word on each line, for spelling; None for the bundled 2,000.
        world_seed: of the tasks.
        games: use only so many tasks, spread evenly; 0 for all.
        max_steps: answers after which an unfinished episode is truncated; Hi-Lo takes seven.

    Raises:
        UserError: a value is none of these.
    """

    name: ClassVar[str] = "bbsr"
    graded = True
    metrics = (*AnswerEnv.metrics, "hilo_error")

    def __init__(
        self,
        split: str = "train",
        tasks: Iterable[str] = (),
        words: str | None = None,
        world_seed: int = 0,
        games: int = 0,
        max_steps: int = 7,
    ):
        tasks = tuple(tasks)
        EzPickle.__init__(self, split, tasks, words, world_seed, games, max_steps)
        check_choice("split", split, SPLITS)
        known = spelling.read_words(words)
        found = _questions(split, chosen_tasks(tasks, GAMES), known, world_seed)
        listed = hashlib.sha256(" ".join(known).encode()).hexdigest()[:8]
        super().__init__(split, f"{RULES_VERSION}/{world_seed}-{listed}", found, games, max_steps)
