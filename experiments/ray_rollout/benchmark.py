"""What several Ray nodes are worth to a roll-out, and what becomes of it when processes are killed.

Run as ``python -m experiments.ray_rollout.benchmark [--wait S] [--batches N] [--kills K]``. Four
nodes with a core each, all on this machine, play generated ALFWorld games with the random policy,
eight side by side in each process. Every step of a game waits, as one of a slow simulator would, so
that it is the environments that take the time, whatever cores this machine has. First each node
plays alone, then the four together play four times as much. A node's process has played before its
time is taken. Then a roll-out is played while, again and again, one of the processes that play is
killed with SIGKILL, and its episodes are compared with those that this process plays by itself. The
last lines are ``efficiency: X``, the steps a second of the four over the sum of those of each, and
``kills: K, lost: 0, doubled: 0, changed: 0``.
"""

from __future__ import annotations

import random
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar

import psutil

from envs.alfworld.env import ALFWorldEnv
from envs.base import Info
from envs.live import LiveTrajectories
from envs.record import Trajectory
from experiments.command import argument_parser, in_one_sentence
from experiments.ray_rollout.nodes import add_node, cluster
from lfm.config import RayConfig
from lfm.ray_workers import connected
from lfm.rollout import Rollout, Task, roll_out, trajectory_id
from lfm.workers import Workers
from policies.random import RandomPolicy

NODES = 4
BATCH = 8
STEPS = 10
ROLLOUT = Rollout("try", 0, BATCH, "try")


class Slow(ALFWorldEnv):
    """Waits in every step."""

    concurrent: ClassVar[bool] = True
    wait = 0.0

    def step(self, action: str) -> tuple[str, float, bool, bool, Info]:
        """As in ALFWorld, but later."""
        time.sleep(self.wait)
        return super().step(action)


def make_slow(wait: float) -> Slow:
    """An environment whose steps take so many seconds."""
    env = Slow(data="generated", max_steps=STEPS)
    env.wait = wait
    return env


@in_one_sentence
def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    parser = argument_parser(__doc__)
    parser.add_argument("--wait", type=float, default=0.2, help="seconds a step (default: 0.2)")
    parser.add_argument("--batches", type=int, default=8, help="of each node (default: 8)")
    parser.add_argument("--kills", type=int, default=10, help="how many (default: 10)")
    arguments = parser.parse_args(argv)
    with cluster() as machines:
        first = add_node(machines)
        with connected(RayConfig("ray", machines.address, cpus=1, gpus=0)) as workers:
            each = []
            for node in [first, *(None for _ in range(NODES - 1))]:
                node = node or add_node(machines)
                each.append(_speed(workers, arguments.batches, 1, arguments.wait))
                machines.remove_node(node)
            for _ in range(NODES):
                add_node(machines)
            together = _speed(workers, arguments.batches, NODES, arguments.wait)
            _say(f"each alone: {', '.join(f'{speed:.1f}' for speed in each)} steps/s")
            _say(f"{NODES} together: {together:.1f} steps/s")
            after = _kill(machines, workers, arguments.kills, arguments.wait)
    _say(f"efficiency: {together / sum(each):.3f}")  # Ray has said what it has to say of the kills
    _say(after)
    return 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _tasks(batches: int) -> list[Task]:
    ids = make_slow(0).task_ids
    return [Task(ids[number % len(ids)], number // len(ids)) for number in range(batches * BATCH)]


def _play(workers: Workers | None, batches: int, wait: float, file: Path) -> list[Trajectory]:
    with closing(LiveTrajectories(file)) as live:
        make = partial(make_slow, wait)
        return roll_out(make, RandomPolicy(), _tasks(batches), ROLLOUT, live, workers=workers)


def _speed(workers: Workers, batches: int, nodes: int, wait: float) -> float:
    """Steps a second of so many nodes, each with so many batches to play."""
    with TemporaryDirectory() as folder:
        _play(workers, nodes, 0.5, Path(folder, "first.jsonl"))  # long enough to begin on all
        start = time.monotonic()
        played = _play(workers, batches * nodes, wait, Path(folder, "timed.jsonl"))
        return sum(len(each.steps) for each in played) / (time.monotonic() - start)


def _kill(machines: Any, workers: Workers, kills: int, wait: float) -> str:
    """Play while processes are killed; returns what came of it."""
    batches = NODES * kills
    done: list[int] = []
    over = threading.Event()
    killer = threading.Thread(target=_kill_players, args=(machines, kills, over, done))
    with TemporaryDirectory() as folder:
        file = Path(folder, "killed.jsonl")
        killer.start()
        played = _play(workers, batches, wait, file)
        over.set()
        killer.join()
        with closing(LiveTrajectories(file)) as live:
            written = [each.trajectory_id for each in live]
        alone = _play(None, batches, 0, Path(folder, "alone.jsonl"))
    wanted = {trajectory_id(ROLLOUT, task) for task in _tasks(batches)}
    changed = sum(one != other for one, other in zip(played, alone, strict=True))
    return (
        f"kills: {len(done)}, lost: {len(wanted - set(written))}, "
        f"doubled: {len(written) - len(set(written))}, changed: {changed}"
    )


def _kill_players(machines: Any, kills: int, over: threading.Event, done: list[int]) -> None:
    """Kill a process that plays, about every second, so many times."""
    draw = random.Random(0)
    while len(done) < kills and not over.wait(draw.uniform(0.5, 1.5)):
        players = [each for node in machines.worker_nodes for each in _players(node)]
        if players:
            victim = draw.choice(players)
            victim.kill()
            done.append(victim.pid)


def _players(node: Any) -> list[psutil.Process]:
    """The processes of a node that do a task at this moment, as Ray names them."""
    found = []
    for process in psutil.Process(node.all_processes["raylet"][0].process.pid).children():
        try:
            if process.cmdline()[:1] == ["ray::_work"]:
                found.append(process)
        except psutil.Error:  # it has ended
            continue
    return found


if __name__ == "__main__":
    sys.exit(main())
