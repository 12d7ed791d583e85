"""Drawing training tasks: evenly among types, nothing twice before all else was used."""

from __future__ import annotations

import random
from collections import Counter
from itertools import cycle, islice

import pytest

from lfm.recipes.drawing import draw

SIZES = {"friction": 60, "boil": 14, "grow": 20, "stages": 3}
"""Types with as uneven numbers of tasks as ScienceWorld's."""
TASKS = [f"{kind}/{number}" for kind, size in SIZES.items() for number in range(size)]


def kind_of(task: str) -> str:
    return task.partition("/")[0]


def count(tasks: list[str]) -> Counter[str]:
    return Counter(map(kind_of, tasks))


@pytest.mark.parametrize("seed", range(3))
def test_all_types_are_drawn_alike(seed: int) -> None:
    drawn = draw(TASKS, kind_of, 20, 16, 3, seed)
    shown = count(drawn.demonstrated)
    assert shown.pop("stages") == 3  # all there are
    assert sorted(shown.values()) == [5, 6, 6]
    for tasks in drawn.explored:
        assert len(tasks) == len(set(tasks)) == 16
        assert count(tasks)["stages"] == 3
        assert max(count(tasks).values()) <= 5


def test_what_nobody_has_tried_comes_first() -> None:
    drawn = draw(TASKS, kind_of, 8, 8, 2, 0)
    used = [*drawn.demonstrated, *drawn.explored[0], *drawn.explored[1]]
    others = [task for task in used if kind_of(task) != "stages"]
    assert len(others) == len(set(others))
    stages = [task for task in used if kind_of(task) == "stages"]
    assert len(stages) == 6
    assert set(Counter(stages).values()) == {2}  # all three shown or tried before any again


@pytest.mark.parametrize(("demonstrations", "explorations", "rounds"), [(30, 40, 2), (97, 97, 3)])
def test_without_types_any_task_is_as_likely(
    demonstrations: int, explorations: int, rounds: int
) -> None:
    """And the draw is that of the results measured before there were types."""
    drawn = draw(TASKS, lambda task: "", demonstrations, explorations, rounds, 5)
    shuffled = list(TASKS)
    random.Random(5).shuffle(shuffled)
    first, rest = shuffled[:demonstrations], shuffled[demonstrations:]
    assert drawn.demonstrated == first
    explored = [task for tasks in drawn.explored for task in tasks]
    assert explored == list(islice(cycle(rest + first), explorations * rounds))


def test_no_rounds_explore_nothing() -> None:
    assert draw(TASKS, kind_of, 4, 1000, 0, 0).explored == []


def test_the_seed_decides() -> None:
    one, again, other = (draw(TASKS, kind_of, 20, 10, 1, seed) for seed in (1, 1, 2))
    assert one == again
    assert one != other
