"""What holds for several experiments: how their pages are written, and of what."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from envs.files import read_json, write_json
from experiments.alfworld_method import table as alfworld_method
from experiments.alfworld_policies import table as alfworld_policies
from experiments.markdown import END
from experiments.scienceworld_gold import page as scienceworld_gold
from experiments.scienceworld_method import table as scienceworld_method
from experiments.scienceworld_method.arms import NONE
from tests.experiments import alfworld_runs, science_runs

NO_RUN = "there is no finished run ARM/seedN in {}; check --runs\n"
NO_RESULT = "there is no result in {}; check --runs\n"


def _alfworld(out: Path) -> None:
    for seed, won in enumerate((100, 102, 107)):
        alfworld_runs.make_run(out, "lfm", seed, {"bc": 70, "lfm": won, "adapted": 126})


def _scienceworld(out: Path) -> None:
    for seed, won in enumerate((3, 4, 7)):
        science_runs.make_run(out, NONE, seed, {"bc": won, "lfm": 5, "adapted": 9})


MADE = pytest.mark.parametrize(
    ("table", "make"),
    [(alfworld_method, _alfworld), (scienceworld_method, _scienceworld)],
    ids=["alfworld", "scienceworld"],
)


@MADE
def test_page_is_written_between_the_marks_and_again_from_the_json(
    table: Any, make: Callable[[Path], None], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make(tmp_path / "runs")
    runs = ["--runs", str(tmp_path / "runs")]
    here = tmp_path / "here"
    here.mkdir()
    readme = here / "README.md"
    readme.write_text(f"Before.\n\n{table.BEGIN}\nold\n{END}\n\nAfter.\n", encoding="utf-8")
    assert table.main(runs, here) == 0
    assert [file.name for file in here.iterdir()] == ["README.md"]
    figures = capsys.readouterr().out.strip()
    assert table.main([*runs, "--readme"], here) == 0
    first = readme.read_text("utf-8")
    assert first == f"Before.\n\n{table.BEGIN}\n\n{figures}\n\n{END}\n\nAfter.\n"
    readme.write_text(f"Before.\n\n{table.BEGIN}\n{END}\n\nAfter.\n", encoding="utf-8")
    assert table.main(["--readme"], here) == 0
    assert readme.read_text("utf-8") == first


def test_runs_of_two_machines_come_into_one_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    methods = {"bc": 3, "lfm": 5, "adapted": 9}
    for seed in (0, 1, 2):
        science_runs.make_run(tmp_path / "all", NONE, seed, methods)
    for machine, seeds in (("one", (0, 2)), ("two", (1, 2))):
        for seed in seeds:
            science_runs.make_run(tmp_path / machine, NONE, seed, methods)
    (tmp_path / "README.md").write_text(f"{scienceworld_method.BEGIN}\n{END}\n", encoding="utf-8")
    wanted = scienceworld_method.gather(tmp_path / "all")
    written = tmp_path / "results.json"
    one, two = (["--runs", str(tmp_path / name), "--readme"] for name in ("one", "two"))
    assert scienceworld_method.main(one, tmp_path) == 0
    assert scienceworld_method.main([*two, "--keep"], tmp_path) == 0
    assert read_json(written) == wanted
    assert scienceworld_method.main(two, tmp_path) == 0
    assert [run["seed"] for run in read_json(written)["arms"]["none"]["runs"]] == [1, 2]
    capsys.readouterr()
    other = read_json(written)
    other["arms"]["none"]["settings"]["max_steps"] = 7
    write_json(written, other)
    assert scienceworld_method.main([*one, "--keep"], tmp_path) == 2
    assert "results.json: arms: none: settings" in capsys.readouterr().err


@MADE
def test_machines_leave_no_trace(table: Any, make: Callable[[Path], None], tmp_path: Path) -> None:
    make(tmp_path / "runs")
    (tmp_path / "README.md").write_text(f"{table.BEGIN}\n{END}\n", encoding="utf-8")
    assert table.main(["--runs", str(tmp_path / "runs"), "--readme"], tmp_path) == 0
    for name in ("README.md", "results.json"):
        written = (tmp_path / name).read_text("utf-8")
        assert "private" not in written
        assert str(tmp_path) not in written
        assert "bins" not in written


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (alfworld_method, NO_RUN),
        (scienceworld_method, NO_RUN),
        (alfworld_policies, NO_RESULT),
        (scienceworld_gold, NO_RESULT),
    ],
)
def test_nothing_to_gather_is_answered_by_one_sentence(
    table: Any, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert table.main(["--runs", str(tmp_path)]) == 2
    assert capsys.readouterr().err == said.format(tmp_path)


@pytest.mark.parametrize(
    "table", [alfworld_method, scienceworld_method, alfworld_policies, scienceworld_gold]
)
def test_committed_page_is_what_its_json_says(
    table: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (table.HERE / "README.md").read_text("utf-8")
    assert table.BEGIN in text
    if (table.HERE / "results.json").exists():
        assert table.main([]) == 0
        assert capsys.readouterr().out.strip() in text
