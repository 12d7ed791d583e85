"""Made-up runs: their files, and how a page shows what several of them reached."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file

from lfm.statistics import mean_interval


def write(path: Path, value: Any) -> None:
    """Write a file of JSON, with its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value), encoding="utf-8")


def done(folder: Path, name: str, seconds: float = 30.0, **counts: Any) -> None:
    """Make a stage a finished one."""
    facts = {"name": name, "seconds": seconds, "resumed": False, "outputs": {}}
    finished = "2026-01-01T00:00:00.000+00:00"
    write(folder / name / "done.json", {**facts, "finished": finished, "counts": counts})


def write_run(
    folder: Path,
    config: Mapping[str, Any],
    data: str,
    rows: Sequence[Mapping[str, Any]],
    agreement: Mapping[str, Any],
    overrides: Sequence[str],
    session: Mapping[str, Any],
    *,
    finished: str | None = "2026-01-01",
    sessions: int = 1,
) -> None:
    """Write a run directory of 30,007 parameters and the measurements of one session beside it.

    Args:
        folder: the run directory.
        config: its settings, but for the place of the run.
        data: what its data is called.
        rows: its results.
        agreement: of the feedback model of its first round.
        overrides: the settings that it was started with.
        session: what was measured, but for what is always the same.
        finished: when it came to its end; None if it did not.
        sessions: how many it took.
    """
    manifest = {
        "finished": finished,
        "commit": "abc",
        "python": "3.11.7",
        "platform": "Linux x86_64",
        "cpu_count": 2,
        "packages": {"torch": "2.13.0", "numpy": "2.0"},
        "facts": {"train_data": data},
        "sessions": [{}] * sessions,
    }
    write(folder / "config.yaml", {**config, "run_dir": str(folder)})
    write(folder / "manifest.json", manifest)
    write(folder / "results.json", rows)
    write(folder / "feedback_model" / "round1" / "agreement.json", agreement)
    weights = {"a": np.zeros((3, 10_000), np.float32), "b": np.zeros(7, np.float32)}
    (folder / "policies" / "bc").mkdir(parents=True)
    save_file(weights, folder / "policies" / "bc" / "model.safetensors")
    usual = {"exit_code": 0, "peak_bytes": 1_500_000_000, "cores": 2}
    notes = {"overrides": [*overrides], "sessions": [{**usual, **session}]}
    write(folder.with_suffix(".json"), notes)


def shown(values: Sequence[float], form: str = ".1f") -> str:
    """The mean of several runs with its interval, as it stands on a page."""
    interval = mean_interval(values)
    return f"**{interval.value:{form}}** ({interval.low:{form}} to {interval.high:{form}})"
