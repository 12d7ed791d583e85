"""The figures of a record as Markdown, and a plain word on whether they are what was aimed at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from experiments.judged import feedback
from experiments.markdown import mean_cell, section, table, tries_cell, with_interval
from lfm.statistics import mean_interval

SEEN_SPLIT = "valid_seen"
METHODS = {"bc": "BC", "lfm": "LFM", "adapted": "adapted"}
"""Name in ``results.json`` -> name in the tables."""
PAIRS = (("bc", "lfm"), ("bc", "adapted"), ("lfm", "adapted"))

LEAST_GAIN = 12.0
"""Points by which the adapted policy should be above BC on the unseen tasks."""
MOST_MINUTES = 10.0
MOST_GIGABYTES = 4.0
CORES = 2

Record = Mapping[str, Any]


def page(record: Record) -> str:
    """All sections. See :func:`experiments.alfworld_default.record.gather` for the record."""
    parts = (
        section("Aimed at, and reached or not", "\n".join(_verdicts(record))),
        section("Success", _success(record)),
        section("Differences", _differences(record)),
        section("Task types", _task_types(record)),
        section("Feedback", feedback(record["runs"])),
        section("Cost", _cost(record)),
        section("How it was measured", "\n".join(f"- {line}" for line in _facts(record))),
    )
    return "\n\n".join(part for part in parts if part) + "\n"


def rates(record: Record, method: str, split: str) -> list[float]:
    """Success of a method on a split in per cent, one value a run.

    Raises:
        KeyError: if a run lacks it.
    """
    return [100 * _row(run, method, split)["success_rate"] for run in record["runs"]]


def gains(record: Record, before: str, after: str, split: str) -> list[float]:
    """Difference of two methods in points, run by run."""
    pairs = zip(rates(record, before, split), rates(record, after, split), strict=True)
    return [later - earlier for earlier, later in pairs]


def is_generated(record: Record) -> bool:
    """Whether the games were generated, and not official ones."""
    return "generated" in str(record["runs"][0]["rows"][0]["env_version"])


def _verdicts(record: Record) -> list[str]:
    """The goals of the default job; for other jobs only whether adaptation helped."""
    split = record["settings"]["env"]["split"]
    verdicts = []
    if {"bc", "adapted"} <= set(_methods(record)):
        verdicts.append(_gain_verdict(gains(record, "bc", "adapted", split), split))
        if is_generated(record):
            verdicts.append(_size_verdict(gains(record, "bc", "adapted", split)))
    if is_generated(record):
        verdicts += _cost_verdicts([run["cost"] for run in record["runs"]])
    return [f"- {verdict}" for verdict in verdicts]


def _gain_verdict(values: Sequence[float], split: str) -> str:
    what = f"The adapted policy is above BC on {split}, with a 95 % interval that excludes zero"
    if len(values) < 2:
        return f"{what}: **not shown**, there is one run ({values[0]:+.1f} points)."
    interval = mean_interval(values)
    said = "reached" if interval.low > 0 else "**not reached**"
    return f"{what}: {said}, {with_interval(interval, '+.1f')} points over {interval.n} seeds."


def _size_verdict(values: Sequence[float]) -> str:
    mean = sum(values) / len(values)
    what = f"By at least {LEAST_GAIN:.0f} points (the best gain in the paper)"
    if mean >= LEAST_GAIN:
        return f"{what}: reached, {mean:+.1f}."
    return f"{what}: **not reached**, {mean:+.1f}, which is {LEAST_GAIN - mean:.1f} short."


def _cost_verdicts(costs: Sequence[Mapping[str, float] | None]) -> list[str]:
    measured = [cost for cost in costs if cost]
    if len(measured) < len(costs):
        return ["Time and memory: **not shown**, not every run was measured from start to end."]
    cores = int(max(cost["cores"] for cost in measured))
    minutes = max(cost["seconds"] for cost in measured) / 60
    memory = max(cost["peak_bytes"] for cost in measured) / 1e9
    time_goal = f"At most {MOST_MINUTES:.0f} minutes on {CORES} cores"
    if minutes > MOST_MINUTES:
        said = "**not reached**"
    else:
        said = "reached" if cores <= CORES else "**not shown**"
    return [
        f"{time_goal}: {said}, the slowest run took {minutes:.1f} on {cores}.",
        f"At most {MOST_GIGABYTES:.0f} GB of memory: "
        f"{'reached' if memory <= MOST_GIGABYTES else '**not reached**'}, "
        f"the largest run took {memory:.2f}.",
    ]


def _success(record: Record) -> str:
    columns = [(method, split) for split in _splits(record) for method in _methods(record)]
    head = ["seed", *(f"{_name(record, method)}, {split}" for method, split in columns)]
    rows = [
        [str(run["seed"]), *(_count(_row(run, *column)) for column in columns)]
        for run in record["runs"]
    ]
    mean = [mean_cell(rates(record, *column), ".1f") for column in columns]
    note = (
        "Per cent of the tasks, each tried once, with the number of successes; the mean with a "
        "95 % Student-t interval over the seeds."
    )
    privileged = "`*`: the critic that its training began with reads the simulator (privileged)."
    marked = any("*" in cell for cell in head)
    return table(head, [*rows, ["**mean**", *mean]], f"{note} {privileged if marked else ''}")


def _differences(record: Record) -> str:
    pairs = [pair for pair in PAIRS if set(pair) <= set(_methods(record))]
    rows = [
        [
            f"{METHODS[after]} - {METHODS[before]}",
            *(mean_cell(gains(record, before, after, split), "+.1f") for split in _splits(record)),
        ]
        for before, after in pairs
    ]
    note = "Points, paired by seed: mean over the seeds with a 95 % Student-t interval."
    return table(["", *_splits(record)], rows, note)


def _task_types(record: Record) -> str:
    """Success by type on the tasks of ``env.split``, all seeds together."""
    split, methods = record["settings"]["env"]["split"], _methods(record)
    kinds = sorted(_row(record["runs"][0], methods[0], split)["by_task_type"])
    rows = []
    for kind in kinds:
        cells = []
        for method in methods:
            counts = [_row(run, method, split)["by_task_type"][kind] for run in record["runs"]]
            cells.append(tries_cell(counts))
        rows.append([kind, *cells])
    head = ["type", *(_name(record, method) for method in methods)]
    return table(head, rows, f"Per cent on {split}, all seeds together.")


def _cost(record: Record) -> str:
    rows = []
    for run in record["runs"]:
        cost, stages = run["cost"], sum(facts["seconds"] for facts in run["stages"].values())
        measured = (
            [f"{cost['seconds'] / 60:.1f}", f"{cost['peak_bytes'] / 1e9:.2f}", str(cost["cores"])]
            if cost
            else ["not measured"] * 3
        )
        rows.append([str(run["seed"]), *measured, f"{stages / 60:.1f}"])
    return table(
        ["seed", "minutes", "peak memory, GB", "cores", "minutes in stages"],
        rows,
        "Wall clock from start to end of the command; resident memory at its highest.",
    )


def _facts(record: Record) -> list[str]:
    env, runs = record["settings"]["env"], record["runs"]
    rows = runs[0]["rows"]
    counts = {row["split"]: row["episodes"] for row in rows}
    seeds = [str(run["seed"]) for run in runs]
    told = "given" if rows[0]["admissible_given"] else "not given"
    software = [run["software"] for run in runs]
    packages = software[0]["packages"]
    command = ["python -m experiments.alfworld_default.run --out DIR --seeds", *seeds]
    return [
        f"Command: `{' '.join([*command, *record['overrides']])}`",
        "Tasks: " + ", ".join(f"all {n} of {split}" for split, n in counts.items())
        if record["settings"]["recipe"]["eval_tasks"] == 0 and env["games"] == 0
        else "Tasks: " + ", ".join(f"{n} of {split}" for split, n in counts.items()),
        f"Environment: {rows[0]['env']}, {rows[0]['env_version']}; "
        f"goals: {rows[0]['goals']}; dialect: {env['dialect']}",
        f"Step limit: {rows[0]['max_steps']}. The admissible actions are {told}",
        f"Adaptation tries the very tasks of {env['split']}, without demonstrations, critic or "
        "reward, and is evaluated on them afterwards",
        "Privileged: the critic reads the simulator. It labels episodes on training tasks only",
        f"Seeds: {', '.join(seeds)}; a run's seed decides demonstrated and explored tasks, weights "
        "and every draw",
        "Data: " + "; ".join(f"{name} {value}" for name, value in record["facts"].items()),
        f"Python {software[0]['python']}, PyTorch {packages['torch']}, "
        f"{software[0]['platform']}; commit "
        + ", ".join(dict.fromkeys(str(each["commit"]) for each in software)),
    ]


def _row(run: Mapping[str, Any], method: str, split: str) -> Mapping[str, Any]:
    for row in run["rows"]:
        if (row["method"], row["split"]) == (method, split):
            found: Mapping[str, Any] = row
            return found
    raise KeyError(f"the run of seed {run['seed']} has no result of {method} on {split}")


def _methods(record: Record) -> list[str]:
    return list(dict.fromkeys(row["method"] for row in record["runs"][0]["rows"]))


def _splits(record: Record) -> list[str]:
    return list(dict.fromkeys(row["split"] for row in record["runs"][0]["rows"]))


def _name(record: Record, method: str) -> str:
    rows = [row for run in record["runs"] for row in run["rows"] if row["method"] == method]
    return METHODS[method] + ("\\*" if any(row["privileged"] for row in rows) else "")


def _count(row: Mapping[str, Any]) -> str:
    return f"{100 * row['success_rate']:.1f} ({row['successes']} of {row['episodes']})"
