"""Small cities as files, and walks through them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from envs.record import Step, Trajectory
from envs.touchdown.env import TouchdownEnv
from tests.envs.touchdown.streets import grid

ROUTE = [f"r{row}c4" for row in range(1, 9)] + ["r8c5", "r8c6", "r8c7"]
"""North through one crossing, right at the second, and three panoramas on."""

INSTRUCTION = "Turn right at the second intersection, and stop after <b>three</b> houses."


def write_city(folder: Path, routes: Sequence[Sequence[str]] = (ROUTE,)) -> Path:
    """A grid of 4 x 4 streets in the format of the real data; returns the folder."""
    graph = grid(4, 4)
    (folder / "graph").mkdir(parents=True)
    rows = zip(graph.ids, graph.yaws, graph.positions.tolist(), strict=True)
    nodes = "".join(f"{id_},{yaw},{lat},{lng}\n" for id_, yaw, (lat, lng) in rows)
    links = "".join(
        f"{source},{heading},{graph.ids[target]}\n"
        for source, edges in zip(graph.ids, graph.edges, strict=True)
        for heading, target in edges
    )
    (folder / "graph" / "nodes.txt").write_text(nodes)
    (folder / "graph" / "links.txt").write_text(links)
    (folder / "data").mkdir()
    for split in ("train", "dev"):
        with (folder / "data" / f"{split}.json").open("w") as file:
            for number, panos in enumerate(routes):
                row = {
                    "route_id": f"{split}{number}",
                    "navigation_text": INSTRUCTION,
                    "route_panoids": panos,
                    "start_heading": 0,
                    "source": "city",
                }
                file.write(json.dumps(row) + "\n")
    return folder


def city_env(folder: Path, actions: str = "turns", stop: str = "explicit") -> TouchdownEnv:
    """An environment in such a city, without landmarks."""
    return TouchdownEnv("train", 60, actions, stop, "none", data=str(folder))


def walk(env: TouchdownEnv, actions: Iterable[str], task: int = 0) -> Trajectory:
    """The episode that comes of these actions."""
    first, info = env.reset(options={"task_id": env.task_ids[task]})
    steps = []
    for action in actions:
        admissible = info["admissible_actions"]
        observation, _, terminated, truncated, info = env.step(action)
        steps.append(Step(action, observation, admissible, info["score"]))
        if terminated or truncated:
            break
    return Trajectory(
        f"walk of {task}", env.name, env.version, "train", env.task_ids[task], info["task_type"],
        info["instruction"], first, tuple(steps), info["success"], "test", 0, False,
    )  # fmt: skip


def expert_walk(env: TouchdownEnv, task: int = 0) -> Trajectory:
    """The expert's episode."""
    env.reset(options={"task_id": env.task_ids[task]})
    actions: list[str] = []
    over = False
    while not over:
        actions.append(env.expert_action())
        *_, terminated, truncated, _ = env.step(actions[-1])
        over = terminated or truncated
    return walk(env, actions, task)
