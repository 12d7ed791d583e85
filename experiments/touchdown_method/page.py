"""The figures of the record as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from experiments.facts import distinct, listed, made_with
from experiments.judged import feedback
from experiments.markdown import mean_cell, section, table
from experiments.paired import difference_cell, differences, verdict
from experiments.touchdown_method.arms import ARMS, METHODS, REFERENCES, SEEN_AREA, Arm
from experiments.touchdown_method.mixture import RECOVERED, TIMES

Record = Mapping[str, Any]
"""See :func:`experiments.touchdown_method.record.gather`."""
Row = Mapping[str, Any]

MIXED = f"{SEEN_AREA} and, {TIMES} times, {RECOVERED} as far as it is in the seen area"
PAIRS = (("adapted", "bc"), ("lfm", "bc"), ("adapted", "lfm"))
METRICS = {
    "task_completion": ("TC", 100),
    "goal_visited": ("goal visited", 100),
    "spd": ("SPD, steps", 1),
    "sed": ("SED", 100),
    "kpa": ("KPA", 100),
    "ndtw": ("nDTW", 100),
    "spl": ("SPL", 100),
}
"""Name in a result row -> title and factor in the tables."""


def page(record: Record) -> str:
    """All sections. Those that no finished run speaks of are left out."""
    played = [arm for arm in ARMS if arm.name in record["arms"]]
    parts = (
        section("Success", "\n\n".join(_success(record, arm) for arm in played)),
        section("Differences", _differences(record, played)),
        section("Feedback", "\n\n".join(_feedback(record, arm) for arm in played)),
        section("Cost", _cost(record, played)),
        section("How it was measured", _protocol(record, played)),
    )
    return "\n\n".join(part for part in parts if part) + "\n"


def _runs(record: Record, arm: Arm) -> list[Row]:
    found: list[Row] = record["arms"][arm.name]["runs"]
    return found


def _rows(record: Record, arm: Arm, method: str, split: str) -> dict[int, Row]:
    """Seed -> result."""
    rows = [row for run in _runs(record, arm) for row in run["rows"]]
    return {row["seed"]: row for row in rows if (row["method"], row["split"]) == (method, split)}


def _splits(record: Record, arm: Arm) -> list[str]:
    return list(dict.fromkeys(row["split"] for row in _runs(record, arm)[0]["rows"]))


def _actors(record: Record, arm: Arm, split: str) -> Iterator[tuple[str, list[Row]]]:
    """Title and results of whoever walked on a split."""
    for method, title in METHODS.items():
        yield title, list(_rows(record, arm, method, split).values())
    for row in record["references"].get(arm.name, ()):
        if row["split"] == split:
            yield REFERENCES[row["method"]], [row]


def _success(record: Record, arm: Arm) -> str:
    lines = [
        [split, title + ("\\*" if rows[0]["privileged"] else ""), str(len(rows)), *_cells(rows)]
        for split in _splits(record, arm)
        for title, rows in _actors(record, arm, split)
        if rows
    ]
    head = ["split", "", "seeds", "success", *(title for title, _ in METRICS.values())]
    note = (
        f"### {arm.title}\n\nMeans over the seeds, per cent but for SPD; success with a 95 % "
        "Student-t interval over them. `*`: privileged, that is, it uses or has learned from what "
        "an agent could not have."
    )
    return table(head, lines, note)


def _cells(rows: Sequence[Row]) -> list[str]:
    means = [
        factor * sum(row["metrics"][name]["mean"] for row in rows) / len(rows)
        for name, (_, factor) in METRICS.items()
    ]
    success = mean_cell([100 * row["success_rate"] for row in rows], ".1f")
    return [success, *(f"{mean:.1f}" for mean in means)]


def _differences(record: Record, played: Sequence[Arm]) -> str:
    lines = []
    for arm in played:
        for split in _splits(record, arm):
            rates = {
                method: {
                    seed: 100 * row["success_rate"]
                    for seed, row in _rows(record, arm, method, split).items()
                }
                for method in METHODS
            }
            for one, other in PAIRS:
                found = differences(rates[one], rates[other])
                if found:
                    what = f"{METHODS[one]} - {METHODS[other]}"
                    said = verdict(METHODS[one], found)
                    lines.append([arm.title, split, what, difference_cell(found), said])
    note = (
        "Success in points, paired by seed: mean over the seeds with a 95 % Student-t interval. "
        "No correction is made for the number of comparisons."
    )
    return table(["", "split", "", "success", "in words"], lines, note) if lines else ""


def _feedback(record: Record, arm: Arm) -> str:
    found = feedback(_runs(record, arm))
    return f"### {arm.title}\n\n{found}" if found else ""


def _cost(record: Record, played: Sequence[Arm]) -> str:
    lines = []
    for arm in played:
        for run in _runs(record, arm):
            size = max(run["parameters"].values(), default=0)
            lines.append([arm.title, str(run["seed"]), *_spent(run["cost"]), f"{size / 1e6:.2f}"])
    head = ("", "seed", "CPU minutes", "minutes", "cores", "memory, GB", "parameters, M")
    note = (
        "`CPU minutes`: processor time of the whole command, evaluations and report included. "
        "`minutes`: the same on the clock, which depends on what else the machine did. "
        "`parameters`: of the largest policy."
    )
    return table(head, lines, note)


def _spent(cost: Mapping[str, Any] | None) -> list[str]:
    if cost is None:
        return ["not measured"] * 4
    return [
        f"{cost['cpu_seconds'] / 60:.1f}",
        f"{cost['seconds'] / 60:.1f}",
        str(cost["cores"]),
        f"{cost['peak_bytes'] / 1e9:.2f}",
    ]


def _protocol(record: Record, played: Sequence[Arm]) -> str:
    runs = [run for arm in played for run in _runs(record, arm)]
    lines = [
        "Command: `python -m experiments.touchdown_method.run --out DIR --data DIR`; each run is "
        "`python -m lfm.train env=touchdown seed=N` with the arm's settings and files, each "
        "reference `python -m lfm.evaluate` with the same environment",
        *(_told(record, arm) for arm in played),
        "Actions: those that are possible are given at every step. Landmarks: OpenStreetMap's, "
        "unless the settings say none",
        "Privileged: the expert knows the route, and the critic knows it and the streets; whatever "
        "learned from them is marked. The critic labels tries on training routes only. Adaptation "
        "tries the very routes that it is then evaluated on, without demonstrations, critic or "
        "reward; but where arriving ends a walk (`env.stop=auto`) the feedback model, which reads "
        "a try to its end, can tell from its length whether it arrived",
        "Within a run no evaluation decides anything",
        "Seeds decide demonstrated and explored routes, weights and every draw; the references "
        "were walked with one",
        *made_with(runs),
    ]
    return "\n".join(f"- {line}" for line in lines)


def _told(record: Record, arm: Arm) -> str:
    job, rows = record["arms"][arm.name], [r for run in _runs(record, arm) for r in run["rows"]]
    counts = {row["split"]: row["episodes"] for row in rows}
    recipe = job["settings"]["recipe"]
    return (
        f"{arm.title}: `{' '.join(arm.settings)}`; seeds "
        f"{listed(run['seed'] for run in job['runs'])}; "
        + (f"learned from {arm.learned or MIXED}, " if arm.walked else "")
        + f"{recipe['demonstrations']} demonstrations, {recipe['rollout_tasks']} tries; walked "
        + listed(f"{count} of {split}" for split, count in counts.items())
        + f"; {distinct(rows, 'env_version')}; {distinct(rows, 'max_steps')} steps"
    )
