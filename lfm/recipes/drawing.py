"""Which training tasks are demonstrated, and which are explored in each round."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import NamedTuple


class Drawn(NamedTuple):
    """Training tasks by what they are for."""

    demonstrated: list[str]
    explored: list[list[str]]
    """One list for each round; no task is twice in the same."""


def draw(
    tasks: Sequence[str],
    task_type: Callable[[str], str],
    demonstrations: int,
    explorations: int,
    rounds: int,
    seed: int,
) -> Drawn:
    """Draw training tasks at random, and evenly from all types.

    Each round explores tasks that nobody has shown or tried, as far as there are any; after that
    those come again that have been longest ago. A type that has too few tasks for its part gives
    all it has, and the others give more.

    Args:
        tasks: all training tasks.
        task_type: the type of a task; if all are of one, any is as likely as any other.
        demonstrations: how many to demonstrate, at most all.
        explorations: how many to explore in each round, at most all.
        rounds: how many rounds.
        seed: of the draw.
    """
    shuffled = list(tasks)
    random.Random(seed).shuffle(shuffled)
    by_type: dict[str, list[str]] = {}
    for task in shuffled:
        by_type.setdefault(task_type(task), []).append(task)
    waiting = list(by_type.values())
    first, *others = (_take(waiting, count) for count in (demonstrations, *[explorations] * rounds))
    return Drawn(first, others)


def _take(waiting: list[list[str]], count: int) -> list[str]:
    """Take the first tasks of each type in turn, and put them behind those that still wait."""
    shares = [0] * len(waiting)
    taken: list[str] = []
    while len(taken) < count:
        for at, tasks in enumerate(waiting):
            if shares[at] < len(tasks) and len(taken) < count:
                taken.append(tasks[shares[at]])
                shares[at] += 1
    for at, share in enumerate(shares):
        waiting[at] = waiting[at][share:] + waiting[at][:share]
    return taken
