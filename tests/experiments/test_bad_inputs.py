"""Bad files: the commands answer by one sentence; see tests/lfm/test_config.py for settings."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from experiments.bad_inputs import run
from experiments.bad_inputs.case import BadInput
from experiments.bad_inputs.files import FILES
from experiments.bad_inputs.results import RESULTS
from experiments.bad_inputs.runs import RUNS
from experiments.bad_inputs.streets import STREETS
from lfm.cli import run_command


@pytest.mark.parametrize(
    "case", [*FILES, *RUNS, *RESULTS, *STREETS], ids=lambda case: case.what.replace(" ", "_")
)
def test_bad_files_are_answered_by_one_sentence(
    case: BadInput,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("ALFWORLD_DATA", raising=False)
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "case"
    folder.mkdir()
    case.prepare(folder)
    arguments = [text.replace("{dir}", str(folder)) for text in case.arguments]
    monkeypatch.setattr("sys.argv", [case.command, *arguments])
    command = importlib.import_module(f"lfm.{case.command}")
    with pytest.raises(SystemExit) as exit_:
        run_command(command.main, "config" if case.command == "train" else case.command)
    answer = capsys.readouterr().err.strip().splitlines()[-1]
    assert (exit_.value.code, answer) == (case.code, case.answer.replace("{dir}", str(folder)))


def test_table_is_made_by_running_the_commands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = tmp_path / "README.md"
    monkeypatch.setattr(run, "TABLE", table)
    assert run.main(run.CASES[:1]) == 0
    assert run.CASES[0].answer in table.read_text("utf-8")


def test_the_table_in_the_repository_is_complete() -> None:
    text = run.TABLE.read_text("utf-8")
    assert len(run.CASES) >= 25
    assert all(case.answer.replace("|", "\\|") in text for case in run.CASES)
