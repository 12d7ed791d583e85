"""A grid with a cafe and a few routes as files, and ways to play them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from envs.touchdown.env import TouchdownEnv
from tests.envs.touchdown.streets import grid, write_graph

NORTH = ["r0c0", "r1c0", "r2c0", "r3c0", "r4c0"]
EAST = ["r4c1", "r4c2", "r4c3"]
ROUTES = [
    {"route_id": "north", "route_panoids": NORTH, "start_heading": 0, "source": "city"},
    {"route_id": "east", "route_panoids": NORTH + EAST, "start_heading": 90, "source": "city"},
    {"route_id": "td", "route_panoids": NORTH[::-1], "start_heading": 0.0},
    {"instructions_id": "m2s", "route_panoids": NORTH + EAST, "start_heading": 0},
]


def write_grid(folder: Path) -> Path:
    """Streets of a grid, with a cafe at a crossing, and a few routes."""
    write_graph(grid(), folder / "graph")
    (folder / "graph" / "pois.txt").write_text(
        '1,40,-74,{"amenity": "cafe", "name": "Caf\u00e9 Uno"}\n'
    )
    (folder / "graph" / "pano_pois.txt").write_text("r4c0,90,9.5,1\nr3c0,45,15,1\n")
    rows = [{**row, "navigation_text": f"Walk the way {at}."} for at, row in enumerate(ROUTES)]
    (folder / "data").mkdir()
    (folder / "data" / "dev.json").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return folder


def make(data: Path, **settings: Any) -> TouchdownEnv:
    return TouchdownEnv(split="dev", data=str(data), **settings)


def play(env: TouchdownEnv, task_id: str, *actions: str) -> list[tuple[Any, ...]]:
    seen: list[tuple[Any, ...]] = [env.reset(options={"task_id": task_id})]
    seen += [env.step(action) for action in actions]
    return seen


def replay(env: TouchdownEnv, task_id: str) -> tuple[int, dict[str, Any]]:
    """Play the expert; the number of steps, and the last info."""
    _, info = env.reset(options={"task_id": task_id})
    for steps in range(1, env.max_steps + 1):
        action = env.expert_action()
        assert action in info["admissible_actions"]
        _, _, terminated, truncated, info = env.step(action)
        if terminated or truncated:
            return steps, info
    raise AssertionError("no end")
