"""Evaluation as a command: it goes on after a kill, and what it says is beyond doubt."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from envs.files import write_json
from lfm import layout, rollout
from tests.end_to_end.commands import FEW, command

SETTINGS = ("policy=random", *FEW, "batch_envs=1")
KILLED = """
import os, signal, sys
from envs.live import LiveTrajectories
from lfm.cli import run_command
from lfm.evaluate import main

append = LiveTrajectories.append
kept = []

def append_and_die(self, *trajectories):
    append(self, *trajectories)
    kept.extend(trajectories)
    if len(kept) == 2:
        os.kill(os.getpid(), signal.SIGKILL)

LiveTrajectories.append = append_and_die
run_command(main, "evaluate")
"""
"""The command, which is killed by kill -9 as soon as two of its four episodes are on the disk."""


def evaluate(out: Path, *settings: str) -> dict[str, Any]:
    """The evaluation, which is also in ``out``."""
    assert command("evaluate", *settings, f"out={out}") == 0
    found: dict[str, Any] = json.loads(out.read_text())
    return found


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("undisturbed") / "random.json"
    evaluate(out, *SETTINGS)
    return out


def test_a_killed_evaluation_goes_on_where_it_stopped(
    undisturbed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "random.json"
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, *SETTINGS, f"out={out}"], capture_output=True, check=False
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    assert not out.exists()
    played: list[int] = []
    play = rollout.play

    def counted(envs: Any, tasks: Any, *others: Any) -> Any:
        played.append(len(tasks))
        return play(envs, tasks, *others)

    monkeypatch.setattr(rollout, "play", counted)
    found = evaluate(out, *SETTINGS)
    assert played == [1, 1], "an episode that was on the disk was played again"
    expected = json.loads(undisturbed.read_text())
    assert {**found, "evaluated": ""} == {**expected, "evaluated": ""}
    before = out.read_bytes()
    evaluate(out, *SETTINGS)
    assert played == [1, 1]
    assert out.read_bytes() == before


def test_what_changed_meanwhile_is_refused(
    undisturbed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(undisturbed.with_suffix(".run"), tmp_path / "random.run")
    out = f"out={tmp_path / 'random.json'}"
    assert command("evaluate", *SETTINGS, out, "env.max_steps=16") == 2
    said = capsys.readouterr().err
    assert "env.max_steps was 15 and is 16" in said
    assert "another out" in said
    manifest = tmp_path / "random.run" / layout.MANIFEST_FILE
    facts = json.loads(manifest.read_text())
    facts["facts"]["numpy"] = "0.1"
    write_json(manifest, facts)
    assert command("evaluate", *SETTINGS, out) == 2
    assert "begun with numpy '0.1'" in capsys.readouterr().err


def test_another_number_of_tasks_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert command("evaluate", *SETTINGS, "expect=134") == 2
    assert "expect: valid_unseen has 4 tasks with these settings and not 134" in (
        capsys.readouterr().err
    )
    assert command("evaluate", *SETTINGS, "expect=4", "format=json") == 0


def test_it_says_what_it_was_made_with(undisturbed: Path) -> None:
    found = json.loads(undisturbed.read_text())
    assert found["policy"] == {"path": "random", "weights": None}
    assert found["software"]["packages"]["numpy"]
    assert found["data"].startswith(found["env_version"] + " ")
    assert sum(each["success"] for each in found["tasks"].values()) == found["successes"]
    assert found["inadmissible"] == 0
    episodes = undisturbed.with_suffix(".run") / layout.evaluation("random", "valid_unseen")
    assert (episodes / layout.TRAJECTORIES_FILE).exists()


def test_evaluations_are_compared_and_gathered(
    undisturbed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    board, expert = tmp_path / "board.jsonl", tmp_path / "expert.json"
    for policy, out in (("random", undisturbed), ("expert", expert)):
        settings = (f"policy={policy}", *SETTINGS[1:], f"leaderboard={board}")
        evaluate(out, *settings)
        evaluate(out, *settings)
    capsys.readouterr()
    assert command("leaderboard", f"file={board}") == 0
    shown = capsys.readouterr().out
    assert shown.index("expert") < shown.index("random")
    assert len(board.read_text().splitlines()) == 2
    assert command("compare", f"a={undisturbed}", f"b={expert}", "format=json") == 0
    compared = json.loads(capsys.readouterr().out)
    assert (compared["a"], compared["b"], compared["tasks"]) == ("random", "expert", 4)
    assert compared["only_b"] > 0
    assert command("compare", f"a={undisturbed}", f"b={expert}", "format=latex") == 0
    assert capsys.readouterr().out.count(r"\begin{tabular}") == 2
    row = json.loads(expert.read_text())
    write_json(expert, {**row, "max_steps": 80})
    assert command("compare", f"a={undisturbed}", f"b={expert}") == 2
    assert "max_steps 15 and 80" in capsys.readouterr().err


def test_an_unknown_format_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert command("leaderboard", "file=x", "format=xml") == 2
    assert "format" in capsys.readouterr().err
