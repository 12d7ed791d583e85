"""Kill -9 a job again and again, and count what was paid for and lost.

    python -m experiments.critic_faults.kill

The server counts every answer. An answer is lost if it is not in the cache after the kill; those
in flight at that moment cannot be saved, all others must be.
"""

from __future__ import annotations

import multiprocessing
import random
import sys
import tempfile
import time
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import NamedTuple

from rich.console import Console

from experiments.critic_faults import job
from experiments.critic_faults.gateway import Gateway, stub
from experiments.critic_faults.web import serving
from lfm.chat.database import Database


class Killed(NamedTuple):
    """What a job that was killed again and again came to."""

    kills: int
    requests: int
    paid: int
    """Answers that the server counted, in all."""
    lost: list[int]
    """Answers that each kill cost: counted by the server, and not in the cache."""
    calls_when_run_again: int
    """Calls of one more run, after all was answered."""


def kill_again_and_again(
    kills: int = 20, count: int = 300, concurrency: int = 8, latency: float = 0.1, seed: int = 0
) -> Killed:
    """Kill the job so often, then let it finish, then run it once more.

    Args:
        kills: how often; after each, the job is started again.
        count: requests of the job.
        concurrency: requests in flight.
        latency: of the server, in seconds.
        seed: of the moments of the kills.
    """
    moments = random.Random(seed)
    gateway = Gateway(stub(latency), idempotent=False)
    lost: list[int] = []
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload([job.__name__])  # or most of the time goes into imports
    with serving(gateway) as url, tempfile.TemporaryDirectory() as folder:
        cache = Path(folder) / "chat.sqlite"
        task = (url, str(cache), count, concurrency)
        for _ in range(kills):
            answers = moments.randint(1, count // (kills + 5))
            _run(processes, task, gateway, gateway.paid.total() + answers)
            _settle(gateway)
            lost.append(gateway.paid.total() - _kept(cache) - sum(lost))
        _run(processes, task, gateway)
        paid = gateway.paid.total()
        _run(processes, task, gateway)
        return Killed(kills, count, paid, lost, gateway.paid.total() - paid)


def _run(
    processes: ForkServerContext,
    task: tuple[str, str, int, int],
    gateway: Gateway,
    most: float = float("inf"),
) -> None:
    """Run the job to its end, or kill it when the server has given ``most`` answers in all."""
    process = processes.Process(target=job.do, args=task)
    process.start()
    while process.is_alive() and gateway.paid.total() < most:
        time.sleep(0.001)
    process.kill()
    process.join()


def _settle(gateway: Gateway) -> None:
    """Wait until the server has ended the calls that the killed job had in flight."""
    before = -1
    while before != gateway.paid.total():
        before = gateway.paid.total()
        time.sleep(0.5)


def _kept(cache: Path) -> int:
    database = Database(cache)
    ((count,),) = database.rows("SELECT COUNT(*) FROM calls WHERE outcome = 'answered'")
    database.close()
    return int(count)


def main() -> int:
    """Kill, count and say; returns 1 if more was lost than was in flight."""
    concurrency = 8
    found = kill_again_and_again(concurrency=concurrency)
    beyond = sum(max(0, lost - concurrency) for lost in found.lost)
    Console(highlight=False, soft_wrap=True).print(
        f"kills {found.kills} requests {found.requests} paid {found.paid} "
        f"lost in flight {sum(found.lost)} (at most {max(found.lost)} at once, of {concurrency}) "
        f"lost beyond those in flight {beyond}; run again: {found.calls_when_run_again} calls"
    )
    return int(beyond > 0 or found.calls_when_run_again > 0)


if __name__ == "__main__":
    sys.exit(main())
