from __future__ import annotations

from pathlib import Path

import pytest

from lfm.checks.tasks import java, official_games, playable, streets
from lfm.env_config import EnvConfig
from tests.lfm.composing import compose


def _env(*settings: str) -> EnvConfig:
    found: EnvConfig = compose("doctor", settings).env
    return found


def test_generated_tasks_are_counted_and_begun() -> None:
    found = playable(_env("env.data=generated", "env.games=3"))
    assert (found.status, found.needed) == ("ok", True)
    assert found.found.startswith("train 3, valid_seen 3, valid_unseen 3 (fast-")


def test_tasks_that_are_not_there_are_fatal(tmp_path: Path) -> None:
    found = playable(_env(f"env.data={tmp_path}"))
    assert found.fatal
    assert str(tmp_path) in found.fix
    assert playable(_env("env=touchdown", f"env.data={tmp_path}")).fatal


def test_official_games_may_be_missing(tmp_path: Path) -> None:
    unset = official_games(None)
    assert (unset.status, unset.fatal) == ("missing", False)
    assert "alfworld-download" in unset.fix
    nowhere = official_games(str(tmp_path / "nowhere"))
    assert (nowhere.status, nowhere.fatal) == ("wrong", False)
    assert "nowhere does not exist" in nowhere.fix


def test_the_splits_that_are_there_are_counted(official_data: str) -> None:
    assert "valid_seen 140" in official_games(official_data).found


def test_streets_may_be_missing(tmp_path: Path) -> None:
    assert streets(None).status == "missing"
    assert streets(str(tmp_path)).status == "wrong"
    assert "nodes.txt" in streets(str(tmp_path)).fix


def test_the_java_of_the_package_runs() -> None:
    found = java("bundled", needed=True)
    assert (found.status, found.needed) == ("ok", True)
    assert "25" in found.found


def test_a_system_without_java_needs_none_unless_it_is_chosen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    assert not java("system", needed=False).fatal
    assert java("system", needed=True).fatal
    program = tmp_path / "bin" / "java"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\nexit 3\n")
    program.chmod(0o700)
    assert java("system", needed=False).status == "wrong"
