"""Write the figures of the runs as a page and as JSON; nothing in them is typed by hand.

    python -m experiments.language_recipes.table [--runs DIR] [--readme]

``--runs`` gathers what ``experiments.language_recipes.run --out DIR`` made; without it
``results.json`` beside this module is read again. The tables are printed; ``--readme`` also writes
them between the marks of ``README.md``, and ``results.json``.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from envs.errors import UserError
from envs.files import read_json
from experiments.language_recipes.arms import ARMS, BASE, NOISY, runs
from experiments.markdown import mean_cell, section, table
from experiments.pages import table_command
from experiments.paired import difference_cell, differences
from experiments.runs import is_finished, measurements_file
from lfm import layout
from lfm.done import read_done
from lfm.store import read_advice, read_feedback

HERE = Path(__file__).parent
BEGIN = "<!-- figures: written by experiments.language_recipes.table -->"
ROUND = "round1"
FIRST_ARM = ARMS[0].name
FIRST, LAST = "first", "last"
"""The policy that a run began with, and the one that it ended with."""
SHARES = {"change": "change", "keep": "keep", "emits_bad": "forbidden words"}
"""Figure -> its title in tables, all in per cent."""
TEXTS = {"drawn": "right", "chosen": "selected_right"}
"""Which of the texts that were written anew -> where their stage counts the share that is right."""

Row = Mapping[str, Any]
Record = Mapping[str, Sequence[Row]]
"""Name of a run -> what was measured of it, one row a seed."""


def tokens(text: str) -> int:
    """Words and punctuation."""
    return len(re.findall(r"\w+|[^\w\s]", text))


def gather(out: Path) -> dict[str, list[dict[str, Any]]]:
    """What the finished runs in a folder showed.

    Raises:
        UserError: if none is finished.
    """
    record = {}
    for name in runs():
        folders = [each for each in sorted((out / name).glob("seed*")) if is_finished(each)]
        if folders:
            record[name] = [_measured(each) for each in folders]
    if not record:
        raise UserError(f"there is no finished run in {out}; check --runs")
    return record


def _measured(folder: Path) -> dict[str, Any]:
    """The figures of a run."""
    first, last = (_figures(row) for row in read_json(folder / layout.RESULTS_FILE))
    manifest = read_json(folder / layout.MANIFEST_FILE)
    stages = {each.name: each.counts for each in read_done(folder)}
    (learned,) = (name for name in stages if re.fullmatch(r"policies/\w+1", name))
    texts = stages.get(layout.refinements(ROUND))
    return {
        "seed": int(folder.name.removeprefix("seed")),
        FIRST: first,
        LAST: last,
        "tries": stages[layout.rollouts(ROUND)]["episodes"],
        "feedback_tokens": _feedback_tokens(folder),
        "imitated": stages[learned]["imitated_steps"],
        "texts": {name: 100 * texts[key] for name, key in TEXTS.items()} if texts else None,
        "cpu_seconds": round(read_json(measurements_file(folder))["cpu_seconds"], 1),
        "commit": manifest["commit"],
    }


def _figures(row: Mapping[str, Any]) -> dict[str, float]:
    """Success by kind of list, and how often a forbidden word is said, in per cent."""
    kinds = {
        kind: 100 * done / tried for kind, (done, tried) in sorted(row["by_task_type"].items())
    }
    return {**kinds, "emits_bad": 100 * row["metrics"]["emits_bad"]["mean"]}


def _feedback_tokens(folder: Path) -> int:
    """Of all that a critic said of answers, or of the answers that an expert gave."""
    feedback, advice = (folder / of(ROUND) for of in (layout.feedback, layout.advice))
    said = []
    if feedback.exists():
        said += [step.reason for window in read_feedback(feedback) for step in window.steps]
    if advice.exists():
        said += [each.action for each in read_advice(advice / layout.ADVICE_FILE)]
    return sum(map(tokens, said))


def page(record: Record) -> str:
    """All sections of the page's figures."""
    titles = {each.name: each.title for each in ARMS}
    clean = {name: rows for name, rows in record.items() if name in titles}
    noisy = {name: rows for name, rows in record.items() if name not in titles}
    noisy_titles = {f"{name}-noisy": title for name, title in titles.items()}
    parts = (
        section("With a clean critic", _table(clean, titles, with_base=True)),
        section("With a noisy critic", _table(noisy, noisy_titles) if noisy else ""),
        section("Answers written anew", _texts(record, titles | noisy_titles)),
        section("Differences", _differences(record, titles)),
        section("How it was measured", _protocol(record)),
    )
    return "\n\n".join(part for part in parts if part) + "\n"


def _table(record: Record, titles: Mapping[str, str], *, with_base: bool = False) -> str:
    lines = []
    if with_base:
        rows = next(iter(record.values()))
        lines.append(["base", *_cells([row[FIRST] for row in rows]), "-", "-", "-", "-"])
    for name, rows in record.items():
        counts = [_mean(rows, key) for key in ("tries", "feedback_tokens", "imitated")]
        cells = _cells([row[LAST] for row in rows])
        lines.append([titles[name], *cells, *counts, _mean(rows, "cpu_seconds")])
    note = (
        "Per cent of the test lists answered rightly, of those that need a change and of those "
        "that have to be kept, and per cent of the answers with a forbidden word; no feedback "
        "at test. The mean over the seeds with a 95 % Student-t interval; other columns: means."
    )
    head = ["arm", *SHARES.values(), "tries", "feedback tokens", "imitated", "CPU seconds"]
    return table(head, lines, note)


def _texts(record: Record, titles: Mapping[str, str]) -> str:
    lines = []
    for name, rows in record.items():
        shares = [row["texts"] for row in rows if row["texts"]]
        if shares:
            title = titles[name] + ", noisy critic" * name.endswith("-noisy")
            lines.append(
                [title, *(mean_cell([each[of] for each in shares], ".1f") for of in TEXTS)]
            )
    note = (
        "Per cent of the texts that were right, of all that were drawn and of those that were "
        "chosen; of *the right ones* also answers that were right already were drawn again."
    )
    return table(["arm", *TEXTS], lines, note) if lines else ""


def _cells(figures: Sequence[Mapping[str, float]]) -> list[str]:
    return [mean_cell([each[share] for each in figures], ".1f") for share in SHARES]


def _mean(rows: Sequence[Row], key: str) -> str:
    return f"{sum(row[key] for row in rows) / len(rows):,.0f}"


def _differences(record: Record, titles: Mapping[str, str]) -> str:
    pairs = {f"ILF - ({titles[name]})": (FIRST_ARM, name) for name in titles if name != FIRST_ARM}
    pairs |= {f"noisy - clean: {titles[name]}": (f"{name}-noisy", name) for name in titles}
    lines = []
    for title, (one, other) in pairs.items():
        if {one, other} <= record.keys():
            values = [
                differences(_by_seed(record[one], share), _by_seed(record[other], share))
                for share in SHARES
            ]
            lines.append([title, *map(difference_cell, values)])
    return table(["", *SHARES.values()], lines, "In points, paired by seed.") if lines else ""


def _by_seed(rows: Sequence[Row], share: str) -> dict[int, float]:
    return {row["seed"]: row[LAST][share] for row in rows}


def _protocol(record: Record) -> str:
    rows = [row for each in record.values() for row in each]
    arms = [
        f"  - {each.title}: `{' '.join(each.settings)}`" for each in ARMS if each.name in record
    ]
    seeds = ", ".join(map(str, sorted({row["seed"] for row in rows})))
    lines = [
        f"- Settings of all: `{' '.join(BASE)}`; of a noisy critic: `{' '.join(NOISY)}`",
        "- Settings of the arms:",
        *arms,
        f"- Seeds: {seeds}; the rule is the same for all, lessons, weights and draws are not",
        "- Commits: " + ", ".join(sorted({str(row["commit"]) for row in rows})),
    ]
    return "\n".join(lines)


main = table_command(__doc__, gather, page, BEGIN, HERE)

if __name__ == "__main__":
    sys.exit(main())
