"""The same on the official games, where they are at hand."""

from __future__ import annotations

import json
from pathlib import Path

from envs.store import read_trajectories
from lfm import layout
from tests.end_to_end.commands import command, results, train


def test_a_whole_run(official_data: str, tmp_path: Path) -> None:
    run = train(tmp_path / "run", f"env.data={official_data}", "env.split=valid_seen")
    assert [row["method"] for row in results(run)] == ["bc", "lfm", "adapted"]
    assert all("official" in row["env_version"] for row in results(run))
    episodes = read_trajectories(run / "demonstrations" / layout.TRAJECTORIES_FILE)
    assert len(episodes) == 8
    assert "official" in json.loads((run / layout.MANIFEST_FILE).read_text())["facts"]["train_data"]


def test_the_expert_understands_what_people_wrote(official_data: str, tmp_path: Path) -> None:
    out = tmp_path / "row.json"
    games = (f"env.data={official_data}", "env.split=valid_seen", "env.games=12")
    settings = ("threads=1", "env=alfworld", *games, "env.goals=human")
    assert command("evaluate", "policy=expert", *settings, f"out={out}") == 0
    row = json.loads(out.read_text())
    assert (row["goals"], row["episodes"]) == ("human", 12)
    assert row["successes"] >= 6
