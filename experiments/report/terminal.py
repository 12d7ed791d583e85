"""How long the terminal takes to show the first line of a run of 100,000 steps.

    python -m experiments.report.terminal [--episodes 3334] [--steps 30] [--out FILE]

Makes a run of walks through generated rooms, as `experiments.report.benchmark` does, and starts
`python -m lfm.inspect` anew for each figure: from the start of the process to its first line, and
the processor time until its end, which is what counts where others work on the same processors.
Everything is done five times; medians and the slowest are given, in seconds.
"""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from envs.files import write_json
from experiments.command import argument_parser, in_one_sentence
from experiments.report.episodes import SET, write_run

REPEATS = 5
VIEWS = {
    "its tables and first episodes": (),
    "a list of its episodes": ("list=true", "limit=20"),
    "those where critic and model differ, as JSON": (
        *("list=true", "disagree=true", "json=true", "limit=20"),
    ),
    "the last episode as a story": (f"set={SET}", "episode=LAST"),
}
"""What is looked at -> the settings for it."""


class Took(NamedTuple):
    """Seconds."""

    first_line: float
    processor: float


@in_one_sentence
def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; returns the exit code."""
    parser = argument_parser(__doc__)
    parser.add_argument("--episodes", type=int, default=3334)
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--out", metavar="FILE", type=Path, help="for the figures, as JSON")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        run = write_run(Path(folder) / "run", options.episodes, options.steps)
        last = str(options.episodes)
        took = {
            view: [
                _look(run, [each.replace("LAST", last) for each in settings])
                for _ in range(REPEATS)
            ]
            for view, settings in VIEWS.items()
        }
    figures = {
        "steps": options.episodes * options.steps,
        "seconds": {view: _summary(times) for view, times in took.items()},
        "processors": os.cpu_count(),
        "load": os.getloadavg()[0],
    }
    if options.out is not None:
        write_json(options.out, figures)
    for view, times in took.items():
        sys.stdout.write(f"{view}: {_summary(times)}\n")
    return 0


def _look(run: Path, settings: Sequence[str]) -> Took:
    """Start the command and wait for its first line, then for its end."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    command = [sys.executable, "-m", "lfm.inspect", f"run={run}", *settings]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        first = time.perf_counter() - start
        process.stdout.read()
    if process.returncode or not line:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Took(first, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def _summary(times: Sequence[Took]) -> dict[str, list[float]]:
    """Median and slowest of each figure."""
    return {
        name: [round(statistics.median(of), 2), round(max(of), 2)]
        for name, of in zip(Took._fields, zip(*times, strict=True), strict=True)
    }


if __name__ == "__main__":
    raise SystemExit(main())
