"""``python -m lfm.train``: everything is written, readable, and follows the seed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
import yaml

from envs.store import read_trajectories
from lfm import layout
from lfm.selection import TIMES
from lfm.small_feedback_model import SmallFeedbackModel
from policies.small import SmallPolicy
from tests.end_to_end.commands import (
    TINY,
    actions,
    command,
    contents,
    differing,
    finished,
    results,
    train,
)

SPLITS = ("valid_seen", "valid_unseen")
LOOP = [
    "demonstrations",
    "policies/bc",
    "evaluations/bc-valid_seen",
    "evaluations/bc-valid_unseen",
    "rollouts/round1",
    "feedback/round1",
    "feedback_model/round1",
    "judgements/round1",
    "policies/lfm1",
    "evaluations/lfm-valid_seen",
    "evaluations/lfm-valid_unseen",
    "rollouts/adapted1",
    "judgements/adapted1",
    "policies/adapted1",
    "evaluations/adapted-valid_seen",
    "evaluations/adapted-valid_unseen",
]


def test_every_stage_is_done_in_order(straight: Path) -> None:
    assert sorted(finished(straight), key=finished(straight).__getitem__) == LOOP
    assert not list(straight.rglob("work"))


def test_every_file_is_there_and_can_be_read_without_us(straight: Path) -> None:
    files = {file.relative_to(straight).as_posix() for file in straight.rglob("*.parquet")}
    assert files == {
        *(f"{stage}/trajectories.parquet" for stage in LOOP if stage.startswith(("d", "e", "ro"))),
        "feedback/round1/labels.parquet",
        "feedback/round1/windows.parquet",
        "judgements/round1/judgements.parquet",
        "judgements/adapted1/judgements.parquet",
    }
    for name in files:
        assert len(pd.read_parquet(straight / name)) > 0
        metadata = pq.read_schema(straight / name).metadata
        newer = not name.endswith("windows.parquet")
        version = b"2" if newer else b"1"
        assert metadata[b"lfm.schema_version"] == version
    config = yaml.safe_load((straight / layout.CONFIG_FILE).read_text())
    assert (config["seed"], config["recipe"]["name"]) == (0, "lfm")
    manifest = json.loads((straight / layout.MANIFEST_FILE).read_text())
    assert manifest["finished"]
    assert {f"{split}_data" for split in ("train", *SPLITS)} <= manifest["facts"].keys()
    metrics = (straight / layout.METRICS_FILE).read_text().splitlines()
    assert {json.loads(line)["stage"] for line in metrics} == set(LOOP)
    assert "</html>" in (straight / layout.REPORT_FILE).read_text()


def test_models_can_be_loaded(straight: Path) -> None:
    policies = {
        name: SmallPolicy.load(straight / "policies" / name) for name in ("bc", "lfm1", "adapted1")
    }
    assert {name: policy.privileged for name, policy in policies.items()} == {
        "bc": False,
        "lfm1": True,
        "adapted1": True,
    }
    assert SmallFeedbackModel.load(straight / "feedback_model/round1").privileged
    weights = [(straight / f"policies/{name}/model.safetensors").read_bytes() for name in policies]
    assert len(set(weights)) == 3


def test_results_have_a_row_for_every_method_and_split(straight: Path) -> None:
    rows = results(straight)
    found = [(row["method"], row["split"], row["privileged"]) for row in rows]
    methods = (("bc", False), ("lfm", True), ("adapted", True))
    assert found == [(method, split, marked) for method, marked in methods for split in SPLITS]
    for row in rows:
        low, high = row["interval"]
        assert row["env"] == "alfworld"
        assert row["episodes"] == 4
        assert row["success_rate"] == row["successes"] / row["episodes"]
        assert 0 <= low <= row["success_rate"] <= high <= 1
        episodes = read_trajectories(
            straight / layout.evaluation(row["method"], row["split"]) / layout.TRAJECTORIES_FILE
        )
        assert sum(episode.success for episode in episodes) == row["successes"]
        assert len({episode.task_type for episode in episodes}) > 1, "spread over the kinds"


def test_who_is_privileged_is_said_in_every_file(straight: Path) -> None:
    expected = {"demonstrations": False, "rollouts/round1": False, "rollouts/adapted1": True}
    for stage, privileged in expected.items():
        table = pd.read_parquet(straight / stage / layout.TRAJECTORIES_FILE)
        assert set(table["privileged"]) == {privileged}
    for name in (layout.LABELS_FILE, layout.WINDOWS_FILE):
        assert pd.read_parquet(straight / "feedback/round1" / name)["privileged"].all()


def test_what_is_judged_and_imitated_is_what_was_tried(straight: Path) -> None:
    for name in ("round1", "adapted1"):
        tried = read_trajectories(straight / "rollouts" / name / layout.TRAJECTORIES_FILE)
        judged = pd.read_parquet(straight / "judgements" / name / layout.JUDGEMENTS_FILE)
        steps = {(each.trajectory_id, at) for each in tried for at in range(1, len(each.steps) + 1)}
        assert set(zip(judged["trajectory_id"], judged["step"], strict=True)) == steps
        done = {
            (t.trajectory_id, at): [s.action for s in t.steps[:at]]
            for t in tried
            for at in range(1, len(t.steps) + 1)
        }
        often = [
            done[key].count(done[key][-1])
            for key in zip(judged["trajectory_id"], judged["step"], strict=True)
        ]
        assert judged["kept"].tolist() == [times <= TIMES for times in often], "the threshold is 0"
    demonstrated = read_trajectories(straight / "demonstrations" / layout.TRAJECTORIES_FILE)
    tried = read_trajectories(straight / "rollouts/round1" / layout.TRAJECTORIES_FILE)
    assert not {each.task_id for each in demonstrated} & {each.task_id for each in tried}
    assert {each.split for each in (*demonstrated, *tried)} == {"train"}


def test_the_seed_decides_everything(straight: Path, tmp_path: Path) -> None:
    assert differing(straight, train(tmp_path / "same")) == []
    other = train(tmp_path / "other", "seed=1")
    for stage in ("demonstrations", "rollouts/round1"):
        assert actions(other, stage) != actions(straight, stage)
    models = [name for name in contents(straight) if name.endswith(".safetensors")]
    assert set(models) <= set(differing(straight, other))


def test_a_finished_run_is_not_done_again(
    straight: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    shutil.copytree(straight, run)
    assert command("train", *TINY, f"resume={run}") == 0
    assert finished(run) == finished(straight)
    assert differing(run, straight) == []
    assert "training" not in capsys.readouterr().err


@pytest.mark.parametrize("change", ["seed=1", "policy.layers=2", "recipe.rounds=2"])
def test_a_run_cannot_change_its_settings_on_the_way(
    straight: Path, capsys: pytest.CaptureFixture[str], change: str
) -> None:
    before = finished(straight)
    assert command("train", *TINY, f"resume={straight}", change) == 2
    complaint = capsys.readouterr().err
    assert change.partition("=")[0] in complaint
    assert complaint.count("\n") == 1
    assert finished(straight) == before


def test_cloning_alone(straight: Path, tmp_path: Path) -> None:
    """Nothing is rolled out then, so it does not matter whether there are tasks for it."""
    run = train(tmp_path / "run", "recipe=bc", "recipe.rounds=0", "recipe.rollout_tasks=1000000")
    assert set(finished(run)) == set(LOOP[:4])
    assert results(run) == results(straight)[:2]


def test_two_rounds_and_two_adaptations(tmp_path: Path) -> None:
    """Every adaptation is evaluated, and of the rounds the last."""
    run = train(tmp_path / "run", "recipe.rounds=2", "recipe.adaptation.rounds=2")
    added = {"rollouts/round2", "feedback/round2", "feedback_model/round2", "judgements/round2"}
    added |= {"policies/lfm2", "rollouts/adapted2", "judgements/adapted2", "policies/adapted2"}
    added |= {f"evaluations/adapted1-{split}" for split in SPLITS}
    assert set(finished(run)) == {*LOOP, *added}
    found = [(row["method"], row["split"], row["privileged"]) for row in results(run)]
    methods = (("bc", False), ("lfm", True), ("adapted1", True), ("adapted", True))
    assert found == [(method, split, marked) for method, marked in methods for split in SPLITS]
    played = {
        method: read_trajectories(
            run / layout.evaluation(method, SPLITS[1]) / layout.TRAJECTORIES_FILE
        )[0].policy
        for method in ("lfm", "adapted1", "adapted")
    }
    assert played == {"lfm": "lfm2", "adapted1": "adapted1", "adapted": "adapted2"}
    explorers = [
        read_trajectories(run / f"rollouts/adapted{n}" / layout.TRAJECTORIES_FILE) for n in (1, 2)
    ]
    assert [{each.policy for each in episodes} for episodes in explorers] == [
        {"lfm2"},
        {"adapted1"},
    ]
    tried = [
        read_trajectories(run / f"rollouts/round{n}" / layout.TRAJECTORIES_FILE) for n in (1, 2)
    ]
    assert [{each.policy for each in episodes} for episodes in tried] == [{"bc"}, {"lfm1"}]


def test_wandb_follows_a_whole_run_without_a_network(
    straight: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_DATA_DIR", str(tmp_path))
    run = train(tmp_path / "run", "logger=wandb")
    (folder,) = (run / "wandb").glob("offline-run-*")
    (record,) = folder.glob("*.wandb")
    assert record.stat().st_size > 1000
    assert list(folder.glob("files/media/table/steps/rollouts/adapted1_*.table.json"))
    assert differing(run, straight) == []


def test_an_expert_that_wins_nothing_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command("train", *TINY, f"run_dir={tmp_path / 'run'}", "env.max_steps=1") == 2
    assert "env.max_steps" in capsys.readouterr().err
