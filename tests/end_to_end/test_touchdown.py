"""The commands in the streets of Touchdown: a made-up city, files, and the real ones."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import torch

from envs.store import read_trajectories
from envs.touchdown.metrics import METRICS
from lfm import layout
from lfm.builders import load_learned
from lfm.store import read_feedback
from tests.end_to_end.commands import command, results
from tests.lfm.critics.walks import ROUTE, write_city
from tests.lfm.reports import stories, unpacked

pytestmark = pytest.mark.timeout(600)  # on a busy machine

TINY = (
    "experiment=touchdown_smoke",
    "threads=1",
    "recipe.eval_tasks=2",
    "feedback_model.threshold=0",
    "recipe.adaptation.threshold=0",
    "recipe.adaptation.learning_rate=1e-9",
)
FILES = ("touchdown_recovered", "map2seq_unseen_dev")
"""Route files that are read whole; of each, few are played."""


def evaluate(out: Path, *settings: str) -> dict[str, Any]:
    """The row that ``lfm.evaluate`` writes."""
    assert command("evaluate", "env=touchdown", "threads=1", f"out={out}", *settings) == 0
    row: dict[str, Any] = json.loads(out.read_text())
    return row


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole run in the made-up city."""
    folder = tmp_path_factory.mktemp("touchdown") / "run"
    assert command("train", *TINY, f"run_dir={folder}") == 0
    return folder


def test_the_whole_loop_is_learned_and_measured(run: Path) -> None:
    rows = results(run)
    assert [(row["method"], row["split"]) for row in rows] == [
        ("bc", "dev_unseen"), ("lfm", "dev_unseen"), ("adapted", "dev_unseen"),
    ]  # fmt: skip
    for row in rows:
        assert (row["env"], row["goals"], row["episodes"]) == ("touchdown", "template", 2)
        assert row["env_settings"] == {
            "actions": "turns", "stop": "explicit", "landmarks": "osm", "routes": None,
            "train_routes": None, "traffic": False, "scenario": None, "games": 0,
        }  # fmt: skip
        assert list(row["metrics"]) == list(METRICS)
        assert row["privileged"]  # the demonstrations are of one who knows the route
    episodes = read_trajectories(run / layout.DEMONSTRATIONS / layout.TRAJECTORIES_FILE)
    assert any(each.success for each in episodes)


def test_every_policy_goes_on_from_the_one_before(run: Path) -> None:
    cloned, *others = (
        load_learned(run / layout.policy(name)).model.state_dict()
        for name in ("bc", "lfm1", "adapted1")
    )
    for other in others:
        for name, weight in cloned.items():
            torch.testing.assert_close(other[name], weight, rtol=0, atol=1e-6)


def test_the_critic_speaks_of_every_step_and_the_report_has_maps(run: Path) -> None:
    file = run / layout.rollouts("round1") / layout.TRAJECTORIES_FILE
    steps = sum(len(each.steps) for each in read_trajectories(file))
    windows = read_feedback(run / layout.feedback("round1"))
    assert sum(len(window.steps) for window in windows) == steps
    assert all(label.reason for window in windows for label in window.steps)
    html = (run / layout.REPORT_FILE).read_text(encoding="utf-8")
    chunks = re.findall(r'<script type="application/gzip" id="chunk-\d+">(.*?)</script>', html)
    told = [each for chunk in chunks for each in stories(unpacked(chunk))]
    assert len(told) == sum(each["map"] is not None for each in told) >= 4
    assert "There are no maps" not in html


def test_policies_that_know_nothing_are_evaluated_on_a_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    city = write_city(tmp_path / "city", [ROUTE, ROUTE[:5]])
    routes = city / "data" / "dev.json"
    files = (f"env.data={city}", f"env.routes={routes}", "env.landmarks=none")
    found = {
        policy: evaluate(tmp_path / f"{policy}.json", f"policy={policy}", *files)
        for policy in ("expert", "random", "random_walk", "straight")
    }
    assert [row["episodes"] for row in found.values()] == [2] * 4
    assert {row["split"] for row in found.values()} == {"dev"}
    assert {row["goals"] for row in found.values()} == {"human"}
    assert found["expert"]["success_rate"] == 1
    assert found["expert"]["metrics"]["kpa"]["mean"] == 1
    assert found["straight"]["success_rate"] == 0
    assert found["straight"]["env_settings"]["routes"] == "dev.json"
    assert "ndtw orar" in capsys.readouterr().out
    lenient = evaluate(
        tmp_path / "lenient.json",
        "policy=straight",
        *files,
        "env.stop=auto",
        "env.actions=neighbor",
    )
    assert lenient["successes"] == 1, "straight on leads to the end of the shorter route"


@pytest.mark.parametrize("actions", ["turns", "neighbor"])
@pytest.mark.parametrize("name", FILES)
def test_the_expert_follows_real_routes(
    name: str, actions: str, manhattan_data: Path, tmp_path: Path
) -> None:
    row = evaluate(
        tmp_path / "row.json",
        "policy=expert",
        f"env.data={manhattan_data}",
        f"env.routes={manhattan_data / 'routes' / name}.json",
        f"env.actions={actions}",
        "env.games=20",
        "env.max_steps=90",
    )
    assert (row["split"], row["episodes"], row["successes"]) == (name, 20, 20)
    assert row["metrics"]["sed"]["mean"] == row["metrics"]["kpa"]["mean"] == 1
    assert row["metrics"]["spd"]["mean"] == 0


def test_files_without_streets_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    chosen = ("policy=expert", "env=touchdown")
    assert command("evaluate", *chosen, "env.routes=a.json") == 2
    assert "env.data=DIR" in capsys.readouterr().err
    assert command("evaluate", *chosen, "env.data=nowhere", "env.routes=a.json") == 2
    assert "no street graph there" in capsys.readouterr().err
    assert command("evaluate", *chosen, "env.split=valid_unseen") == 2
    assert "dev_unseen" in capsys.readouterr().err
