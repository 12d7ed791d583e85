"""``recipe.teacher``: each asks only whom it may ask, and what it says is what is imitated."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from envs.record import Trajectory
from envs.store import read_trajectories
from lfm import layout
from lfm.selection import TIMES
from tests.end_to_end.commands import command, finished, results, train

SPLITS = ("valid_seen", "valid_unseen")
DISCERNING = (
    "feedback_model.updates=60",
    "feedback_model.threshold=0.5",
    "recipe.adaptation.threshold=0.5",
)
"""A feedback model that keeps some steps and others not."""

ALWAYS = {
    "demonstrations",
    "policies/bc",
    "rollouts/round1",
    "rollouts/adapted1",
    "policies/adapted1",
    *(f"evaluations/{method}-{split}" for method in ("bc", "adapted") for split in SPLITS),
}
CRITIC = {"feedback/round1"}
DISTILLED = {*CRITIC, "feedback_model/round1"}
JUDGED = {"judgements/round1", "judgements/adapted1"}
ADVISED = {"advice/round1", "advice/adapted1"}
STAGES = {
    "random": {*DISTILLED, *JUDGED},
    "suggestion": {*DISTILLED, *JUDGED, "advice/round1"},
    "critic": {*CRITIC, "feedback/adapted1", *JUDGED},
    "reward": JUDGED,
    "all": JUDGED,
    "expert": ADVISED,
    "planner": ADVISED,
}
"""What each teacher needs besides what every run has, and nothing else."""

PRIVILEGED = {
    "random": (True, True),
    "suggestion": (True, True),
    "critic": (True, True),
    "reward": (False, True),
    "all": (False, False),
    "expert": (False, True),
    "planner": (True, True),
}
"""Whether the policy is after the round, and after the adaptation."""


@pytest.fixture(scope="module", params=STAGES)
def teacher(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def run(teacher: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with that teacher; tests only read it."""
    folder = tmp_path_factory.mktemp(teacher) / "run"
    settings = (f"recipe={recipe_of(teacher)}", f"recipe.teacher={teacher}", *DISCERNING)
    return train(folder, *settings, "recipe.adaptation.rounds=1", "env.max_steps=30")


def recipe_of(teacher: str) -> str:
    """The recipe that the teacher goes with."""
    return "dagger" if teacher in ("expert", "planner") else "lfm"


def episodes_of(run: Path, stage: str) -> list[Trajectory]:
    return read_trajectories(run / stage / layout.TRAJECTORIES_FILE)


def wanted(run: Path, name: str) -> int:
    """How many steps of a round's episodes the teacher wanted imitated: its own, and advised."""
    kept = run / layout.judgements(name) / layout.JUDGEMENTS_FILE
    advised = run / layout.advice(name) / layout.ADVICE_FILE
    count = int(pd.read_parquet(kept)["kept"].sum()) if kept.exists() else 0
    return count + (len(pd.read_parquet(advised)) if advised.exists() else 0)


def imitated(run: Path, policy: str) -> int:
    """How many steps a policy was trained on."""
    done = json.loads((run / layout.policy(policy) / layout.DONE_FILE).read_text())
    return int(done["counts"]["imitated_steps"])


def judged(run: Path, name: str) -> pd.DataFrame:
    """The judgements of a round, with what was done in each step and how the episode ended."""
    tried = pd.DataFrame(
        {
            "trajectory_id": episode.trajectory_id,
            "step": number,
            "success": episode.success,
            "times": [step.action for step in episode.steps[:number]].count(
                episode.steps[number - 1].action
            ),
        }
        for episode in episodes_of(run, layout.rollouts(name))
        for number in range(1, len(episode.steps) + 1)
    )
    said = pd.read_parquet(run / layout.judgements(name) / layout.JUDGEMENTS_FILE)
    assert len(said) == len(tried)
    return said.merge(tried, on=["trajectory_id", "step"], validate="one_to_one")


def test_only_those_are_asked_who_have_to_be(run: Path, teacher: str) -> None:
    recipe = recipe_of(teacher)
    learned = {f"policies/{recipe}1", *(f"evaluations/{recipe}-{split}" for split in SPLITS)}
    assert set(finished(run)) == ALWAYS | learned | STAGES[teacher]


def test_results_say_what_was_privileged(run: Path, teacher: str) -> None:
    rows = results(run)
    found = [(row["method"], row["split"], row["privileged"]) for row in rows]
    marks = (False, *PRIVILEGED[teacher])
    methods = zip(("bc", recipe_of(teacher), "adapted"), marks, strict=True)
    assert found == [(method, split, mark) for method, mark in methods for split in SPLITS]


def test_what_was_said_is_what_is_imitated(run: Path, teacher: str) -> None:
    demonstrated = sum(
        len(episode.steps) for episode in episodes_of(run, layout.DEMONSTRATIONS) if episode.success
    )
    assert imitated(run, "bc") == demonstrated
    learned = f"{recipe_of(teacher)}1"
    for name, policy, before in (("round1", learned, demonstrated), ("adapted1", "adapted1", 0)):
        assert imitated(run, policy) == before + wanted(run, name)


def test_each_run_can_be_read(run: Path, teacher: str, capsys: pytest.CaptureFixture[str]) -> None:
    first = episodes_of(run, "rollouts/round1")[0]
    assert command("inspect", f"run={run}", "set=round1", "limit=1") == 0
    shown = capsys.readouterr().out
    assert first.trajectory_id in shown
    assert f"{len(first.steps)} > {first.steps[-1].action}" in shown
    if teacher != "suggestion":  # which has advice on some steps
        assert ("advisor  would have done: " in shown) == (recipe_of(teacher) == "dagger")
    assert command("inspect", f"run={run}", "limit=1") == 0


@pytest.mark.parametrize("teacher", ["all", "reward"], indirect=True)
def test_whole_episodes_are_kept(run: Path, teacher: str) -> None:
    for name in ("round1", "adapted1"):
        said = judged(run, name)
        assert set(said["feedback_model"]) == {teacher}
        expected = said["success"] if teacher == "reward" else pd.Series(True, said.index)
        assert said["kept"].tolist() == expected.tolist()


@pytest.mark.parametrize("teacher", ["critic"], indirect=True)
def test_the_critics_own_labels_are_kept(run: Path) -> None:
    for name in ("round1", "adapted1"):
        said = judged(run, name)
        labels = pd.read_parquet(run / layout.feedback(name) / layout.LABELS_FILE)
        said = said.merge(labels, on=["trajectory_id", "step"], validate="one_to_one")
        assert set(said["feedback_model"]) == {"simulator"}
        assert said["kept"].any()
        expected = said["productive"] & (said["times"] <= TIMES)
        assert said["kept"].tolist() == expected.tolist()


@pytest.mark.parametrize("teacher", ["random"], indirect=True)
def test_chance_keeps_as_many_as_the_feedback_model(run: Path) -> None:
    for name in ("round1", "adapted1"):
        said = judged(run, name)
        by_model = ((said["p_productive"] >= 0.5) & (said["times"] <= TIMES)).tolist()
        assert 0 < sum(by_model) < len(by_model)
        assert said["kept"].sum() == sum(by_model)
        assert said["kept"].tolist() != by_model


@pytest.mark.parametrize("teacher", ["suggestion"], indirect=True)
def test_suggestions_stand_in_for_steps_that_are_not_kept(run: Path) -> None:
    tried = {
        (episode.trajectory_id, number): step
        for episode in episodes_of(run, "rollouts/round1")
        for number, step in enumerate(episode.steps, start=1)
    }
    labels = pd.read_parquet(run / layout.feedback("round1") / layout.LABELS_FILE)
    advice = pd.read_parquet(run / layout.advice("round1") / layout.ADVICE_FILE)
    assert len(advice) > 0
    assert set(advice["advisor"]) == {"simulator"}
    assert advice["privileged"].all()
    said = advice.merge(judged(run, "round1"), on=["trajectory_id", "step"], validate="one_to_one")
    assert not said["kept"].any()
    said = said.merge(labels, on=["trajectory_id", "step"], validate="one_to_one")
    assert said["action"].tolist() == said["instead"].tolist()
    assert not said["productive"].any()
    for row in said.itertuples():
        step = tried[row.trajectory_id, row.step]
        assert row.action in step.admissible
        assert row.action != step.action


@pytest.mark.parametrize("teacher", ["expert", "planner"], indirect=True)
def test_advice_is_on_the_policys_own_states(run: Path, teacher: str) -> None:
    for name in ("round1", "adapted1"):
        tried = {
            (episode.trajectory_id, number): step
            for episode in episodes_of(run, layout.rollouts(name))
            for number, step in enumerate(episode.steps, start=1)
        }
        advice = pd.read_parquet(run / layout.advice(name) / layout.ADVICE_FILE)
        assert set(advice["advisor"]) == {teacher}
        assert set(advice["privileged"]) == {teacher == "planner"}
        states = list(zip(advice["trajectory_id"], advice["step"], strict=True))
        assert len(set(states)) == len(states) > 0
        if teacher == "expert":
            assert set(states) == tried.keys()
        for state, action in zip(states, advice["action"], strict=True):
            assert action in tried[state].admissible


def test_dagger_asks_the_expert_and_adapts_to_nothing(tmp_path: Path) -> None:
    run = train(tmp_path / "run", "recipe=dagger")
    evaluations = {f"evaluations/{method}-{each}" for method in ("bc", "dagger") for each in SPLITS}
    assert set(finished(run)) == evaluations | {
        "demonstrations",
        "policies/bc",
        "rollouts/round1",
        "advice/round1",
        "policies/dagger1",
    }
    found = [(row["method"], row["split"], row["privileged"]) for row in results(run)]
    assert found == [(method, split, False) for method in ("bc", "dagger") for split in SPLITS]
    advice = pd.read_parquet(run / "advice/round1" / layout.ADVICE_FILE)
    assert set(advice["advisor"]) == {"expert"}


def test_tasks_come_again_only_when_there_are_no_new_ones(tmp_path: Path) -> None:
    """Ten tasks: eight demonstrated, then two rounds of four, new ones first."""
    run = train(
        tmp_path / "run",
        "env.games=10",
        "recipe.teacher=all",
        "recipe.demonstrations=8",
        "recipe.rollout_tasks=4",
        "recipe.rounds=2",
        "recipe.adaptation.rounds=0",
    )
    shown, first, second = (
        [episode.task_id for episode in episodes_of(run, stage)]
        for stage in ("demonstrations", "rollouts/round1", "rollouts/round2")
    )
    assert len({*shown, *first}) == 10
    assert not {*shown} & {*first[:2]}
    assert first[2:] == shown[:2]
    assert second == shown[2:6]


@pytest.mark.parametrize(
    "settings",
    [
        ("env.split=test",),
        ("env.games=9", "recipe.demonstrations=10"),
        ("env.games=9", "recipe.rollout_tasks=10"),
    ],
)
def test_tasks_that_are_not_there_are_said_before_anything_is_learned(
    tmp_path: Path, settings: tuple[str, ...]
) -> None:
    """What is said is in experiments/bad_inputs."""
    folder = f"run_dir={tmp_path / 'run'}"
    assert command("train", "env=alfworld", "experiment=smoke", folder, *settings) == 2
    assert finished(tmp_path / "run") == {}
    assert not list(tmp_path.rglob("*.parquet"))
