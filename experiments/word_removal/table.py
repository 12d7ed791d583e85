"""Write the figures of the runs as a page and as JSON; nothing in them is typed by hand.

    python -m experiments.word_removal.table [--runs DIR] [--readme]

``--runs`` gathers what ``experiments.word_removal.run --out DIR`` made; without it ``results.json``
beside this module is read again. The tables are printed; ``--readme`` also writes them between the
marks of ``README.md``, and ``results.json``.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from experiments.facts import distinct, made_with
from experiments.markdown import mean_cell, section, table
from experiments.pages import table_command
from experiments.records import finished_arms
from experiments.word_removal.run import ARM, ENV, SETTINGS

HERE = Path(__file__).parent
BEGIN = "<!-- figures: written by experiments.word_removal.table -->"
_CELL = re.compile(r"n(\d+)-k(\d+)")
"""A task type: words in the sentence, words to be removed."""

Record = Mapping[str, Mapping[str, Any]]


def gather(out: Path) -> dict[str, Any]:
    """The record of the finished runs in a folder.

    Raises:
        UserError: if none is finished, or they are of other settings.
    """
    return finished_arms(out, {ARM: SETTINGS})


def page(record: Record) -> str:
    """All sections of the page's figures."""
    runs = record[ARM]["runs"]
    parts = (
        section("Right answers", _success(runs)),
        section("What it took", _cost(runs)),
        section("How it was measured", _protocol(runs)),
    )
    return "\n\n".join(parts) + "\n"


def _success(runs: Sequence[Mapping[str, Any]]) -> str:
    rows = [run["rows"][-1] for run in runs]
    cells = [_by_removed(row) for row in rows]
    lines = [
        [str(count), str(tried), _shares([each[count] for each in cells])]
        for count, (_, tried) in cells[0].items()
    ]
    together = [(row["successes"], row["episodes"]) for row in rows]
    lines.append(["all", str(together[0][1]), _shares(together)])
    note = (
        "Per cent of the prompts that were answered to the letter: the mean over the seeds with a "
        "95 % Student-t interval."
    )
    return table(["words to remove", "prompts", "right"], lines, note)


def _by_removed(row: Mapping[str, Any]) -> dict[int, tuple[int, int]]:
    """Right answers and prompts by the number of words to remove, all lengths together."""
    found: dict[int, tuple[int, int]] = {}
    for name, (done, tried) in row["by_task_type"].items():
        cell = _CELL.fullmatch(name)
        assert cell is not None
        before = found.get(int(cell[2]), (0, 0))
        found[int(cell[2])] = (before[0] + done, before[1] + tried)
    return dict(sorted(found.items()))


def _shares(counts: Sequence[tuple[int, int]]) -> str:
    return mean_cell([100 * done / tried for done, tried in counts], ".1f")


def _cost(runs: Sequence[Mapping[str, Any]]) -> str:
    lines = [
        [
            str(run["seed"]),
            f"{run['cost']['cpu_seconds'] / 60:.1f}",
            f"{run['cost']['seconds'] / 60:.1f}",
            f"{run['cost']['peak_bytes'] / 1e9:.2f}",
            f"{max(run['parameters'].values()) / 1e6:.2f}",
        ]
        for run in runs
        if run["cost"]
    ]
    head = ["seed", "CPU minutes", "minutes", "memory, GB", "parameters, M"]
    note = "Of the whole command, lessons, evaluation and report included."
    return table(head, lines, note)


def _protocol(runs: Sequence[Mapping[str, Any]]) -> str:
    rows = [run["rows"][-1] for run in runs]
    lines = [
        f"Each run: `python -m lfm.train env={ENV} seed=N {' '.join(SETTINGS)}`",
        f"Seeds: {distinct(runs, 'seed')}; they decide lessons, demonstrated prompts, weights and "
        "draws, not the prompts of the test",
        f"Environment: {distinct(rows, 'env_version')}; one answer a prompt, written freely; no "
        "feedback",
        *made_with(runs),
    ]
    return "\n".join(f"- {line}" for line in lines)


main = table_command(__doc__, gather, page, BEGIN, HERE)

if __name__ == "__main__":
    sys.exit(main())
