"""Kill -9 a job again and again, and count what was paid for and lost.

    python -m experiments.critic_faults.kill

The server counts every answer. An answer is lost if it is not in the cache after the kill; those
in flight at that moment cannot be saved, all others must be.
"""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from rich.console import Console

from experiments.critic_faults.gateway import Gateway, stub
from experiments.critic_faults.web import serving
from lfm.chat.database import Database

_ROOT = Path(__file__).parents[2]


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
    kills: int = 20, count: int = 600, concurrency: int = 8, latency: float = 0.1, seed: int = 0
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
    with serving(gateway) as url, tempfile.TemporaryDirectory() as folder:
        cache = Path(folder) / "chat.sqlite"
        command = [
            *(sys.executable, "-m", "experiments.critic_faults.job"),
            *(url, str(cache), str(count), str(concurrency)),
        ]
        known = 0
        for _ in range(kills):
            _kill_after(command, gateway, moments.randint(1, count // (kills + 5)))
            _settle(gateway)
            paid, kept = gateway.paid.total(), _kept(cache)
            lost.append(paid - kept - known)
            known += lost[-1]
        subprocess.run(command, cwd=_ROOT, check=True, capture_output=True)
        paid = gateway.paid.total()
        subprocess.run(command, cwd=_ROOT, check=True, capture_output=True)
        return Killed(kills, count, paid, lost, gateway.paid.total() - paid)


def _kill_after(command: list[str], gateway: Gateway, answers: int) -> None:
    """Start the job and kill it when the server has given so many more answers."""
    wanted = gateway.paid.total() + answers
    with subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.DEVNULL) as job:
        while gateway.paid.total() < wanted and job.poll() is None:
            time.sleep(0.001)
        job.kill()


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
    Console(highlight=False).print(
        f"kills {found.kills} requests {found.requests} paid {found.paid} "
        f"lost in flight {sum(found.lost)} (at most {max(found.lost)} at once, of {concurrency}) "
        f"lost beyond those in flight {beyond}; run again: {found.calls_when_run_again} calls"
    )
    return int(beyond > 0 or found.calls_when_run_again > 0)


if __name__ == "__main__":
    sys.exit(main())
