"""The figures of the page, from the results: what ``judge`` wrote.

python -m experiments.scienceworld_critic.table --results results.json
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from envs.files import read_json
from experiments.command import argument_parser, in_one_sentence
from experiments.markdown import section, table, with_figures

BEGIN = "<!-- figures written by experiments.scienceworld_critic.table -->"
PAGE = Path(__file__).parent / "README.md"
TITLES = {"held_out": "Held out", "design": "What the rule was chosen by"}

Shares = Mapping[str, Any]


def figures(results: Mapping[str, Any]) -> str:
    """All sections, the held-out part first."""
    parts = {part["part"]: part for part in results["parts"]}
    return "\n\n".join(section(TITLES[name], _part(parts[name])) for name in TITLES)


def _part(part: Mapping[str, Any]) -> str:
    rows: list[tuple[str, Shares]] = [
        ("**critic, all steps**", part["critic"]),
        ("score rose, all steps", part["score_rose"]),
        *((f"critic, {name} episodes", each) for name, each in part["by_behaviour"].items()),
        *((f"critic, {name}", each) for name, each in part["by_kind"].items()),
    ]
    note = f"{part['episodes']} episodes, {part['critic']['steps']} steps with known distances."
    head = ("judged by", "steps", "productive", "judged productive", "precision", "recall")
    return "\n\n".join((table(head, map(_row, rows), note), _cost(part)))


def _row(row: tuple[str, Shares]) -> Sequence[str]:
    name, each = row
    counts = (str(each[count]) for count in ("steps", "productive", "said"))
    return name, *counts, _share(each["precision"]), _share(each["recall"])


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _cost(part: Mapping[str, Any]) -> str:
    steps, seconds = part["played_steps"], part["seconds"]
    rows: Iterable[Sequence[str]] = (
        (name, f"{spent:.1f}", f"{1000 * spent / steps:.0f}") for name, spent in seconds.items()
    )
    note = f"Processor time for {steps} steps, with the start of the Java processes."
    return table(("what", "s", "ms a step"), rows, note)


@in_one_sentence
def main(arguments: Sequence[str] | None = None) -> int:
    """Write the figures into the page.

    Returns:
        The exit code.
    """
    parser = argument_parser(__doc__)
    parser.add_argument("--results", type=Path, required=True)
    options = parser.parse_args(arguments)
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(
        with_figures(page, figures(read_json(options.results)), BEGIN), encoding="utf-8"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
