"""A leaderboard file: a line of JSON for each evaluation, to which any number of runs add.

Lines are only added, one writer at a time, and each is on the disk before the next writer's turn.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from filelock import FileLock

from envs.errors import UserError
from envs.files import naming_errors
from lfm.evaluation import READ, VERSION, Evaluation, protocol, protocol_line
from lfm.output import Sheet
from lfm.paired import name_of
from lfm.statistics import Estimate
from lfm.summary import SCORES, estimate

Rows = Sequence[Evaluation]
_LEFT_OUT = ("tasks", "spent")
"""Of an evaluation: what is long, and what is another when it is made again from kept answers."""


def add(path: Path, evaluation: Evaluation) -> None:
    """Add an evaluation to a leaderboard, made if missing; one that is in it is not added again.

    Raises:
        UserError: if the file cannot be written, or is no leaderboard.
    """
    row = {name: value for name, value in evaluation.items() if name not in _LEFT_OUT}
    line = json.dumps(row, ensure_ascii=False)
    with naming_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path.with_name(f".{path.name}.lock")), path.open("a+b") as file:
            _cut_torn_line(path, file.fileno())
            if json.loads(line) not in read(path):
                file.write(line.encode() + b"\n")
                file.flush()
                os.fsync(file.fileno())


def read(path: Path) -> list[Evaluation]:
    """The rows of a leaderboard, oldest first.

    Raises:
        UserError: if the file is missing, or a line is damaged or of another version.
    """
    try:
        lines = path.read_text("utf-8").splitlines()
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror or error}; check the path") from error
    return [_parse(path, number, line) for number, line in enumerate(lines, start=1)]


def groups(rows: Rows) -> list[list[Evaluation]]:
    """Rows that are comparable together, best first; groups in the order of their first rows."""
    found: dict[str, list[Evaluation]] = {}
    for row in rows:
        found.setdefault(json.dumps(protocol(row), sort_keys=True), []).append(row)
    return [sorted(each, key=lambda row: -_merit(row)) for each in found.values()]


def sheets(group: Rows) -> list[Sheet]:
    """Comparable rows as a table, and the other metrics that they have, if any, as a second one."""
    return [_standing(group), *_measured(group)]


def _standing(group: Rows) -> Sheet:
    graded = "scores" in group[0]
    columns = ["policy", "success", "95 % interval", "done"]
    columns += ["last score"] * graded + ["steps", "inadmissible", "seed", "when"]
    notes = ["* used privileged information"] if any(row["privileged"] for row in group) else []
    return Sheet(protocol_line(group[0]), columns, [_cells(row, graded) for row in group], notes)


def _measured(group: Rows) -> list[Sheet]:
    """Graded scores and the environment's own metrics; nothing where there are none."""
    found = [(name_of(row), _estimates(row)) for row in group]
    names = list(dict.fromkeys(name for _, of in found for name in of))
    rows = [
        [policy, *(estimate(of[name]) if name in of else "-" for name in names)]
        for policy, of in found
    ]
    return [Sheet("The same: means (95 % interval)", ["policy", *names], rows)] if names else []


def _estimates(row: Evaluation) -> dict[str, Estimate]:
    """What a row has besides success: what is shown of it, in words -> its mean."""
    scores = cast("dict[str, Any] | None", row.get("scores"))
    graded = {about: scores[part][metric] for about, part, metric in SCORES} if scores else {}
    own = {name.replace("_", " "): found for name, found in row.get("metrics", {}).items()}
    return {**graded, **own}


def _cells(row: Evaluation, graded: bool) -> list[str]:
    low, high = row["interval"]
    scored = [f"{row['scores']['mean']['last_score']['mean']:.2f}"] if graded else []
    return [
        name_of(row) + ("*" if row["privileged"] else ""),
        f"{row['success_rate']:.1%}",
        f"{low:.1%} to {high:.1%}",
        f"{row['successes']} of {row['episodes']}",
        *scored,
        f"{row['mean_steps']:.1f}",
        f"{row['inadmissible']:.1%}",
        str(row["seed"]),
        row["evaluated"][:10],
    ]


def _merit(row: Evaluation) -> float:
    """What a group is sorted by: the score where scores are graded, else success."""
    if "scores" in row:
        return row["scores"]["mean"]["last_score"]["mean"]
    return row["success_rate"]


def _cut_torn_line(path: Path, handle: int) -> None:
    """Cut off a last line whose writer was killed, and end one that lacks but its end."""
    content = path.read_bytes()
    whole = content.rfind(b"\n") + 1
    if tail := content[whole:]:
        try:
            json.loads(tail)
        except ValueError:
            os.truncate(path, whole)
        else:
            os.write(handle, b"\n")


def _parse(path: Path, number: int, line: str) -> Evaluation:
    try:
        row: Evaluation = json.loads(line)
        fine = isinstance(row, Mapping) and row.get("version") in READ
    except ValueError:
        fine = False
    if not fine:
        raise UserError(
            f"{path}, line {number}, is no row of a leaderboard of version {VERSION}; mend it, or "
            "take it out"
        )
    return row


def as_json(grouped: Sequence[Rows]) -> list[dict[str, Any]]:
    """Groups for programs."""
    return [{"protocol": protocol(group[0]), "rows": group} for group in grouped]
