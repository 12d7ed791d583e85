"""Names below and of a run directory."""

from __future__ import annotations

from pathlib import Path

import pytest

from lfm import layout


def test_a_new_directory_is_one_that_was_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    first = layout.new_directory("default")
    second = layout.new_directory("default")
    assert second != first
    assert first.is_dir()
    assert second.is_dir()
    assert first.parent == second.parent == Path("runs/default")


def test_sets_of_episodes_are_those_of_finished_stages(sample_run: Path) -> None:
    sets = layout.episode_sets(sample_run)
    assert list(sets)[:3] == ["demonstrations", "rollouts/round1", "rollouts/adapt1"]
    assert len(sets) == 9
    assert all(file.is_file() for file in sets.values())
