"""Write the figures of the gold paths into the page; nothing in them is typed by hand.

    python -m experiments.scienceworld_gold.page [--runs DIR] [--readme]

``--runs`` gathers what ``experiments.scienceworld_gold.run`` wrote; without it the file
``results.json`` beside this module is read again. The tables are printed; ``--readme`` also writes
them between the marks of ``README.md``, and ``results.json``.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from envs.scienceworld.routes import FAILED, RAW
from envs.scienceworld.tasks import TASKS
from experiments.markdown import section, table
from experiments.pages import results_in, table_command

HERE = Path(__file__).parent
BEGIN = "<!-- figures: written by experiments.scienceworld_gold.page -->"
LIMITS = (30, 50, 80, 100)
"""Steps of an episode."""

Row = Mapping[str, Any]


def gather(folder: Path) -> Row:
    """The record of all results in a folder.

    Raises:
        UserError: if there is none.
    """
    return {"sets": results_in(folder)}


def page(record: Row) -> str:
    """All sections of the page's figures."""
    results = record["sets"]
    parts = (_summary(results), *map(_by_task, results), _exceptions(results))
    return "\n\n".join(parts) + "\n"


def _name(result: Row) -> str:
    return f"{result['split']}, {result['simplifications'] or 'no simplification'}"


def _summary(results: Sequence[Row]) -> str:
    head = [
        *("set", "variations", "script reaches 100", "path reaches 100", "canonical"),
        *("numbers", "literal before", "mean length", *(f"within {limit}" for limit in LIMITS)),
    ]
    note = (
        "Shares are per cent, *script / path* where there are two figures: what the script says, "
        "cut at success, and the path made of it. Canonical: all actions are frames filled with "
        "things in reach, but for numbers that answer a question about things that no name tells "
        "apart; *numbers* is their share of all actions. Literal before: the share of the "
        "script's moves that are canonical as it says them."
    )
    return section("All tasks", table(head, map(_summary_row, results), note))


def _summary_row(result: Row) -> list[str]:
    rows = result["paths"]
    return [
        *(_name(result), str(len(rows))),
        _share(row["script_score"] == 1 for row in rows),
        _share(row["form"] != FAILED for row in rows),
        _share(row["form"] not in (RAW, FAILED) for row in rows),
        f"{100 * sum(row['digits'] for row in rows) / sum(row['length'] for row in rows):.1f}",
        _literal(rows),
        _lengths(rows),
        *(_within(rows, limit) for limit in LIMITS),
    ]


def _by_task(result: Row) -> str:
    head = ["task", "paths", "reach 100", "mean length", "literal before"]
    head += [f"within {limit}" for limit in LIMITS]
    lines = []
    for kind in TASKS:
        rows = [row for row in result["paths"] if row["task_id"].startswith(f"{kind.name}/")]
        if rows:
            reach = sum(row["form"] != FAILED for row in rows)
            cells = [kind.name, str(len(rows)), str(reach), _lengths(rows)]
            lines.append([*cells, _literal(rows), *(_within(rows, limit) for limit in LIMITS)])
    return section(_name(result), table(head, lines, "*Script / path* as above."))


def _exceptions(results: Sequence[Row]) -> str:
    """How much was left out, and the paths that did not come out short."""
    lines = []
    for result in results:
        forms = Counter(row["form"] for row in result["paths"])
        counts = ", ".join(f"{name} {count}" for name, count in forms.most_common())
        lines.append(f"- {_name(result)}: {counts}.")
        lost = [row["task_id"] for row in result["paths"] if row["form"] in (RAW, FAILED)]
        lines += [f"  Raw or failed: {', '.join(lost)}."] if lost else []
    return section("What was left out", "\n".join(lines))


def _lengths(rows: Sequence[Row]) -> str:
    """Mean lengths, of scripts and of paths that lead to success."""
    found = [row["length"] for row in rows if row["form"] != FAILED]
    after = f"{fmean(found):.1f}" if found else "none"
    return f"{fmean(row['script_length'] for row in rows):.1f} / {after}"


def _within(rows: Sequence[Row], limit: int) -> str:
    script = _share(row["script_score"] == 1 and row["script_length"] <= limit for row in rows)
    return f"{script} / {_share(row['form'] != FAILED and row['length'] <= limit for row in rows)}"


def _literal(rows: Sequence[Row]) -> str:
    moves = sum(row["script_moves"] for row in rows)
    return f"{100 * sum(row['script_literal'] for row in rows) / max(1, moves):.0f}"


def _share(flags: Any) -> str:
    return f"{100 * fmean(flags):.0f}"


main = table_command(__doc__, gather, page, BEGIN, HERE)

if __name__ == "__main__":
    sys.exit(main())
