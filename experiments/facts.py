"""What runs have in common, in words: for the lists that say how figures were measured."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any


def listed(values: Iterable[Any]) -> str:
    """With commas between them."""
    return ", ".join(map(str, values))


def distinct(rows: Iterable[Any], name: str) -> str:
    """The different values that rows have under a name, sorted."""
    return listed(sorted({row[name] for row in rows}))


def software(runs: Iterable[Any]) -> list[str]:
    """Versions of what the runs were made with, each once.

    Args:
        runs: as :func:`experiments.records.job_record` has them.
    """
    found = []
    for run in runs:
        about = run["software"]
        packages = about["packages"]
        found.append(
            f"Python {about['python']}, PyTorch {packages['torch']}, NumPy {packages['numpy']}, "
            f"{about['platform']}, {about['cpu_count']} cores"
        )
    return list(dict.fromkeys(found))


def commits(runs: Iterable[Any]) -> str:
    """The commits that the runs were made with, each once."""
    return listed(dict.fromkeys(str(run["software"]["commit"]) for run in runs))


def made_with(runs: Sequence[Any]) -> tuple[str, str]:
    """The entries of such a list on the software and the commits of runs."""
    return "Software: " + "; ".join(software(runs)), f"Commit: {commits(runs)}"
