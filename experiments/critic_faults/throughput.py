"""How fast a job runs beside the ideal, and in how much memory.

    python -m experiments.critic_faults.throughput

A stub server answers each request after one second; 32 requests are in flight.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from rich.console import Console

from experiments.critic_faults.gateway import Gateway, stub
from experiments.critic_faults.web import serving

_ROOT = Path(__file__).parents[2]


class Measured(NamedTuple):
    """What a job was measured to do."""

    answers: int
    seconds: float
    core_seconds: float
    """Of a processor core, for everything the client does."""
    megabytes: float
    ideal: float
    """Seconds that the server alone needs."""


def measure(count: int = 640, concurrency: int = 32, latency: float = 1.0) -> Measured:
    """Run the job in a process of its own against a stub server.

    Args:
        count: requests; a multiple of ``concurrency``.
        concurrency: requests in flight.
        latency: of the server, in seconds.
    """
    gateway = Gateway(stub(latency), idempotent=False)
    with serving(gateway) as url, tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [
                *(sys.executable, "-m", "experiments.critic_faults.job"),
                *(url, f"{folder}/chat.sqlite", str(count), str(concurrency)),
            ],
            cwd=_ROOT,
            check=True,
            capture_output=True,
            text=True,
        )
    answers, seconds, core, megabytes = done.stdout.split()
    ideal = count / concurrency * latency
    return Measured(int(answers), float(seconds), float(core), float(megabytes), ideal)


def main() -> None:
    """Measure and say."""
    found = measure()
    Console(highlight=False, soft_wrap=True).print(
        f"{found.answers} answers in {found.seconds:.2f} s, ideal {found.ideal:.0f} s: "
        f"{found.ideal / found.seconds:.1%} of the ideal throughput; "
        f"{1000 * found.core_seconds / found.answers:.1f} ms of a core for each; "
        f"{found.megabytes:.0f} MB"
    )


if __name__ == "__main__":
    main()
