"""The commands in ScienceWorld, with real Java processes, on a few of its short tasks."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from envs.store import read_trajectories
from lfm import layout
from lfm.statistics import scores
from lfm.store import read_advice, read_feedback
from tests.end_to_end.commands import command, results

pytestmark = pytest.mark.timeout(900)  # on a busy machine a Java process starts slowly

TINY = (
    "experiment=scienceworld_smoke",
    "threads=1",
    "env.max_steps=15",
    "recipe.demonstrations=4",
    "recipe.rollout_tasks=4",
    "recipe.eval_tasks=2",
    "feedback_model.threshold=0",
    "recipe.adaptation.threshold=0",
)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole run: demonstrations, a round, an adaptation."""
    folder = tmp_path_factory.mktemp("scienceworld") / "run"
    assert command("train", *TINY, f"run_dir={folder}") == 0
    return folder


def test_only_the_split_asked_for_is_evaluated(run: Path) -> None:
    rows = results(run)
    assert [(row["method"], row["split"]) for row in rows] == [
        ("bc", "dev"), ("lfm", "dev"), ("adapted", "dev"),
    ]  # fmt: skip
    for row in rows:
        assert (row["env"], row["goals"], row["episodes"]) == ("scienceworld", "template", 2)
        assert row["env_settings"]["simplifications"] == ""
        assert row["privileged"]  # the demonstrations are the gold script's
        stage = run / layout.evaluation(row["method"], "dev")
        assert row["scores"] == scores(read_trajectories(stage / layout.TRAJECTORIES_FILE))


def test_types_are_drawn_evenly_and_their_gold_imitated(run: Path) -> None:
    episodes = read_trajectories(run / layout.DEMONSTRATIONS / layout.TRAJECTORIES_FILE)
    assert sorted(Counter(each.task_type for each in episodes).values()) == [1, 1, 2]
    assert all(each.privileged and each.split == "train" for each in episodes)
    assert any(each.success and each.steps[-1].score == 1 for each in episodes)


def test_the_critic_and_the_feedback_model_speak_of_every_step(run: Path) -> None:
    file = run / layout.rollouts("round1") / layout.TRAJECTORIES_FILE
    steps = sum(len(each.steps) for each in read_trajectories(file))
    windows = read_feedback(run / layout.feedback("round1"))
    assert sum(len(window.steps) for window in windows) == steps
    assert all(label.reason for window in windows for label in window.steps)


def test_a_run_is_read_and_its_policy_evaluated(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command("inspect", f"run={run}", "set=round1", "limit=1") == 0
    assert "critic  " in capsys.readouterr().out
    out = tmp_path / "row.json"
    chosen = ("env=scienceworld", "env.tasks=[find-plant]", "env.per_task=1", "env.max_steps=10")
    settings = (f"policy={run / 'policies/bc'}", f"out={out}", "threads=1", *chosen)
    assert command("evaluate", *settings) == 0
    row = json.loads(out.read_text())
    assert list(row["scores"]["task_types"]) == ["find-plant"]
    assert "last score not negative" in capsys.readouterr().out


def test_a_protocol_is_played_with_limits_for_single_tasks(tmp_path: Path) -> None:
    out, limits = tmp_path / "row.json", ["find-plant:1", "find-animal:1"]
    few = ("env.split=dev", "env.per_task=1", "env.tasks=[find-plant,find-animal]", "threads=1")
    chosen = ("env=scienceworld_eto", f"env.task_steps=[{','.join(limits)}]", *few)
    assert command("evaluate", "policy=random", f"out={out}", *chosen) == 0
    row = json.loads(out.read_text())
    assert (row["mean_steps"], row["max_steps"]) == (1, 120)
    assert row["env_settings"]["task_steps"] == limits
    assert row["env_settings"]["simplifications"] == "easy"


def test_the_expert_is_a_teacher(tmp_path: Path) -> None:
    few = ("recipe.rollout_tasks=2", "env.max_steps=12", "recipe.eval_tasks=1")
    settings = (*TINY, "recipe=dagger", "recipe.adaptation.rounds=0", *few)
    run = tmp_path / "run"
    assert command("train", *settings, f"run_dir={run}") == 0
    episodes = read_trajectories(run / layout.rollouts("round1") / layout.TRAJECTORIES_FILE)
    advice = read_advice(run / layout.advice("round1") / layout.ADVICE_FILE)
    assert len(advice) == sum(len(each.steps) for each in episodes)
    assert [row["method"] for row in results(run)] == ["bc", "dagger"]
