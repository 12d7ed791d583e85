"""``python -m lfm.doctor``: what it prints and its exit code; the checks have their own tests."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from lfm import doctor
from lfm.checks.finding import Finding
from lfm.cli import run_command

FINE = [
    Finding("cellar", "ok", "dry", needed=True),
    Finding("attic", "missing", "none", "build it"),
]
WRONG = [*FINE, Finding("roof", "wrong", "a hole\nor two", "mend it", needed=True)]


def _command(
    findings: list[Finding], monkeypatch: pytest.MonkeyPatch, *settings: str
) -> int | str | None:
    for name in ("software", "machine", "tasks"):
        monkeypatch.setattr(doctor, name, lambda *_: ())
    monkeypatch.setattr(doctor, "software", lambda: findings)
    monkeypatch.setattr(sys, "argv", ["lfm.doctor", *settings])
    with pytest.raises(SystemExit) as end:
        run_command(doctor.main, "doctor")
    return end.value.code


def test_what_is_missing_is_no_fault(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _command(FINE, monkeypatch) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["ok", "cellar", "dry"]
    assert lines[1].split() == ["missing", "attic", "none"]
    assert lines[2].strip() == "build it"
    assert lines[-1] == "This job can run."


def test_what_the_job_needs_and_lacks_is_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _command(WRONG, monkeypatch) == 1
    lines = capsys.readouterr().out.splitlines()
    assert ["wrong", "roof", "a", "hole", "or", "two"] in map(str.split, lines)
    assert lines[-1] == "This job cannot run: mend roof."


@pytest.mark.parametrize(("findings", "ready"), [(FINE, True), (WRONG, False)])
def test_json(
    findings: list[Finding],
    ready: bool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert _command(findings, monkeypatch, "json=true") == (0 if ready else 1)
    said = json.loads(capsys.readouterr().out)
    assert said["ready"] is ready
    assert [row["name"] for row in said["findings"][:-1]] == [each.name for each in findings]
    assert said["findings"][-1]["name"] == "endpoint"


def test_here_the_default_job_can_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.delenv("ALFWORLD_DATA", raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["lfm.doctor", "json=true"])
    with pytest.raises(SystemExit) as end:
        run_command(doctor.main, "doctor")
    assert end.value.code == 0
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)["findings"]}
    assert rows["tasks of env=alfworld"]["found"].startswith("train 3,553, valid_seen 140")
    assert {row["status"] for row in rows.values()} <= {"ok", "missing", "wrong"}
    assert all(row["fix"] for row in rows.values() if row["status"] != "ok")
    assert list(tmp_path.iterdir()) == []
