"""Measure the choice among ScienceWorld's actions: what it can miss, what it loses, what it costs.

    python -m experiments.scienceworld_choice.run --out DIR

Gold paths of the first dev variation of each task are played; a policy that has learned from gold
paths of training variations chooses in their states. The paths are those of the cache; what it
lacks is made (a second each).
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import closing
from itertools import takewhile
from pathlib import Path
from typing import Any

from envs.actions import FactoredActions
from envs.files import write_json
from envs.record import Trajectory
from envs.scienceworld import gold
from envs.scienceworld.env import ScienceWorldEnv
from envs.scienceworld.machines import kept
from envs.scienceworld.tasks import TASKS, task_ids
from experiments.command import argument_parser, in_one_sentence
from experiments.scienceworld_choice.choosing import Game, agreement, compare, seconds
from experiments.scienceworld_choice.watching import State, Watcher, recall
from lfm.machine import prepare
from lfm.manifest import software
from lfm.progress import track
from lfm.rollout import Rollout, Task, play
from policies.expert import ExpertPolicy
from policies.imitation import Schedule
from policies.small import SmallPolicy
from policies.step_transformer import StepConfig

FILE = "results.json"
LEFT_OUT = ("mendelian-genetics-known-plant", "mendelian-genetics-unknown-plant")
"""Making one of their gold paths takes minutes."""
PLAYED = tuple(kind.name for kind in TASKS if kind.name not in LEFT_OUT)
PER_TASK = 2
"""Demonstrations of each task."""
SEED = 0
SCHEDULE = Schedule(updates=150, batch_size=16, learning_rate=2e-3, weight_decay=0.01, seed=SEED)
STATES = 8
"""The choice is timed in so many first states of each path, until the parser asks something."""
TOGETHER = 8
"""Episodes that advance together."""
WAYS = ("staged", "flat", "valid")
"""In stages; every factored action in one set; every valid action in one set."""
NO_LIMIT = 1000
"""Actions; the longest script has hundreds."""


def demonstrations(split: str, wanted: Sequence[str]) -> list[Trajectory]:
    """Gold paths of variations, played."""
    env = ScienceWorldEnv(split, NO_LIMIT)
    rollout, played = Rollout("gold", SEED, 1, "gold"), []
    with closing(env), track(f"Play {split} paths", len(wanted)) as advance:
        env.prepare_expert(wanted, 1, lambda _: None)
        for task_id in wanted:
            played += play([env], [Task(task_id)], rollout, ExpertPolicy(env.privileged_expert))
            advance(1)
    return [each for each in played if each.success]


def learned(examples: Sequence[Trajectory], schedule: Schedule) -> SmallPolicy:
    """A policy that imitates the examples."""
    wanted = [(each, [step.action for step in each.steps]) for each in examples]
    policy = SmallPolicy.new("bc", StepConfig(privileged=True), wanted, SEED)
    with track("Train", None):
        policy.fit(wanted, schedule)
    return policy


def watch(
    trajectories: Sequence[Trajectory],
) -> tuple[list[list[State]], list[Any], dict[str, float]]:
    """Play the paths and their scripts again; see :class:`Watcher`.

    Returns:
        The states of each path, what was found along each script, and the seconds of the lists.
    """
    env = ScienceWorldEnv("dev", NO_LIMIT)
    watcher, states, scripts = Watcher(env), [], []
    with closing(env), track("List what is valid", len(trajectories)) as advance:
        for each in trajectories:
            states.append(watcher.path(each.task_id, [step.action for step in each.steps]))
            path = gold.cached(each.task_id, ())
            assert path is not None, "it has just been played"
            scripts.append(watcher.script(each.task_id, path.raw))
            advance(1)
    return states, scripts, watcher.seconds


def games(trajectory: Trajectory, states: Sequence[State]) -> dict[str, Game]:
    """A path's first states, to be chosen in by each of three ways."""
    first = [step.admissible for step in trajectory.steps[:STATES]]
    spaces = list(takewhile(lambda each: isinstance(each, FactoredActions), first))
    return {
        "staged": Game(trajectory, spaces),
        "flat": Game(trajectory, [tuple(space) for space in spaces]),
        "valid": Game(trajectory, [state.valid for state in states[: len(spaces)]]),
    }


def pace(
    policy: SmallPolicy, trajectories: Sequence[Trajectory], states: Sequence[Sequence[State]]
) -> dict[str, Any]:
    """What choosing costs in each way, in ms a state, alone and with several episodes at once."""
    lists = [games(*each) for each in zip(trajectories, states, strict=True)]
    count = sum(len(each["staged"].lists) for each in lists)
    found: dict[str, Any] = {"states": count, "together": TOGETHER}
    with track("Time the choice", None):
        for name in WAYS:
            mine = [each[name] for each in lists]
            batches = [mine[at : at + TOGETHER] for at in range(0, len(mine), TOGETHER)]
            found[name] = {
                "options": sum(len(choices) for game in mine for choices in game.lists) / count,
                "alone_ms": 1000 * sum(seconds(policy, [game]) for game in mine) / count,
                "together_ms": 1000 * sum(seconds(policy, batch) for batch in batches) / count,
            }
    return found


def measure(tasks: Sequence[str], schedule: Schedule) -> dict[str, Any]:
    """All figures.

    Args:
        tasks: names of those that are played.
        schedule: how the policy learns.
    """
    with kept():
        examples = demonstrations("train", task_ids("train", PER_TASK, tasks))
        paths = demonstrations("dev", task_ids("dev", 1, tasks))
        states, scripts, spent = watch(paths)
    policy = learned(examples, schedule)
    rows = []
    with track("Compare choices", len(paths)) as advance:
        for path, seen, script in zip(paths, states, scripts, strict=True):
            found = {**recall(seen), **script, **agreement(compare(policy, path))}
            rows.append({"task_id": path.task_id, **found})
            advance(1)
    count = sum(map(len, states))
    return {
        "software": software(),
        "demonstrations": len(examples),
        "updates": schedule.updates,
        "parameters": policy.model.num_parameters(),
        "seed": SEED,
        "left_out": LEFT_OUT,
        "tasks": rows,
        "lists_ms": {name: 1000 * value / count for name, value in spent.items()},
        "pace": pace(policy, paths, states),
    }


@in_one_sentence
def main(arguments: Sequence[str] | None = None) -> int:
    """Measure everything.

    Returns:
        The exit code.
    """
    parser = argument_parser(__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder for the figures")
    options = parser.parse_args(arguments)
    prepare(1)
    write_json(options.out / FILE, measure(PLAYED, SCHEDULE))
    return 0


if __name__ == "__main__":
    sys.exit(main())
