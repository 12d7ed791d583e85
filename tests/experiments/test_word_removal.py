"""The page on word removal: a short run of the experiment's own command, and what is made of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from experiments.markdown import END
from experiments.word_removal import run, table
from experiments.word_removal.run import ARM, SETTINGS
from lfm.cli import compose

SHORT = (
    *("recipe=bc", "policy=writer", "recipe.demonstrations=8", "policy.updates=1", "threads=1"),
    *("policy.lessons=40", "policy.lesson_updates=1", "policy.hidden_size=16", "policy.layers=1"),
    *("policy.heads=2", "policy.answer_tokens=4", "env.games=27"),
)


def test_all_settings_are_known() -> None:
    assert compose("config", ["env=word_removal", *SETTINGS]).recipe.demonstrations == 20_000


def test_the_page_says_what_runs_showed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for module in (run, table):
        monkeypatch.setattr(module, "SETTINGS", SHORT)
    assert run.main(["--out", str(tmp_path / "runs"), "--seeds", "3"]) == 0
    file = tmp_path / "runs" / ARM / "seed3" / "results.json"
    (row,) = json.loads(file.read_text())
    assert row["episodes"] == 27
    row["successes"] = 9
    row["by_task_type"] = {name: [name.endswith("k1"), 1] for name in row["by_task_type"]}
    file.write_text(json.dumps([row]))
    (tmp_path / "README.md").write_text(f"{table.BEGIN}\n{END}\n")
    capsys.readouterr()
    assert table.main(["--runs", str(tmp_path / "runs"), "--readme"], tmp_path) == 0
    page = capsys.readouterr().out
    assert page in (tmp_path / "README.md").read_text()
    assert "| 1 | 10 | **100.0** (one run) |" in page
    assert "| 3 | 8 | **0.0** (one run) |" in page
    assert "| all | 27 | **33.3** (one run) |" in page
    assert "seed=N recipe=bc policy=writer recipe.demonstrations=8" in page
    with monkeypatch.context() as changed:
        changed.setattr(table, "SETTINGS", SETTINGS)
        assert table.main(["--runs", str(tmp_path / "runs")], tmp_path) == 2
    assert "run it again, in another --out" in capsys.readouterr().err
