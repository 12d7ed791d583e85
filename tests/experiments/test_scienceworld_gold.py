from __future__ import annotations

from pathlib import Path

import pytest

from envs.files import read_json
from envs.scienceworld.gold import GoldPath
from experiments.scienceworld_gold import run
from experiments.scienceworld_gold.page import gather, page


def _path(task_id: str, form: str, actions: int) -> GoldPath:
    done = ("wait",) * actions
    return GoldPath(done, form, float(bool(actions)), ("wait1",) * 40, 40, 30, task_id, ())


def test_figures_of_all_runs_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = {
        "boil/14": _path("boil/14", "short", 20),
        "melt/14": _path("melt/14", "failed", 0),
        "melt/15": _path("melt/15", "raw", 60),
    }
    monkeypatch.setattr(run, "prepare", lambda *_, **__: None)
    monkeypatch.setattr(run, "cached", lambda task_id, _: paths.get(task_id))
    out = ["--out", str(tmp_path), "--split", "dev"]
    assert run.main([*out, "--tasks", "melt", "--per-task", "2"]) == 0
    assert run.main([*out, "--tasks", "boil", "melt", "--without", "melt"]) == 0
    (file,) = tmp_path.iterdir()
    assert [row["task_id"] for row in read_json(file)["paths"]] == list(paths)
    figures = page(gather(tmp_path))
    # of three scripts of 40 actions two succeed; two paths do, of 20 and 60 actions
    summary = "| dev, no simplification | 3 | 67 | 67 | 33 | 0.0 | 75 | 40.0 / 40.0 | 0 / 33 "
    assert summary in figures
    assert "| 67 / 33 | 67 / 67 | 67 / 67 |" in figures
    assert "Raw or failed: melt/14, melt/15." in figures
