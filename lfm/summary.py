"""The end of a run in tables: how good, how judged, how long."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

from rich.console import Group
from rich.table import Table
from rich.text import Text

from envs.files import read_json
from lfm.chat.account import read_account, together
from lfm.chat.base import FailureKind
from lfm.chat.ledger import Spent
from lfm.critics.reading.base import How
from lfm.done import DoneStage, read_done
from lfm.layout import AGREEMENT_FILE, RESULTS_FILE, SPENT_FILE
from lfm.progress import duration
from lfm.story import clean

SCORES = (
    ("success, mean of task types", "macro", "success"),
    ("last score, mean of task types", "macro", "last_score"),
    ("score at the end", "mean", "final_score"),
    ("last score not negative", "mean", "last_score"),
    ("best score", "mean", "best_score"),
)
"""What a row's :class:`lfm.statistics.Scores` are shown as: words, part, metric."""
_CENT = 0.01
_READ = get_args(How)
"""How reading an answer can go."""


def summary(run_directory: Path) -> Group:
    """The tables of a run, from its files: results, judging, time.

    Raises:
        UserError: if a file is damaged.
    """
    results_file = run_directory / RESULTS_FILE
    results = read_json(results_file) if results_file.exists() else []
    stages = read_done(run_directory)
    spent = read_account(run_directory / SPENT_FILE)
    return results_table(results, stages, read_agreements(run_directory), spent)


def read_agreements(run_directory: Path) -> dict[str, dict[str, Any]]:
    """Name of each feedback model -> its agreement with held-out critic labels.

    Raises:
        UserError: if a file is damaged.
    """
    files = sorted(run_directory.glob(f"feedback_model/*/{AGREEMENT_FILE}"))
    return {file.parent.name: read_json(file) for file in files}


def results_table(
    results: Sequence[Mapping[str, Any]],
    stages: Sequence[DoneStage],
    agreements: Mapping[str, Mapping[str, Any]],
    spent: Sequence[Spent] = (),
) -> Group:
    """What a person wants to know at the end.

    Args:
        results: rows of ``results.json``.
        stages: finished stages in their order; those of judgements count ``judged`` and ``kept``.
        agreements: feedback model's name -> its :class:`lfm.agreement.Agreement` as a dictionary.
        spent: on chat models, for each purpose.
    """
    tables = [
        _success(results),
        _scores(results),
        _metrics(results),
        *map(_types, results),
        _answers(stages),
        _judging(stages),
        _identification(stages),
        _agreement(agreements),
        _spent(spent),
        _time(stages),
    ]
    return Group(*(table for table in tables if table.row_count))


def _success(results: Sequence[Mapping[str, Any]]) -> Table:
    table = _table("Success on tasks", "method")
    splits = list(dict.fromkeys(row["split"] for row in results))
    for split in splits:
        table.add_column(_text(split), justify="right")
    rows = {(row["method"], row["split"]): row for row in results}
    for method in dict.fromkeys(row["method"] for row in results):
        cells = [rate(rows.get((method, split))) for split in splits]
        table.add_row(_text(method), *cells)
    if any(row["privileged"] for row in results):
        table.caption = "* used privileged information (simulator state or an expert's plan)"
    return table


def rate(row: Mapping[str, Any] | None) -> str:
    """The success rate of a row with its interval; a dash for no row."""
    if row is None:
        return "-"
    low, high = row["interval"]
    mark = "*" if row["privileged"] else ""
    return (
        f"{row['success_rate']:.1%}{mark} ({low:.1%} to {high:.1%}), "
        f"{row['successes']} of {row['episodes']}"
    )


def _scores(results: Sequence[Mapping[str, Any]]) -> Table:
    """What graded scores add; nothing where there are none."""
    graded = [row for row in results if "scores" in row]
    columns = [f"{row['method']}, {row['split']}" for row in graded]
    table = _table("Scores, of 1", "", *map(_text, columns))
    if graded:
        for about, part, metric in SCORES:
            table.add_row(about, *(estimate(row["scores"][part][metric]) for row in graded))
        failed = (f"{row['scores']['failed']:,} of {row['episodes']:,}" for row in graded)
        table.add_row("failed for good", *failed)
    return table


def _metrics(results: Sequence[Mapping[str, Any]]) -> Table:
    """What an environment publishes besides success; nothing where there is nothing."""
    measured = [row for row in results if "metrics" in row]
    table = _table("Metrics", "", *(_text(f"{row['method']}, {row['split']}") for row in measured))
    for name in dict.fromkeys(name for row in measured for name in row["metrics"]):
        cells = [estimate(row["metrics"][name]) for row in measured]
        table.add_row(_text(name.replace("_", " ")), *cells)
    return table


def _types(row: Mapping[str, Any]) -> Table:
    """Success and metrics of each task type, in the order of its tasks; nothing of a single one."""
    by_type: Mapping[str, Mapping[str, float]] = row.get("metrics_by_task_type", {})
    names = list(next(iter(by_type.values()), {}))
    title = _text(f"Task types of {row['method']}, {row['split']}")
    columns = [_text(name.replace("_", " ")) for name in names]
    table = _table(title, "", "episodes", "success", *columns)
    for kind, means in by_type.items() if len(by_type) > 1 else ():
        successes, episodes = row["by_task_type"][kind]
        cells = (f"{means[name]:.2f}" for name in names)
        table.add_row(_text(kind), str(episodes), f"{successes / episodes:.1%}", *cells)
    return table


def estimate(found: Mapping[str, Any]) -> str:
    """A mean with its interval, if it has one."""
    if found["interval"] is None:
        return f"{found['mean']:.2f}"
    low, high = found["interval"]
    return f"{found['mean']:.2f} ({low:.2f} to {high:.2f})"


def _answers(stages: Sequence[DoneStage]) -> Table:
    """How the answers of a critic that is a language model could be read, and what they took."""
    columns = ("windows", *_READ, "unanswered", "tokens read", "tokens written")
    table = _table("Critic's answers", "stage", *columns)
    for stage in stages:
        counts = stage.counts
        if "output_tokens" in counts:
            unanswered = sum(counts.get(kind, 0) for kind in get_args(FailureKind))
            cells = [counts["windows"], *(counts.get(how, 0) for how in _READ), unanswered]
            cells += [counts["input_tokens"], counts["output_tokens"]]
            table.add_row(_text(stage.name), *(f"{cell:,}" for cell in cells))
    return table


def _judging(stages: Sequence[DoneStage]) -> Table:
    table = _table("Steps judged", "stage", "judged", "kept", "share")
    for stage in stages:
        judged, kept = stage.counts.get("judged"), stage.counts.get("kept")
        if judged is not None and kept is not None:
            share = f"{kept / judged:.1%}" if judged else "-"
            table.add_row(_text(stage.name), f"{judged:,}", f"{kept:,}", share)
    return table


def _identification(stages: Sequence[DoneStage]) -> Table:
    """How well wrong answers were found."""
    rates = {"precision": "precision", "recall": "recall", "f1": "F1", "accuracy": "accuracy"}
    table = _table("Wrong answers found", "stage", "answers", "wrong", *rates.values())
    for stage in stages:
        counts = stage.counts
        if "misses" in counts:
            cells = [f"{counts[name]:.3f}" for name in rates]
            wrong = f"{counts['hits'] + counts['misses']:,}"
            table.add_row(_text(stage.name), f"{counts['answers']:,}", wrong, *cells)
    return table


def _agreement(agreements: Mapping[str, Mapping[str, Any]]) -> Table:
    columns = ("precision", "recall", "F1", "calibration error", "held-out steps")
    table = _table("Feedback model against critic", "feedback model", *columns)
    for name, facts in agreements.items():
        shares = [f"{facts[key]:.3f}" for key in ("precision", "recall", "f1", "calibration_error")]
        table.add_row(_text(name), *shares, f"{facts['steps']:,}")
    return table


def _spent(spent: Sequence[Spent]) -> Table:
    """What chat models took; answers that were there already cost nothing."""
    columns = ("calls", "answers at hand", "tokens read", "tokens written", "money")
    table = _table("Spent on chat models", "for", *columns)
    for each in together(spent):
        counts = (each.paid, each.kept, each.input_tokens, each.output_tokens)
        table.add_row(_text(each.purpose), *(f"{count:,}" for count in counts), money(each.cost))
    return table


def money(cost: float) -> str:
    """An amount in the currency of the prices; a dash where there were none."""
    return f"{cost:,.2f}" if cost >= _CENT else f"{cost:.2g}" if cost else "-"


def _time(stages: Sequence[DoneStage]) -> Table:
    table = _table("Time", "stage", "took")
    for stage in stages:
        table.add_row(_text(stage.name), duration(stage.seconds))
    if stages:
        table.add_section()
        table.add_row("together", duration(sum(stage.seconds for stage in stages)))
    return table


def _table(title: str | Text, first: str, *columns: str | Text) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", caption_justify="left")
    table.add_column(first)
    for column in columns:
        table.add_column(column, justify="right")
    return table


def _text(value: object) -> Text:
    return Text(clean(str(value)))
