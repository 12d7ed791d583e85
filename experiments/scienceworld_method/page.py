"""The figures of the record as Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from envs.scienceworld.tasks import TASKS
from experiments.judged import feedback
from experiments.markdown import section, table
from experiments.paired import difference_cell, differences, verdict
from experiments.scienceworld_method.arms import (
    ADAPTED,
    ARMS,
    BC,
    CONDITIONS,
    EXPERT,
    FULLDEV,
    LFM,
    METHODS,
    NONE,
    Arm,
    Condition,
    simplified,
)
from experiments.scienceworld_method.figures import (
    ACTORS,
    FAILED,
    FINAL,
    FINAL_MACRO,
    LAST,
    LAST_MACRO,
    MACRO,
    MEANING,
    SUCCESS,
    WEIGHTED,
    Actor,
    Measure,
    Record,
    Rows,
    cells,
    rows_of,
    titled,
    values,
)
from experiments.scienceworld_method.goals import goals
from experiments.scienceworld_method.protocol import protocol

PAIRS = ((ADAPTED, BC), (LFM, BC), (ADAPTED, LFM))
_SUCCESSES = (SUCCESS, MACRO, WEIGHTED)
_SCORES = (FINAL, FINAL_MACRO, LAST, LAST_MACRO, FAILED)
_COMPARED = (SUCCESS, MACRO, FINAL, LAST)


def page(record: Record) -> str:
    """All sections. Those that no finished run speaks of are left out."""
    parts = (
        section("Aimed at, and reached or not", goals(record)),
        section("Success and scores", _main(record)),
        section("Differences", _differences(record)),
        section("Step limits and simplifications", _conditions(record)),
        section("All of dev", _fulldev(record)),
        section("Tasks", _tasks(record)),
        section("Feedback", _feedback(record)),
        section("Cost", _cost(record)),
        section("How it was measured", protocol(record)),
    )
    return "\n\n".join(part for part in parts if part) + "\n"


def _played(record: Record, condition: Condition) -> list[tuple[Actor, Rows]]:
    """Who was tried under a condition, with the results."""
    found = [(actor, rows_of(record, actor, condition)) for actor in ACTORS]
    return [(actor, rows) for actor, rows in found if rows]


def _main(record: Record) -> str:
    """The arm without simplification, under its own condition, and the references."""
    found = [
        (actor, rows)
        for actor, rows in _played(record, NONE.condition)
        if actor.arm in (NONE, None)
    ]
    if NONE.name not in record["arms"]:
        return ""
    note = f"{NONE.condition.title}. {MEANING}"
    return "\n\n".join(
        _measured(found, measures, text)
        for measures, text in ((_SUCCESSES, note), (_SCORES, "The same episodes."))
    )


def _measured(found: Sequence[tuple[Actor, Rows]], measures: Sequence[Measure], note: str) -> str:
    lines = [[titled(actor, rows), str(len(rows)), *cells(rows, measures)] for actor, rows in found]
    return table(["", "seeds", *(each.title for each in measures)], lines, note)


def _differences(record: Record) -> str:
    lines = []
    for arm in ARMS:
        rows = {method: rows_of(record, Actor(method, arm), arm.condition) for method in METHODS}
        for one, other in PAIRS:
            found = [
                differences(values(rows[one], each), values(rows[other], each))
                for each in _COMPARED
            ]
            if found[0]:
                what = [arm.condition.title, f"{METHODS[one]} - {METHODS[other]}"]
                said = verdict(METHODS[one], found[0])
                lines.append([*what, *map(difference_cell, found), said])
    head = ("learned and played with", "", *(each.title for each in _COMPARED), "success, in words")
    note = (
        "Points, paired by seed: mean over the seeds with a 95 % Student-t interval. *Above* and "
        "*below*: the interval excludes zero. No correction is made for the number of comparisons."
    )
    return table(head, lines, note) if lines else ""


def _conditions(record: Record) -> str:
    measures = (SUCCESS, MACRO, WEIGHTED, FINAL, LAST, FAILED)
    lines = []
    for condition in CONDITIONS:
        for actor, rows in _played(record, condition):
            who = [titled(actor, rows), actor.learned, str(len(rows))]
            lines.append([condition.title, *who, *cells(rows, measures)])
    head = ("played with", "", "learned with", "seeds", *(each.title for each in measures))
    note = (
        f"The same policies under several conditions. Each has learned, and adapted, with "
        f"{NONE.condition.steps} steps and the simplifications that the third column names: none "
        "has adapted to the other conditions that it is tried under. The gold script does the same "
        "with every seed."
    )
    return table(head, lines, note) if lines else ""


def _fulldev(record: Record) -> str:
    found = _played(record, FULLDEV)
    if not found:
        return ""
    counts = {str(row["episodes"]) for _, rows in found for row in rows.values()}
    note = (
        f"All {', '.join(sorted(counts))} variations of dev, {FULLDEV.title}. The adapted policies "
        "have tried the first ten of each task only, so most of these are new to them."
    )
    return _measured(found, (SUCCESS, MACRO, FINAL, LAST, FAILED), note)


def _tasks(record: Record) -> str:
    """By task: the arm without simplification and the gold script, under the arm's condition."""
    actors = (*(Actor(method, NONE) for method in METHODS), Actor(EXPERT))
    found = [(actor, rows_of(record, actor, NONE.condition)) for actor in actors]
    if not found[0][1]:
        return ""
    counts = next(iter(found[0][1].values()))["by_task_type"]
    lines = [
        [
            f"{kind.paper_id} {kind.name}",
            str(counts[kind.name][1]),
            *(_task_cell(rows, kind.name, "success") for _, rows in found),
            *(_task_cell(rows, kind.name, "last_score") for _, rows in found),
        ]
        for kind in TASKS
        if kind.name in counts
    ]
    titles = [titled(actor, rows) for actor, rows in found]
    head = ["task", "variations", *titles, *(f"{each}, last score" for each in titles)]
    note = (
        f"Success in per cent, then the last score that was not negative, 0 to 100; means over the "
        f"seeds; {NONE.condition.title}. Of what the gold script does "
        "not finish within the limit, imitation has no example."
    )
    return table(head, lines, note)


def _task_cell(rows: Rows, task: str, metric: str) -> str:
    found = [row["scores"]["task_types"][task][metric] for row in rows.values()]
    return f"{100 * sum(found) / len(found):.0f}" if found else "-"


def _feedback(record: Record) -> str:
    parts = []
    for arm, runs in _arms(record):
        found = feedback(runs)
        if found:
            parts.append(f"### Learned with {_learned(arm)}\n\n{found}")
    return "\n\n".join(parts)


def _cost(record: Record) -> str:
    lines = [
        [_learned(arm), str(run["seed"]), *_spent(run)]
        for arm, runs in _arms(record)
        for run in runs
    ]
    head = (
        *("learned with", "seed", "CPU minutes", "minutes", "cores", "memory, GB"),
        *("minutes of demonstrations", "parameters, M"),
    )
    note = (
        "`CPU minutes`: processor time of the whole command, evaluations and report included, and "
        "with it that of its Java processes. `minutes`: the same on the clock, which depends on "
        "what else the machine did. `memory`: of the largest single process at its highest; "
        "the others, such as a Java process for each episode in play, come on top of it. "
        "`minutes of demonstrations`: part of the minutes; gold paths that an earlier run has left "
        "in the cache are not made again. `parameters`: of the largest policy."
    )
    return table(head, lines, note)


def _spent(run: Mapping[str, Any]) -> list[str]:
    cost, stages = run["cost"], run["stages"]
    size = max(run["parameters"].values(), default=0)
    shown = ["not measured"] * 4
    if cost:
        cpu = cost["cpu_seconds"]
        shown = [
            "not measured" if cpu is None else f"{cpu / 60:.1f}",
            f"{cost['seconds'] / 60:.1f}",
            str(cost["cores"]),
            f"{cost['peak_bytes'] / 1e9:.2f}",
        ]
    return [*shown, f"{stages['demonstrations']['seconds'] / 60:.1f}", f"{size / 1e6:.2f}"]


def _arms(record: Record) -> list[tuple[Arm, Sequence[Mapping[str, Any]]]]:
    """The arms that there are runs of."""
    return [
        (each, record["arms"][each.name]["runs"]) for each in ARMS if each.name in record["arms"]
    ]


def _learned(arm: Arm) -> str:
    return simplified(arm.condition.simplifications)
