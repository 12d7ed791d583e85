"""Run all arms of the experiment, each with every seed.

    python -m experiments.language_recipes.run --out DIR [--seeds 0 1 2] [--arms ilf filter]

A run with seed N is ``DIR/<arm>/seedN``. Finished runs are left alone, begun ones are gone on with,
so the command may be stopped and given again. All arms of a seed begin with the same base policy,
which the first of them teaches; ``--arms`` leaves others out, but not that one.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from itertools import product
from pathlib import Path

from envs.files import read_json, write_json
from experiments.command import argument_parser, in_one_sentence
from experiments.language_recipes.arms import ARMS, SHARED, runs
from experiments.runs import is_finished, measurements_file, run_folder
from experiments.sharing import take_over
from lfm.builders import make_workers
from lfm.cli import compose
from lfm.machine import prepare
from lfm.recipes.lfm import Learning
from lfm.run import Run

FIRST = ARMS[0].name


def run_arm(out: Path, name: str, settings: Sequence[str], seed: int) -> None:
    """Run an arm with a seed, unless that is done, and note the processor time beside it."""
    folder, base = run_folder(out / name, seed), run_folder(out / FIRST, seed)
    if is_finished(folder):
        return
    given = (*settings, f"seed={seed}")
    if name != FIRST:
        take_over(base, folder, given, SHARED)
    sys.stderr.write(f"{name}, seed {seed}\n")
    config = compose("config", given)
    prepare(config.threads)
    file = measurements_file(folder)
    before = read_json(file)["cpu_seconds"] if file.exists() else 0.0
    start = time.process_time()
    with (
        Run(folder, config, resume=folder.exists()) as run,
        make_workers(config.rollout) as workers,
    ):
        try:
            run.write_results(Learning(run, config, workers).learn())
        finally:
            write_json(file, {"cpu_seconds": before + time.process_time() - start})


@in_one_sentence
def main(arguments: Sequence[str] | None = None) -> int:
    """Run what is not there yet.

    Returns:
        The exit code.
    """
    every = runs()
    parser = argument_parser(__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder for all run directories")
    parser.add_argument("--seeds", type=int, nargs="+", default=(0, 1, 2))
    parser.add_argument("--arms", nargs="+", choices=every, default=tuple(every))
    options = parser.parse_args(arguments)
    chosen = [name for name in every if name == FIRST or name in options.arms]
    for seed, name in product(options.seeds, chosen):
        run_arm(options.out, name, every[name], seed)
    return 0


if __name__ == "__main__":
    sys.exit(main())
