"""How fast Touchdown's environment is, and what its metrics cost.

    python -m experiments.touchdown.benchmark [--data DIR] [--routes FILE] [--out FILE]

Without --data it walks through the made-up city; DIR is a folder with a street graph, FILE has its
routes. Times are processor seconds of one process. The walks, the same for all, are drawn at random
among what is admissible but for the stop, on the routes in turn, until the steps run out; resets
count. "From nothing" begins with nothing remembered of the streets and is the figure that counts;
"again" plays the same walks once more, as happens when routes are learned from for longer. Metrics
are not read in these; what they cost is measured apart, on these walks and on the expert's.

The last line is ``steps_per_second: X``, from nothing, by turns, without landmarks.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from envs.base import Info
from envs.files import write_json
from envs.touchdown.city.city import City
from envs.touchdown.env import ACTIONS, TouchdownEnv
from envs.touchdown.graph import StreetGraph
from envs.touchdown.metrics import route_metrics
from envs.touchdown.moves import STOP
from envs.touchdown.official import graph_folder
from envs.touchdown.world import NONE, OSM, TURNS
from experiments.command import argument_parser, in_one_sentence

SPLIT = "train"
MADE_UP, REAL = "made-up city", "Manhattan"
WALKS = 2000
ROUNDS = 3
"""The best of so many counts, so that other work on the machine disturbs little."""
METRIC_WALKS = 400
ASKED = 200

Walk = tuple[str, list[str]]
"""Task and actions."""

Walked = tuple[StreetGraph, Sequence[int], Sequence[int], bool]
"""Streets, route, panoramas that were visited, whether the agent stopped."""

Choose = Callable[[TouchdownEnv, Info], str]


@in_one_sentence
def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; returns the exit code."""
    parser = argument_parser(__doc__)
    parser.add_argument("--data", metavar="DIR", help="folder with a street graph")
    parser.add_argument("--routes", metavar="FILE", help="its routes; needs --data")
    parser.add_argument("--walks", type=int, default=WALKS, help="how many (default: %(default)s)")
    parser.add_argument("--out", metavar="FILE", type=Path, help="for the figures, as JSON")
    options = parser.parse_args(arguments)
    loading = _loading(options.data)
    speed: dict[str, dict[str, float]] = {}
    make = partial(TouchdownEnv, split=SPLIT, data=options.data, routes=options.routes)
    for landmarks in (NONE, OSM):
        for actions in ACTIONS:
            env = make(actions=actions, landmarks=landmarks)
            speed[f"{actions}, {landmarks}"] = _speed(env, options.walks)
    costs = _costs(make(landmarks=NONE), min(options.walks, METRIC_WALKS))
    if options.out is not None:
        figures = {
            "streets": MADE_UP if options.data is None else REAL,
            "walks": options.walks,
            "steps_per_second": speed,
            "ms": loading | costs,
        }
        write_json(options.out, figures)
    _say(f"steps_per_second: {speed[f'{TURNS}, {NONE}']['from_nothing']:.0f}")
    return 0


def _loading(data: str | None) -> dict[str, float]:
    """Milliseconds to read the street graph, or to make the city's streets and places."""
    folder = None if data is None else graph_folder(Path(data), None)
    work = partial(City, 0) if folder is None else partial(StreetGraph.load, folder)
    seconds = min(_seconds(work) for _ in range(ROUNDS))
    _say(f"streets read or made: {1e3 * seconds:.0f} ms")
    return {"streets read or made": 1e3 * seconds}


def _speed(env: TouchdownEnv, count: int) -> dict[str, float]:
    """Steps per second."""
    walks = _walks(env, count, _at_random(0))
    steps = sum(len(actions) for _, actions in walks)
    play = partial(_play, env, walks)
    first, again = [], []
    for _ in range(ROUNDS):
        env.forget()
        first.append(_seconds(play))
        again.append(_seconds(play))
    figures = {"from_nothing": steps / min(first), "again": steps / min(again)}
    _say(
        f"{env.version}: {figures['from_nothing']:,.0f} steps/s from nothing, "
        f"{figures['again']:,.0f} again"
    )
    return figures


def _walks(env: TouchdownEnv, count: int, choose: Choose) -> list[Walk]:
    """Walks on the routes in turn, made before anything is timed."""
    walks = []
    for number in range(count):
        task_id = env.task_ids[number % len(env.task_ids)]
        _, info = env.reset(options={"task_id": task_id})
        actions: list[str] = []
        over = False
        while not over:
            actions.append(choose(env, info))
            _, _, terminated, truncated, info = env.step(actions[-1])
            over = terminated or truncated
        walks.append((task_id, actions))
    return walks


def _at_random(seed: int) -> Choose:
    rng = random.Random(seed)

    def choose(env: TouchdownEnv, info: Info) -> str:
        actions: tuple[str, ...] = info["admissible_actions"]
        return rng.choice([each for each in actions if each != STOP])

    return choose


def _play(env: TouchdownEnv, walks: Sequence[Walk]) -> None:
    for task_id, actions in walks:
        env.reset(options={"task_id": task_id})
        for action in actions:
            env.step(action)


def _costs(env: TouchdownEnv, count: int) -> dict[str, float]:
    """Milliseconds of metrics, of an expert's action and of a distance to the goal."""
    env.graph.hops.between([0], [0])  # made once for a graph
    figures = {}
    for name, choose in (("random walks", _at_random(1)), ("expert's walks", _ask_expert)):
        walked = [_walked(env, walk) for walk in _walks(env, count, choose)]
        figures[f"metrics of {name}"] = _seconds(partial(_measure, walked)) / count
    env.reset(seed=0)
    for name, ask in (
        ("expert's action", env.expert_action),
        ("distance to the goal, in actions", env.distance_to_goal),
    ):
        figures[name] = _seconds(partial(_repeat, ask)) / ASKED
    for name, seconds in figures.items():
        _say(f"{name}: {1e3 * seconds:.3f} ms")
    return {name: 1e3 * seconds for name, seconds in figures.items()}


def _ask_expert(env: TouchdownEnv, info: Info) -> str:
    return env.expert_action()


def _walked(env: TouchdownEnv, walk: Walk) -> Walked:
    """What the metrics of a walk are worked out from."""
    _play(env, [walk])
    task_id, actions = walk
    return env.graph, env.route(task_id).panos, tuple(env.visited), actions[-1] == STOP


def _measure(walked: Sequence[Walked]) -> None:
    for each in walked:
        route_metrics(*each)


def _repeat(ask: Callable[[], object]) -> None:
    for _ in range(ASKED):
        ask()


def _seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
