from __future__ import annotations

import random
import time
from collections import Counter, deque
from dataclasses import replace

import pytest

from envs.alfworld import planner
from envs.alfworld.engine import FastEngine
from envs.alfworld.game import GOAL_KINDS, Game, Goal, State
from envs.alfworld.generate import generate_game
from envs.alfworld.planner import TREATMENTS

MOST_STATES = 8_000
NEVER_NEEDED = ("examine", "look", "inventory", "help", "slice")


def small_game(rng: random.Random) -> Game:
    """A generated game cut down to a few receptacles and items, some with shared spots and echoes.

    Echoes are items that two receptacles list.
    """
    game = generate_game("train", rng.randrange(3553), 0)
    items = _chosen_items(game, rng)
    places = _chosen_places(game, items, rng)
    spots = max(2, len(places) - rng.randrange(3))
    receptacles = tuple(
        replace(game.receptacles[place], location=rng.randrange(spots)) for place in places
    )
    kept = []
    for index in items:
        item = game.items[index]
        inside = {places.index(place) for place in item.receptacles}
        if rng.random() < 0.3:
            inside.add(rng.randrange(len(places)))
        at = {receptacles[place].location for place in inside}
        kept.append(
            replace(item, receptacles=tuple(sorted(inside)), locations=tuple(sorted(at)), nested=())
        )
    return replace(game, receptacles=receptacles, items=tuple(kept), start=spots, walkthrough=())


def _chosen_items(game: Game, rng: random.Random) -> list[int]:
    wanted = [i for i, item in enumerate(game.items) if item.kind == game.goal.item]
    lamps = [i for i, item in enumerate(game.items) if item.kind == game.goal.target]
    rng.shuffle(wanted)
    others = rng.sample(range(len(game.items)), 2)
    return sorted({*wanted[:2], *lamps[:1], *others[: rng.choice((1, 1, 2))]})


def _chosen_places(game: Game, items: list[int], rng: random.Random) -> list[int]:
    kinds = [place.kind for place in game.receptacles]
    tools = TREATMENTS.get(game.goal.kind, ("", (), ""))[1]
    targets = [place for place, kind in enumerate(kinds) if kind == game.goal.target]
    rng.shuffle(targets)
    chosen = {place for item in items for place in game.items[item].receptacles}
    chosen.update(targets[:2])
    chosen.update(place for place, kind in enumerate(kinds) if kind in tools)
    chosen.add(rng.randrange(len(kinds)))
    return sorted(chosen)


def true_distances(game: Game, most: int) -> dict[State, int | None] | None:
    """Every state that play can reach -> length of its shortest way to the goal.

    None stands for states without a way, and for the whole if there are more than ``most`` states.
    The history that only ``look`` shows is left out of the states.
    """
    engine = FastEngine(game)
    turn = engine.reset()
    first = engine.snapshot()
    found = {first: 0}
    states, commands = [first], [() if turn.won else turn.admissible]
    back: list[list[int]] = [[]]
    goals = [0] if turn.won else []
    for index, state in enumerate(states):  # grows while it is walked through
        for command in commands[index]:
            if command.startswith(NEVER_NEEDED):
                continue
            engine.restore(state)
            turn = engine.step(command)
            reached = engine.snapshot()._replace(taken_from=frozenset())
            if reached not in found:
                if len(states) == most:
                    return None
                found[reached] = len(states)
                states.append(reached)
                commands.append(() if turn.won else turn.admissible)
                back.append([])
                goals += [found[reached]] if turn.won else []
            back[found[reached]].append(index)
    return dict(zip(states, _count_back(back, goals), strict=True))


def _count_back(back: list[list[int]], goals: list[int]) -> list[int | None]:
    distances: list[int | None] = [None] * len(back)
    queue = deque(goals)
    for goal in goals:
        distances[goal] = 0
    while queue:
        here = queue.popleft()
        for before in back[here]:
            if distances[before] is None:
                distances[before] = (distances[here] or 0) + 1
                queue.append(before)
    return distances


@pytest.mark.parametrize("kind", GOAL_KINDS)
def test_plans_are_as_short_as_exhaustive_search_from_every_state(kind: str) -> None:
    """Also where hands hold the wrong thing, or something that can never be put down again."""
    rng = random.Random(f"planner/{kind}")
    checked, longer, dead_ends = 0, Counter[int](), 0
    while checked < 4_000:
        game = small_game(rng)
        truth = true_distances(game, MOST_STATES) if game.goal.kind == kind else None
        for state, distance in (truth or {}).items():
            planned = planner.distance(game, state)
            checked += 1
            if distance is None:
                dead_ends += 1
                assert planned == planner.UNREACHABLE, (game, state)
            else:
                longer[planned - distance] += 1
    assert set(longer) == {0}, f"plans longer than the shortest: {longer} of {checked} states"
    assert checked > dead_ends


def random_states(game: Game, rng: random.Random, steps: int) -> list[State]:
    """States on a random walk that rather does something than goes somewhere."""
    engine = FastEngine(game)
    turn = engine.reset()
    states = []
    for _ in range(steps):
        doing = [c for c in turn.admissible if not c.startswith(("go to", "look", "help"))]
        turn = engine.step(rng.choice(doing if doing and rng.random() < 0.6 else turn.admissible))
        states.append(engine.snapshot())
    return states


def test_following_the_plan_brings_the_goal_nearer_by_one_each_time_until_it_holds() -> None:
    rng = random.Random(0)
    for index in range(60):
        game = generate_game("train", index, 0)
        engine = FastEngine(game)
        for state in random_states(game, rng, 40)[::8]:
            distance = planner.distance(game, state)
            turn = engine.restore(state)
            while distance not in (0, planner.UNREACHABLE):
                command = planner.plan(game, engine.snapshot())[0]
                assert command in turn.admissible, (game.task_id, command)
                turn = engine.step(command)
                assert planner.distance(game, engine.snapshot()) == distance - 1
                distance -= 1
            assert turn.won == (distance == 0)


def test_no_command_brings_the_goal_nearer_by_more_than_one() -> None:
    rng = random.Random(1)
    for index in range(12):
        game = generate_game("train", index, 0)
        engine = FastEngine(game)
        for state in random_states(game, rng, 30)[::6]:
            distance = planner.distance(game, state)
            for command in engine.restore(state).admissible:
                engine.restore(state)
                engine.step(command)
                assert planner.distance(game, engine.snapshot()) >= distance - 1


def game_of(kind: str) -> Game:
    return next(g for i in range(200) if (g := generate_game("train", i, 0)).goal.kind == kind)


def test_lamp_may_come_first() -> None:
    game = game_of("look")
    engine = FastEngine(game)
    engine.reset()
    before = planner.distance(game, engine.snapshot())
    lamp = next(i for i in game.items if i.kind == game.goal.target)
    place = game.receptacles[lamp.receptacles[0]].name
    engine.step(f"go to {place}")
    engine.step(f"use {lamp.name}")
    lit = engine.snapshot()
    assert planner.distance(game, lit) < before + 1
    assert not any(c.startswith("use") for c in planner.plan(game, lit))


def test_an_item_that_is_ready_is_not_treated_again() -> None:
    game = game_of("heat")
    engine = FastEngine(game)
    engine.reset()
    for command in game.walkthrough:
        engine.step(command)
        if command.startswith("heat"):
            break
    assert not any(c.startswith("heat") for c in planner.plan(game, engine.snapshot()))
    tool = next(r.name for r in game.receptacles if r.kind == "fridge")
    held = engine.snapshot().held
    assert held is not None
    engine.step(f"go to {tool}")
    engine.step(f"cool {game.items[held].name} with {tool}")
    plan = planner.plan(game, engine.snapshot())
    assert any(c.startswith("heat") for c in plan), "cooling a hot item loses the heat"


def test_a_goal_that_holds_needs_no_plan_and_an_impossible_one_has_none() -> None:
    game = generate_game("train", 0, 0)
    engine = FastEngine(game)
    engine.reset()
    for command in game.walkthrough:
        engine.step(command)
    assert planner.plan(game, engine.snapshot()) == []
    assert planner.distance(game, engine.snapshot()) == 0
    hopeless = replace(game, goal=Goal("simple", "unicorn", "shelf"))
    assert planner.plan(hopeless, planner.start_state(hopeless)) == []
    assert planner.distance(hopeless, planner.start_state(hopeless)) == planner.UNREACHABLE


def test_a_plan_takes_well_under_a_millisecond() -> None:
    rng = random.Random(2)
    games = [generate_game("train", index, 0) for index in range(40)]
    pairs = [(game, state) for game in games for state in random_states(game, rng, 30)]
    for game in games:
        planner.distance(game, planner.start_state(game))
    start = time.process_time()
    for game, state in pairs:
        planner.plan(game, state)
    assert (time.process_time() - start) / len(pairs) < 0.001
