"""Games in ALFWorld's format made up by this package, so that nothing has to be downloaded.

A generated game follows the engine rules, sentences, templates and goal formulas of the official
ones; rooms, contents and tasks are drawn from statistics of the official train split. Everything
is a function of (world seed, split, index): no file is read but the statistics, and a game is made
when it is asked for.
"""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType

from envs.alfworld import planner
from envs.alfworld.game import GOAL_KINDS, TASK_TYPES, Game, Goal, Item
from envs.alfworld.instructions import TEMPLATES
from envs.alfworld.layouts import FIRST_SCENE, Layout, id_class, make_layout, split_numbers
from envs.alfworld.room_statistics import ROOMS, load_statistics

TASK_COUNTS: Mapping[str, Mapping[str, int]] = {
    split: dict(zip(GOAL_KINDS, counts, strict=True))
    for split, counts in {
        "train": (790, 308, 650, 459, 533, 813),
        "valid_seen": (35, 13, 27, 16, 25, 24),
        "valid_unseen": (24, 18, 31, 23, 21, 17),
    }.items()
}
"""Games per goal kind in each split: the official numbers."""

MAX_DRAWS = 10_000
"""Draws of a layout or placement before giving up; the worst seen needs a few dozen."""


@dataclass(frozen=True, slots=True)
class Task:
    """What a generated game asks for and where: drawn for all games at once, without the games."""

    task_id: str
    room: str
    number: int
    goal: Goal


def generated_task_ids(split: str, world_seed: int) -> tuple[str, ...]:
    """The stable ids of all games of a split: 3553, 140 or 134 of them.

    They are shaped like the official ones, ``<task type>-<Object>-None-<Target>-<scene
    number>/trial_<hex>``.

    Raises:
        ValueError: if there is no such split.
    """
    return tuple(task.task_id for task in _tasks(split, world_seed))


def generated_task_index(split: str, world_seed: int) -> Mapping[str, int]:
    """Task id -> index in the split."""
    return _index(split, world_seed)


def generate_game(split: str, index: int, world_seed: int) -> Game:
    """The game of that index: solvable, not won at the start, hands empty, everything closed.

    Raises:
        ValueError: if there is no such split.
        IndexError: if the split has no game of that index.
    """
    task = _tasks(split, world_seed)[index]
    layout = make_layout(task.room, task.number, world_seed)
    rng = random.Random(f"game/{world_seed}/{split}/{index}")
    sentence = rng.choice(TEMPLATES[task.goal.kind])
    for _ in range(MAX_DRAWS):
        items = _draw_items(rng, layout, task.goal)
        game = Game(
            task_id=task.task_id,
            scene=layout.scene,
            instruction=sentence.format(item=task.goal.item, target=task.goal.target),
            human_goals=(),
            goal=task.goal,
            start=layout.start,
            receptacles=layout.receptacles,
            items=items,
            can_contain=_can_contain(layout, items),
            walkthrough=(),
        )
        walkthrough = planner.plan(game, planner.start_state(game))
        if walkthrough:
            return replace(game, walkthrough=tuple(walkthrough))
    raise RuntimeError(f"{task.task_id}: no solvable placement in {MAX_DRAWS} draws")


@lru_cache(maxsize=8)
def _index(split: str, world_seed: int) -> Mapping[str, int]:
    ids = generated_task_ids(split, world_seed)
    index = {task_id: position for position, task_id in enumerate(ids)}
    if len(index) != len(ids):
        raise AssertionError(f"{split}, world seed {world_seed}: two games have the same id")
    return MappingProxyType(index)


@lru_cache(maxsize=8)
def _tasks(split: str, world_seed: int) -> tuple[Task, ...]:
    numbers = split_numbers(split)
    kinds = [kind for kind, count in TASK_COUNTS[split].items() for _ in range(count)]
    random.Random(f"kinds/{world_seed}/{split}").shuffle(kinds)
    return tuple(
        _draw_task(split, index, kind, numbers, world_seed) for index, kind in enumerate(kinds)
    )


def _draw_task(
    split: str, index: int, kind: str, numbers: tuple[int, ...], world_seed: int
) -> Task:
    """Room, layout, item and target, each as often as in the official games, where they fit."""
    rng = random.Random(f"task/{world_seed}/{split}/{index}")
    rooms = load_statistics().rooms
    shares = [
        sum(sum(targets.values()) for targets in rooms[room].tasks.get(kind, {}).values())
        for room in ROOMS
    ]
    for _ in range(MAX_DRAWS):
        room = rng.choices(ROOMS, weights=shares)[0]
        number = rng.choice(numbers)
        options = _possible_goals(room, number, kind, world_seed)
        if options:
            goals, weights = zip(*options, strict=True)
            goal = rng.choices(goals, weights=weights)[0]
            return Task(
                _task_id(goal, room, number, f"{world_seed}/{split}/{index}"), room, number, goal
            )
    raise RuntimeError(f"no {kind} task fits any layout of {split} under world seed {world_seed}")


@lru_cache(maxsize=4096)
def _possible_goals(
    room: str, number: int, kind: str, world_seed: int
) -> tuple[tuple[Goal, int], ...]:
    """Goals of a kind that this layout allows, with their official frequency."""
    layout = make_layout(room, number, world_seed)
    tasks = load_statistics().rooms[room].tasks.get(kind, {})
    present = layout.kinds | (set(layout.items) if kind == "look" else set())
    return tuple(
        (goal, games)
        for item, targets in tasks.items()
        for target, games in targets.items()
        if item in layout.items and target in present
        for goal in [Goal(kind, item, target)]
        if any(_allowed_weights(layout, item, goal))
    )


def _task_id(goal: Goal, room: str, number: int, seed_text: str) -> str:
    spelling = load_statistics().spelling
    digest = hashlib.sha256(seed_text.encode()).hexdigest()[:12]
    return (
        f"{TASK_TYPES[goal.kind]}-{spelling[goal.item]}-None-{spelling[goal.target]}-"
        f"{FIRST_SCENE[room] + number}/trial_{digest}"
    )


def _allowed_weights(layout: Layout, kind: str, goal: Goal) -> list[float]:
    """Placement weights of an item kind; a target never lies where it would ease or spoil the task.

    As in the official games: not in the destination when placing is all that is asked, and not in
    the fridge (where it would be cool already) when it has to be cooled.
    """
    cumulated = layout.places[kind]
    weights = [now - before for now, before in zip(cumulated, (0.0, *cumulated), strict=False)]
    if kind != goal.item:
        return weights
    barred = {"simple": goal.target, "two": goal.target, "cool": "fridge"}.get(goal.kind)
    return [
        0.0 if receptacle.kind == barred else weight
        for receptacle, weight in zip(layout.receptacles, weights, strict=True)
    ]


def _draw_items(rng: random.Random, layout: Layout, goal: Goal) -> tuple[Item, ...]:
    statistics = load_statistics()
    room = statistics.rooms[layout.room]
    everywhere = range(len(layout.receptacles))
    items: list[Item] = []
    for kind in sorted(layout.items, key=lambda kind: id_class(kind) + "_"):
        counts = room.items[kind].counts[1:]
        count = 1 + rng.choices(range(len(counts)), weights=counts)[0]
        if kind == goal.item:
            count = max(count, 2 if goal.kind == "two" else 1)
            weights = _allowed_weights(layout, kind, goal)
            spots = rng.choices(everywhere, weights=weights, k=count)
        elif layout.places[kind][-1] > 0.0:
            spots = rng.choices(everywhere, cum_weights=layout.places[kind], k=count)
        else:
            continue
        for rank, spot in enumerate(spots):
            name = f"{kind} {count - rank}"
            items.append(_make_item(rng, layout, goal, name, kind, spot))
    return tuple(items)


def _make_item(
    rng: random.Random, layout: Layout, goal: Goal, name: str, kind: str, spot: int
) -> Item:
    statistics = load_statistics()
    flags = statistics.flags[kind]
    where = [spot, *_ghost(rng, layout, goal, kind, spot)]
    cool = (
        kind == goal.item
        and goal.kind in ("simple", "clean", "heat", "two")
        and layout.receptacles[spot].kind == "fridge"
        and "coolable" in flags
    )
    return Item(
        name=name,
        kind=kind,
        flags=flags,
        states=frozenset({"cool"}) if cool else frozenset(),
        receptacles=tuple(sorted(where)),
        locations=tuple(sorted({layout.receptacles[spot].location})),
    )


def _ghost(rng: random.Random, layout: Layout, goal: Goal, kind: str, spot: int) -> list[int]:
    """A second receptacle that lists the item too, as pans over two burners do officially."""
    statistics = load_statistics().rooms[layout.room].items[kind]
    here = layout.receptacles[spot].kind
    roll = rng.random()
    for second, rate in statistics.also_in.get(here, {}).items():
        if roll < rate:
            options = [
                index
                for index, receptacle in enumerate(layout.receptacles)
                if receptacle.kind == second and index != spot
            ]
            eases = kind == goal.item and second == goal.target
            return [] if eases or not options else [rng.choice(options)]
        roll -= rate
    return []


def _can_contain(layout: Layout, items: tuple[Item, ...]) -> frozenset[tuple[str, str]]:
    present = Counter(item.kind for item in items)
    allowed = load_statistics().can_contain
    return frozenset(
        (receptacle, item)
        for receptacle in layout.kinds
        for item in allowed.get(receptacle, frozenset())
        if item in present
    )
