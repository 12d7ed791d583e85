"""Many runs at a glance, and what is different in two of them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypedDict

import yaml

from envs.errors import UserError
from envs.files import read_json
from envs.store import read_index
from lfm import layout
from lfm.output import Sheet
from lfm.run import FREE_KEYS
from lfm.settings import flat

_SETS = "evaluations/"
_FACTS = ("python", "platform", "packages", "commit", "facts")


class RunFacts(TypedDict):
    """A run in a list."""

    run: str
    method: str
    """The recipe, or the command that is none."""
    env: str
    split: str
    seed: int
    started: str
    finished: str | None
    results: list[dict[str, Any]]
    """Rows of ``results.json``; none before the end."""


class Difference(TypedDict):
    """What two runs do not share."""

    settings: dict[str, list[Any]]
    """Name -> its two values, null where there is no such setting."""
    software: dict[str, list[Any]]
    """The same of versions and data."""
    results: list[dict[str, Any]]
    """``method``, ``split`` and the rates ``a`` and ``b``, null where one has none."""
    tasks: list[dict[str, Any]]
    """For each evaluation that both have, how many of its tasks ended how."""
    unlike: list[dict[str, Any]]
    """The tasks that one did and the other did not."""


def find_runs(folder: Path) -> Iterator[Path]:
    """The runs below a folder, by name; a run is not searched for runs.

    Raises:
        UserError: if there is no such folder.
    """
    if not folder.is_dir():
        raise UserError(f"runs: there is no folder {folder}; check the path")
    for place, folders, files in os.walk(folder):
        if is_run(Path(place)):
            folders.clear()
            if layout.MANIFEST_FILE in files:  # its first moment is over
                yield Path(place)
        folders.sort()


def is_run(folder: Path) -> bool:
    """Whether a folder is a run."""
    return (folder / layout.CONFIG_FILE).exists()


def run_facts(run: Path) -> RunFacts:
    """What a list says of a run.

    Raises:
        UserError: if a file is damaged.
    """
    settings, manifest = read_settings(run), read_json(run / layout.MANIFEST_FILE)
    other = "adapt" if "adaptation.rounds" in settings else "evaluate"
    return RunFacts(
        run=str(run),
        method=settings.get("recipe.name", other),
        env=settings.get("env.name", ""),
        split=settings.get("env.split", ""),
        seed=settings.get("seed", 0),
        started=manifest["started"],
        finished=manifest["finished"],
        results=_results(run),
    )


def read_settings(run: Path) -> dict[str, Any]:
    """The settings of a run by their dotted names.

    Raises:
        UserError: if the file is damaged.
    """
    path = run / layout.CONFIG_FILE
    try:
        return flat(yaml.safe_load(path.read_text("utf-8")))
    except (OSError, yaml.YAMLError, AttributeError) as error:
        raise UserError(f"cannot read {path} ({error}); restore it") from error


def difference(a: Path, b: Path) -> Difference:
    """What is different in two runs.

    Raises:
        UserError: if a file of one of them is damaged.
    """
    tasks, unlike = _tasks(a, b)
    return Difference(
        settings=_unlike(_of_results(a), _of_results(b)),
        software=_unlike(_software(a), _software(b)),
        results=_side_by_side(_rates(a), _rates(b)),
        tasks=tasks,
        unlike=unlike,
    )


def sheets(found: Difference) -> list[Sheet]:
    """A difference as tables."""
    return [
        Sheet("Settings that differ", ("", "a", "b"), _pairs(found["settings"])),
        Sheet("Versions and data that differ", ("", "a", "b"), _pairs(found["software"])),
        Sheet(
            "Success",
            ("method", "split", "a", "b", "b - a"),
            [
                (row["method"], row["split"], _percent(row["a"]), _percent(row["b"]), _gain(row))
                for row in found["results"]
            ],
        ),
        Sheet(
            "Tasks, evaluation by evaluation",
            ("", "tasks", "both did", "only a", "only b", "neither"),
            [tuple(map(str, row.values())) for row in found["tasks"]],
        ),
    ]


def _results(run: Path) -> list[dict[str, Any]]:
    file = run / layout.RESULTS_FILE
    rows: list[dict[str, Any]] = read_json(file) if file.exists() else []
    return rows


def _of_results(run: Path) -> dict[str, Any]:
    """The settings that results depend on."""
    settings = read_settings(run).items()
    return {name: value for name, value in settings if name.split(".")[0] not in FREE_KEYS}


def _software(run: Path) -> dict[str, Any]:
    manifest = read_json(run / layout.MANIFEST_FILE)
    return flat({name: manifest[name] for name in _FACTS})


def _unlike(a: Mapping[str, Any], b: Mapping[str, Any]) -> dict[str, list[Any]]:
    names = sorted({**a, **b})
    return {name: [a.get(name), b.get(name)] for name in names if a.get(name) != b.get(name)}


def _rates(run: Path) -> dict[tuple[str, str], float]:
    return {(row["method"], row["split"]): row["success_rate"] for row in _results(run)}


def _side_by_side(
    a: Mapping[tuple[str, str], float], b: Mapping[tuple[str, str], float]
) -> list[dict[str, Any]]:
    return [
        {"method": method, "split": split, "a": a.get(key), "b": b.get(key)}
        for key in {**a, **b}
        for method, split in [key]
    ]


def _tasks(a: Path, b: Path) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """How the tasks of the evaluations that both have ended, and those that ended unlike."""
    counts, unlike = [], []
    for name, ours, theirs in _evaluations(a, b):
        first, second = _ends(ours), _ends(theirs)
        shared = [task for task in first if task in second]
        ends = [(first[task], second[task]) for task in shared]
        counts.append(
            {
                "set": name,
                "tasks": len(shared),
                "both": ends.count((True, True)),
                "only_a": ends.count((True, False)),
                "only_b": ends.count((False, True)),
                "neither": ends.count((False, False)),
            }
        )
        unlike += [
            {"set": name, "task_id": task, "a": one, "b": other}
            for task, (one, other) in zip(shared, ends, strict=True)
            if one != other
        ]
    return counts, unlike


def _evaluations(a: Path, b: Path) -> Iterator[tuple[str, Path, Path]]:
    """The evaluations that both have; where each is of one policy, these, whatever their names."""
    ours, theirs = (
        {name: file for name, file in layout.episode_sets(run).items() if name.startswith(_SETS)}
        for run in (a, b)
    )
    if len(ours) == len(theirs) == 1:
        (name, one), (other, two) = *ours.items(), *theirs.items()
        yield (name if name == other else f"{name} and {other}"), one, two
        return
    yield from ((name, ours[name], theirs[name]) for name in ours if name in theirs)


def _ends(file: Path) -> dict[str, bool]:
    """Task -> whether it was done."""
    index = read_index(file)
    return dict(zip(index["task_id"].to_pylist(), index["success"].to_pylist(), strict=True))


def _pairs(found: Mapping[str, list[Any]]) -> list[tuple[str, ...]]:
    return [
        (name, *("-" if each is None else str(each) for each in of)) for name, of in found.items()
    ]


def _percent(rate: float | None) -> str:
    return "-" if rate is None else f"{rate:.1%}"


def _gain(row: Mapping[str, Any]) -> str:
    return "-" if None in (row["a"], row["b"]) else f"{100 * (row['b'] - row['a']):+.1f}"
