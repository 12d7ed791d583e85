"""How fast the direct way to the ScienceWorld simulator is, beside the official class.

    python -m experiments.scienceworld_engine.benchmark [--rounds N] [--quick] [--out FILE]
    python -m experiments.scienceworld_engine.benchmark --episodes 1000 [--out FILE]

Both play the same actions, the beginnings of gold paths of all 30 tasks, without simplifications,
in turn and in the same run; the first rounds warm Java up and do not count. Processor time is that
of Java and Python together. The official class lists the valid actions at every step, asked or not;
ours is measured without any list, with the names of all things in reach (what the environment
offers by default), and with the list of valid actions. The last line is ``ratio: X``, the steps per
processor second without lists over those of the official class. ``--episodes`` instead plays so
many episodes in one Java process and says how much memory it has on the way.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from envs.files import write_json
from envs.scienceworld.simulator import GOLD_HEAP_MB, Simulator
from envs.scienceworld.tasks import TASKS
from experiments.command import in_one_sentence
from experiments.scienceworld_engine.sides import Game, Meter, Official, Ours

REPEATABLE = "-XX:+UnlockExperimentalVMOptions -XX:hashCode=2"
"""With these options of Java the official class repeats itself too."""
QUICK_TASKS = ("find-animal", "lifespan-longest-lived")
STEPS = 20
"""Most actions of each gold path; some have hundreds, and would weigh more than the others."""
WARM_UP = 3
"""Rounds that do not count: Java compiles while it runs."""
EPISODE = ("open door to kitchen", "look around", "wait1", "go to kitchen", "wait1")
"""What is done in each of many episodes: loading is what could leave something behind."""
SHARES = (0.05, 0.25, 0.5, 0.75, 1.0)
"""When memory is looked at, in shares of the episodes."""


@in_one_sentence
def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=5, help="that count (default: 5)")
    parser.add_argument("--quick", action="store_true", help="two short tasks")
    parser.add_argument("--episodes", type=int, default=0, help="play so many in one process")
    parser.add_argument("--out", type=Path, help="file for the figures, as JSON")
    arguments = parser.parse_args(argv)
    tasks = QUICK_TASKS if arguments.quick else tuple(kind.name for kind in TASKS)
    figures = (
        growth(tasks, arguments.episodes)
        if arguments.episodes
        else compare(gold_games(tasks), arguments.rounds)
    )
    if arguments.out is not None:
        write_json(arguments.out, figures)
    return 0


def gold_games(tasks: Sequence[str]) -> list[Game]:
    """The beginnings of the gold paths, made once and not measured."""
    simulator, games = Simulator(heap_mb=GOLD_HEAP_MB), []
    for task in tasks:
        simulator.load(task, 0, gold=True)
        games.append(Game(task, 0, simulator.gold_path()[:STEPS]))
    simulator.close()
    return games


def compare(games: Sequence[Game], rounds: int) -> dict[str, Any]:
    """Measure all sides, and say what comes of it."""
    meters = {
        "official": Meter.of(Official),
        "repeatable": Meter.of(lambda: Official(REPEATABLE)),
        "plain": Meter.of(Ours),
        "things": Meter.of(lambda: Ours(Simulator.things)),
        "lists": Meter.of(lambda: Ours(Simulator.valid_actions)),
    }
    for number in range(WARM_UP + rounds):
        for meter in meters.values():
            meter.play(games, count=number >= WARM_UP)
    figures: dict[str, Any] = {name: meter.figures() for name, meter in meters.items()}
    for name, meter in meters.items():
        _say(_line(name, figures[name]))
        meter.side.close()
    figures |= _transcripts(meters)
    official = figures["official"]["cpu_ms"]
    figures["ratios"] = {name: official / figures[name]["cpu_ms"] for name in meters}
    repeatable = figures["repeatable"]["cpu_ms"] / figures["plain"]["cpu_ms"]
    _say(f"ratio (to the official class made repeatable): {repeatable:.1f}")
    for name in ("things", "lists", "plain"):
        _say(f"ratio{'' if name == 'plain' else f' ({name})'}: {figures['ratios'][name]:.1f}")
    return figures


def _transcripts(meters: dict[str, Meter]) -> dict[str, float]:
    """Shares of the steps that are equal to those of the first round."""
    first = meters["plain"].transcripts[0]
    ours = [each for name in ("plain", "things", "lists") for each in meters[name].transcripts]
    official = meters["official"].transcripts
    repeatable = meters["repeatable"].transcripts
    equal, among_official, to_repeatable = (
        sum(a == b for each in these for a, b in zip(reference, each, strict=True))
        / sum(map(len, these))
        for reference, these in (
            (first, ours[1:]),
            (official[0], official[1:]),
            (first, repeatable),
        )
    )
    _say(f"our transcripts equal: {100 * equal:.2f} %")
    _say(f"the official class's, among themselves: {100 * among_official:.2f} %")
    _say(f"the official class's made repeatable, to ours: {100 * to_repeatable:.2f} %")
    return {
        "ours_equal": equal,
        "official_equal": among_official,
        "repeatable_equal_to_ours": to_repeatable,
    }


def growth(tasks: Sequence[str], episodes: int) -> dict[str, Any]:
    """Memory of one Java process over many episodes, with the list asked for at every step."""
    side = Ours(Simulator.valid_actions)
    meter, memory = Meter(side, 0.0), {}
    looks = {max(1, round(share * episodes)) for share in SHARES}
    for number in range(episodes):
        # The first task of all whenever memory is looked at: tasks differ in size.
        variation, task = divmod(0 if number + 1 in looks else number % 300, len(tasks))
        meter.play([Game(tasks[task], variation % 10, EPISODE)])
        meter.transcripts.clear()
        if number + 1 in looks:
            memory[str(number + 1)] = each = [meter.memory_mb, side.live_mb()]
            _say(f"after {number + 1} episodes: {each[0]:.0f} MB, live objects {each[1]:.1f} MB")
    side.close()
    return {"episodes": episodes, "memory_mb": memory}


def _line(name: str, figures: dict[str, float]) -> str:
    return (
        f"{name}: {figures['cpu_ms']:.1f} ms of processor time a step "
        f"(Java {figures['java_ms']:.1f}, Python {figures['python_ms']:.1f}), "
        f"{figures['wall_ms']:.1f} ms on the clock, {figures['memory_mb']:.0f} MB, "
        f"started in {figures['start_s']:.1f} s"
    )


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
