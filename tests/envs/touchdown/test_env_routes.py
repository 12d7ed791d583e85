"""The expert, and what is told on the way: on made-up and on real routes."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from envs.touchdown.env import TouchdownEnv
from envs.touchdown.hops import UNREACHABLE
from envs.touchdown.moves import State
from tests.envs.touchdown.walking import make, replay


@pytest.mark.parametrize("actions", ["turns", "neighbor"])
@pytest.mark.parametrize("stop", ["explicit", "auto"])
@pytest.mark.parametrize("split", ["dev", "dev_unseen"])
def test_the_expert_follows_every_route_of_a_made_up_city(
    actions: str, stop: str, split: str
) -> None:
    env = TouchdownEnv(split=split, actions=actions, stop=stop, games=40)
    for task_id in env.task_ids:
        _, info = replay(env, task_id)
        assert info["success"]
        assert info["metrics"]["sed"] == 1.0


@pytest.mark.parametrize("actions", ["turns", "neighbor"])
@pytest.mark.parametrize(
    "name",
    [
        "touchdown_recovered",
        "touchdown_unseen_dev_part",
        "map2seq_unseen_dev",
        "map2seq_seen_area",
    ],
)
def test_the_expert_follows_every_supplied_route(
    manhattan_data: Path, actions: str, name: str
) -> None:
    file = manhattan_data / "routes" / f"{name}.json"
    env = TouchdownEnv(
        data=str(manhattan_data), routes=str(file), actions=actions, landmarks="none", max_steps=80
    )
    graph, exact = env.graph, 0
    for task_id in env.task_ids:
        _, info = replay(env, task_id)
        exact += info["success"] and tuple(env.visited) == env.route(task_id).panos
    assert exact == len(env.task_ids)
    assert len(graph) == 29_641


def test_the_expert_goes_on_to_the_goal_from_anywhere(data: Path) -> None:
    rng = random.Random(0)
    for actions in ("turns", "neighbor"):
        env = make(data, actions=actions, max_steps=200)
        for task_id in env.task_ids:
            _, info = env.reset(options={"task_id": task_id})
            for _ in range(rng.randint(1, 30)):
                walking = [each for each in info["admissible_actions"] if each != "stop"]
                info = env.step(rng.choice(walking))[4]
            for _ in range(60):
                _, _, terminated, _, info = env.step(env.expert_action())
                if terminated:
                    break
            assert info["success"]
            assert info["metrics"]["spd"] == 0.0


def test_the_distance_is_the_least_number_of_actions(data: Path) -> None:
    """Against a plain search over states."""
    for actions in ("turns", "neighbor"):
        for stop, extra in (("explicit", 1), ("auto", 0)):
            env = make(data, actions=actions, stop=stop, landmarks="none")
            env.reset(options={"task_id": "dev/east"})
            goal, start, moves = env.route("dev/east").panos[-1], env.state, env.moves
            ring, seen, steps = {start}, {start}, 0
            while not any(state.pano == goal for state in ring):
                ring = {after for state in ring for after in moves.options(state).values()} - seen
                seen |= ring
                steps += 1
            assert env.distance_to_goal() == steps + extra


def test_the_distance_falls_with_the_expert_where_the_route_is_shortest(data: Path) -> None:
    env = make(data)
    env.reset(options={"task_id": "dev/east"})
    distance = env.distance_to_goal()
    while distance > 1:
        env.step(env.expert_action())
        assert env.distance_to_goal() == distance - 1
        distance -= 1
    before = env.snapshot()
    env.step("stop")
    assert env.distance_to_goal() == 0
    env.restore(before)
    env.step("turn_around")
    env.step("forward")
    env.step("forward")
    env.step("stop")
    assert env.distance_to_goal() == UNREACHABLE


def texts_of(env: TouchdownEnv, rng: random.Random, steps: int) -> Iterator[tuple[str, Any]]:
    """What is seen and can be done, by the expert at first and by chance then."""
    observation, info = env.reset(options={"task_id": rng.choice(env.task_ids)})
    yield observation, info
    for step in range(steps):
        walking = [each for each in info["admissible_actions"] if each != "stop"]
        action = env.expert_action() if step < steps // 2 else rng.choice(walking)
        observation, _, terminated, truncated, info = env.step(action)
        yield observation, info
        if terminated or truncated:
            return


_WITHOUT_DATA = re.compile(
    r"(That is not possible here\.\n|You stop\.$|There is a \d+-way intersection\.(\n|$)"
    r"|(Streets lead|A street leads|Traffic flows) [a-z ,]+\.(\n|$)"
    r"|The street (goes on [a-z ]+|ends here)\.(\n|$))+"
)
"""All that is said without landmarks; numbers are those of streets alone."""


@pytest.mark.parametrize("actions", ["turns", "neighbor"])
@pytest.mark.parametrize("name", ["touchdown_recovered", "map2seq_seen_area"])
def test_nothing_tells_where_the_agent_is(manhattan_data: Path, actions: str, name: str) -> None:
    """No panorama, coordinate, heading or distance in what is seen, over real routes."""
    file = manhattan_data / "routes" / f"{name}.json"
    settings: dict[str, Any] = {"data": str(manhattan_data), "routes": str(file)}
    settings |= {"actions": actions, "traffic": True}
    rng = random.Random(1)
    bare = TouchdownEnv(**settings, landmarks="none")
    for _ in range(60):
        for observation, info in texts_of(bare, rng, 60):
            assert _WITHOUT_DATA.fullmatch(observation), observation
            assert not any(each.isdigit() for each in "".join(info["admissible_actions"]))
    env = TouchdownEnv(**settings)
    ids, known = set(env.graph.ids), set()
    for _ in range(60):
        for observation, info in texts_of(env, rng, 60):
            said = [observation, *info["admissible_actions"], *info, info["task_id"]]
            said += [str(value) for key, value in info.items() if key != "metrics"]
            for word in re.split(r"[\s,:;()'\"]+", "\n".join(said)):
                known.add(word)
    assert not known & ids
    assert not any(re.search(r"-?\d+\.\d{3,}", word) for word in known), "no coordinate"


def test_landmarks_of_a_place_do_not_depend_on_the_route(manhattan_data: Path) -> None:
    """So that no text leads along the gold path."""
    routes = manhattan_data / "routes"
    texts: dict[State, str] = {}
    both = 0
    for name in ("map2seq_seen_area", "touchdown_recovered"):
        file = str(routes / f"{name}.json")
        env = TouchdownEnv(data=str(manhattan_data), routes=file, games=150)
        for task_id in env.task_ids:
            observation, _ = env.reset(options={"task_id": task_id})
            done = False
            while not done:
                both += env.state in texts
                assert texts.setdefault(env.state, observation) == observation
                observation, _, terminated, truncated, _ = env.step(env.expert_action())
                done = terminated or truncated
    assert both > 1000
