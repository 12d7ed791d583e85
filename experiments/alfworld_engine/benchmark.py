"""How fast the fast engine is, and how much faster than ALFWorld's own.

Run as ``python -m experiments.alfworld_engine.benchmark [--data DIR]``. Both engines answer the
same random walks in the same run, the fast one with the admissible commands made at every step
and nothing remembered from earlier plays; times are processor seconds of one process, for each
engine the best of three rounds, so that other work on the machine disturbs little. With ``--data``
it also loads the largest split found, without and with its cache. The last line is ``ratio: X``,
the steps per second of the fast engine over those of the stock one.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from envs.alfworld.cache import load_split, split_folder
from envs.alfworld.engine import FastEngine
from envs.alfworld.game import Game
from envs.alfworld.generate import generate_game
from envs.alfworld.official_format import write_game
from envs.alfworld.reference import ReferenceEngine
from experiments.command import in_one_sentence

SPLIT = "valid_seen"
EPISODE_STEPS = 50
FAST_GAMES, FAST_EPISODES = 100, 20
STOCK_GAMES, STOCK_STEPS = 4, 30
ROUNDS = 3

Walk = list[str]


@in_one_sentence
def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, help="ALFWorld's data folder (default: generated)")
    parser.add_argument("--seed", type=int, default=0, help="of games and walks (default: 0)")
    parser.add_argument("--load", metavar="SPLIT", help=argparse.SUPPRESS)
    arguments = parser.parse_args(argv)
    if arguments.load:
        _load(arguments.data, arguments.load)
    else:
        _measure(arguments.data, random.Random(arguments.seed))
    return 0


def _measure(data: Path | None, rng: random.Random) -> None:
    games = _games(data, rng)
    walks = [[_walk(game, EPISODE_STEPS, rng) for _ in range(FAST_EPISODES)] for game in games]
    first = _fast_rate(games, [episodes[:1] for episodes in walks])
    again = _fast_rate(games, walks)
    _say(f"fast engine, each game played once:       {first:,.0f} steps/s")
    _say(f"fast engine, {FAST_EPISODES} episodes of each game:   {again:,.0f} steps/s")
    made, reset = _reset_times(games)
    _say(f"fast engine, reset:                       {reset * 1e6:.1f} us")
    _say(f"fast engine, first reset of a new game:   {made * 1e6:.1f} us")
    if data is not None:
        _say_load_times(data)
    stock = _stock_rate(data, games[:STOCK_GAMES], [episodes[0] for episodes in walks])
    _say(f"stock engine:                             {stock:,.1f} steps/s")
    _say(f"ratio: {first / stock:.0f}")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _games(data: Path | None, rng: random.Random) -> list[Game]:
    if data is None:
        return [generate_game(SPLIT, index, 0) for index in range(FAST_GAMES)]
    return rng.sample(load_split(data, SPLIT), FAST_GAMES)


def _walk(game: Game, steps: int, rng: random.Random) -> Walk:
    """Admissible commands drawn at random, made before anything is timed."""
    engine = FastEngine(game)
    turn, commands = engine.reset(), []
    for _ in range(steps):
        commands.append(rng.choice(turn.admissible))
        turn = engine.step(commands[-1])
    return commands


def _fresh(game: Game) -> Game:
    """An equal game for which the engine remembers nothing."""
    return replace(game)


def _seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def _fast_rate(games: Sequence[Game], walks: Sequence[Sequence[Walk]]) -> float:
    """Steps per second over all walks of all games, resets included."""

    def play(fresh: Sequence[Game]) -> None:
        for game, episodes in zip(fresh, walks, strict=True):
            engine = FastEngine(game)
            for commands in episodes:
                engine.reset()
                for command in commands:
                    engine.step(command)

    steps = sum(len(walk) for episodes in walks for walk in episodes)
    rounds = [[_fresh(game) for game in games] for _ in range(ROUNDS)]
    return steps / min(_seconds(partial(play, fresh)) for fresh in rounds)


def _reset_times(games: Sequence[Game]) -> tuple[float, float]:
    """Seconds to make an engine for a game new to it, and to reset one."""
    fresh = [_fresh(game) for game in games]
    engines: list[FastEngine] = []
    made = _seconds(lambda: engines.extend(FastEngine(game) for game in fresh))
    rounds = 100
    reset = _seconds(lambda: [engine.reset() for engine in engines for _ in range(rounds)])
    return made / len(games), reset / (len(games) * rounds)


def _stock_rate(data: Path | None, games: Sequence[Game], walks: Sequence[Walk]) -> float:
    """Steps per second of the untouched TextWorld engine, loading and reset not counted."""
    steps, spent = 0, 0.0
    with TemporaryDirectory() as scratch:
        for number, game in enumerate(games):
            file = _file(data, game, Path(scratch) / str(number))
            engine = ReferenceEngine(file, memoise=False)
            commands = walks[number][:STOCK_STEPS]
            spent += min(_play_stock(engine, commands) for _ in range(ROUNDS))
            steps += len(commands)
            engine.close()
    return steps / spent


def _play_stock(engine: ReferenceEngine, commands: Walk) -> float:
    """Seconds for the commands, after a reset that is not counted."""
    engine.reset()

    def play() -> None:
        for command in commands:
            engine.step(command)

    return _seconds(play)


def _file(data: Path | None, game: Game, scratch: Path) -> Path:
    """The game's ``game.tw-pddl``: the official one, or one written now."""
    if data is None:
        return write_game(game, scratch)
    return split_folder(data, SPLIT) / game.task_id / "game.tw-pddl"


def _say_load_times(data: Path) -> None:
    """Time and memory of loading a split, in processes of their own."""
    with TemporaryDirectory() as scratch:
        for kind in ("without cache", "with cache"):
            command = [sys.executable, "-m", "experiments.alfworld_engine.benchmark"]
            done = subprocess.run(
                [*command, "--data", str(data), "--load", _largest_split(data)],
                env={**os.environ, "LFM_CACHE": scratch},
                stdout=subprocess.PIPE,
                text=True,
                check=True,
            )
            _say(f"loading {kind}: {done.stdout.strip()}")


def _largest_split(data: Path) -> str:
    nested = (data / "json_2.1.1" / "train", data / "train")
    return "train" if any(folder.is_dir() for folder in nested) else SPLIT


def _load(data: Path, split: str) -> None:
    start = time.perf_counter()
    games = load_split(data, split)
    spent = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    _say(f"{len(games)} games of {split} in {spent:.2f} s, {peak:.0f} MB")


if __name__ == "__main__":
    sys.exit(main())
