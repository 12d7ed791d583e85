"""Write the benchmark's figures into its page; nothing in them is typed by hand.

    python -m experiments.scienceworld_engine.table [--compared FILE] [--grown FILE] [--readme]

The files are those of ``experiments.scienceworld_engine.benchmark --out``; without them
``results.json`` beside this module is read again. The figures are printed; ``--readme`` also writes
them between the marks of ``README.md``, and ``results.json``.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from envs.files import read_json
from experiments.command import in_one_sentence
from experiments.markdown import section, table
from experiments.pages import write_figures

HERE = Path(__file__).parent
BEGIN = "<!-- figures: written by experiments.scienceworld_engine.table -->"
NAMES = {
    "official": "official class (always lists)",
    "repeatable": "official class, made repeatable",
    "plain": "ours, no list",
    "things": "ours, names of the things in reach",
    "lists": "ours, valid actions",
}


def page(results: Mapping[str, Any]) -> str:
    """All sections of the page's figures."""
    compared, grown = results["compared"], results["grown"]
    return "\n\n".join(
        (
            section("Speed and memory", _costs(compared)),
            section("Repetition", _repetition(compared)),
            section("Growth", _growth(grown)),
        )
    )


def _costs(compared: Mapping[str, Any]) -> str:
    rows = [
        (
            NAMES[name],
            f"{each['cpu_ms']:.1f}",
            f"{each['java_ms']:.1f} + {each['python_ms']:.1f}",
            f"{each['steps_per_cpu_second']:.0f}",
            f"**{compared['ratios'][name]:.1f}**",
            f"{each['wall_ms']:.1f}",
            f"{each['memory_mb']:.0f}",
            f"{each['start_s']:.1f}",
        )
        for name, each in ((name, compared[name]) for name in NAMES)
    ]
    head = ("", "CPU ms a step", "Java + Python", "steps per CPU second", "ratio")
    note = (
        f"{compared['plain']['steps']:.0f} steps each, loading included; processor time of both "
        "processes; memory is Java's, resident, at the end; start is until a machine is ready."
    )
    return table((*head, "wall ms a step", "MB", "start, s"), rows, note)


def _repetition(compared: Mapping[str, Any]) -> str:
    return (
        f"Steps of ours equal to the first round's, whatever is asked for besides: "
        f"**{100 * compared['ours_equal']:.2f} %**. Steps of the official class (default options) "
        f"equal to its own first round's: {100 * compared['official_equal']:.2f} %. Steps of the "
        "official class made repeatable equal to ours: "
        f"{100 * compared['repeatable_equal_to_ours']:.2f} %."
    )


def _growth(grown: Mapping[str, Any]) -> str:
    rows = [
        (number, f"{resident:.0f}", f"{live:.1f}")
        for number, (resident, live) in grown["memory_mb"].items()
    ]
    note = (
        "One Java process, all tasks in turn, five steps an episode, valid actions at each. What "
        "is resident also has room for objects not collected yet, and compiled code."
    )
    return table(("episodes", "resident, MB", "live objects, MB"), rows, note)


@in_one_sentence
def main(argv: Sequence[str] | None = None, here: Path = HERE) -> int:
    """Run the command; returns its exit code."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0] if __doc__ else None)
    parser.add_argument("--compared", type=Path, help="figures of the comparison")
    parser.add_argument("--grown", type=Path, help="figures of --episodes")
    parser.add_argument("--readme", action="store_true", help="write README.md, results.json")
    arguments = parser.parse_args(argv)
    file = here / "results.json"
    results: dict[str, Any] = read_json(file) if file.exists() else {}
    for name in ("compared", "grown"):
        given = getattr(arguments, name)
        if given is not None:
            results[name] = read_json(given)
    figures = page(results)
    sys.stdout.write(f"{figures}\n")
    if arguments.readme:
        write_figures(results, figures, BEGIN, here)
    return 0


if __name__ == "__main__":
    sys.exit(main())
