"""Compare the fast engine with ALFWorld's own, command by command.

Run as ``python -m experiments.alfworld_engine.compare --data DIR --split valid_seen --games 140
--steps 200 --seed 0`` (without ``--data``: games made up by this package). Each game gets a random
walk biased to interactions, with invalid commands among them, and then its stored walkthrough;
observation, admissible commands and goal are compared at every step. Stops at the first
difference, prints it and exits with 1. The last line is ``N mismatches in M steps``.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from envs.alfworld.cache import EXPECTED_GAMES, load_split, split_folder
from envs.alfworld.game import Game
from envs.alfworld.generate import generate_game
from envs.alfworld.official_format import write_game
from envs.alfworld.tables import DIALECTS
from envs.errors import UserError
from experiments.alfworld_engine.walk import Comparison, compare_game, write_older
from experiments.command import in_one_sentence

GAMES_PER_PROCESS = 100
"""The reference engine grows by about 1 MB per game, so its process is replaced now and then."""


class Job(NamedTuple):
    """One game to compare.

    Attributes:
        game: the official game, or ``None`` for a generated one.
        file: its ``game.tw-pddl``, or ``None`` for a generated one.
        split, number, world_seed: which generated game.
        steps: length of the random walk.
        seed: of the random walk.
        dialect: the wording to compare in.
    """

    game: Game | None
    file: Path | None
    split: str
    number: int
    world_seed: int
    steps: int
    seed: str
    dialect: str


def make_jobs(arguments: argparse.Namespace) -> list[Job]:
    """The games drawn for this comparison, in a random order that follows the seed.

    Raises:
        UserError: the data are missing or incomplete, or the split is not known.
    """
    rng = random.Random(f"games/{arguments.seed}")
    games: Sequence[Game | None]
    if arguments.data is None:
        if arguments.split not in EXPECTED_GAMES:
            raise UserError(f"Generated games have the splits {', '.join(EXPECTED_GAMES)}.")
        games = [None] * EXPECTED_GAMES[arguments.split]
    else:
        games = load_split(arguments.data, arguments.split)
        folder = split_folder(Path(arguments.data), arguments.split)
    chosen = rng.sample(range(len(games)), min(arguments.games, len(games)))
    return [
        Job(
            game=(game := games[index]),
            file=folder / game.task_id / "game.tw-pddl" if game else None,
            split=arguments.split,
            number=index,
            world_seed=arguments.seed,
            steps=arguments.steps,
            seed=f"walk/{arguments.seed}/{index}",
            dialect=arguments.dialect,
        )
        for index in chosen
    ]


def run_job(job: Job) -> Comparison:
    """Compare one game."""
    with TemporaryDirectory() as scratch, _game_and_file(job, Path(scratch)) as (game, file):
        return compare_game(game, file, job.steps, random.Random(job.seed), job.dialect)


@contextmanager
def _game_and_file(job: Job, scratch: Path) -> Iterator[tuple[Game, Path]]:
    game, file = job.game, job.file
    if game is None or file is None:
        game = generate_game(job.split, job.number, job.world_seed)
        write_game(game, scratch)
        file = scratch / "game.tw-pddl"
    if job.dialect == "put":
        write_older(file, scratch / "older.tw-pddl")
        file = scratch / "older.tw-pddl"
    yield game, file


def run_jobs(jobs: Sequence[Job], workers: int) -> Comparison:
    """Compare all games until the first difference; progress goes to stderr."""
    total, start = Comparison(), time.monotonic()
    context = multiprocessing.get_context("spawn")
    with context.Pool(workers, maxtasksperchild=GAMES_PER_PROCESS) as pool:
        for done, result in enumerate(pool.imap_unordered(run_job, jobs), 1):
            total.add(result)
            speed = total.steps / (time.monotonic() - start)
            line = f"{done}/{len(jobs)} games, {total.steps} steps, {speed:.0f} steps/s"
            sys.stderr.write(f"{line}\n")
            if total.difference is not None:
                break
    return total


@in_one_sentence
def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    arguments = _parser().parse_args(argv)
    total = run_jobs(make_jobs(arguments), arguments.workers)
    sys.stdout.write(f"{_summary(total)}\n")
    return int(total.difference is not None)


def _summary(total: Comparison) -> str:
    verbs = ", ".join(f"{verb} {count}" for verb, count in sorted(total.verbs.items()))
    lines = [
        f"commands that took effect: {verbs}",
        f"walks and walkthroughs won: {total.wins}",
        f"{int(total.difference is not None)} mismatches in {total.steps} steps",
    ]
    if total.difference is not None:
        lines.insert(0, total.difference)
    return "\n".join(lines)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0] if __doc__ else None)
    parser.add_argument("--data", help="ALFWorld's data folder (default: generated games)")
    parser.add_argument("--split", default="valid_seen", help="which games (default: valid_seen)")
    parser.add_argument("--games", type=_positive, default=20, help="how many (default: 20)")
    parser.add_argument("--steps", type=_positive, default=100, help="random steps in each game")
    parser.add_argument("--seed", type=int, default=0, help="of games and walks (default: 0)")
    parser.add_argument("--workers", type=_positive, default=1, help="processes (default: 1)")
    parser.add_argument(
        "--dialect", choices=DIALECTS, default="move", help="wording (default: move)"
    )
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, not {text}")
    return number


if __name__ == "__main__":
    sys.exit(main())
