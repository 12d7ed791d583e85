"""What feedback models did in runs: how much they kept, and how they agree with the critic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from experiments.markdown import table


def feedback(runs: Sequence[Mapping[str, Any]]) -> str:
    """Two tables, by run; nothing if nothing was judged.

    Args:
        runs: as :func:`experiments.records.job_record` has them.
    """
    rows, models = [], []
    for run in runs:
        for stage, facts in run["stages"].items():
            if "judged" in facts:
                judged, kept = facts["judged"], facts["kept"]
                share = f"{100 * kept / judged:.1f}" if judged else "-"
                rows.append([str(run["seed"]), stage, f"{judged:,}", f"{kept:,}", share])
        for name, facts in run["agreement"].items():
            numbers = ("precision", "recall", "f1", "calibration_error")
            shown = [f"{facts[number]:.3f}" for number in numbers]
            models.append([str(run["seed"]), name, *shown, f"{facts['steps']:,}"])
    if not rows:
        return ""
    judged_table = table(
        ["seed", "stage", "steps judged", "kept", "per cent"],
        rows,
        "Steps that the feedback model judged, and those kept to be imitated.",
    )
    columns = ["precision", "recall", "F1", "calibration error", "held-out steps"]
    note = "The feedback model against the critic, on labels of tasks that it did not learn from."
    return f"{judged_table}\n\n{table(['seed', 'feedback model', *columns], models, note)}"
