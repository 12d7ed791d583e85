"""``recipe=feedback_conditioning``: answer, hear of it, answer again, learn from that."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from envs.files import read_json
from envs.store import read_trajectories
from lfm import layout
from lfm.refinements import read_refinements
from tests.end_to_end.commands import command, finished, results

TINY = (
    *("recipe=feedback_conditioning", "env=hidden_rule", "threads=1", "policy.layers=1"),
    *("policy.hidden_size=32", "policy.lessons=200", "policy.lesson_updates=40"),
    *("policy.updates=5", "recipe.eval_tasks=20", "recipe.rollout_tasks=12"),
)
METHODS = ("base", "base+feedback", "feedback_conditioning", "feedback_conditioning+feedback")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With the best of two by likelihood, cleaned, and feedback at test; tests only read it."""
    folder = tmp_path_factory.mktemp("conditioning") / "run"
    settings = (
        *("recipe.refinements=2", "recipe.refining_temperature=1", "recipe.cleaning=opening"),
        *("recipe.selection=student_logits", "recipe.feedback_at_test=true", f"run_dir={folder}"),
    )
    assert command("train", *TINY, *settings) == 0
    return folder


def test_what_is_done(run: Path) -> None:
    heard = ("round1", "base-test", "feedback_conditioning-test")
    assert set(finished(run)) == {
        *(f"{stage}/{name}" for stage in ("feedback", "identification") for name in heard),
        *(f"{stage}/round1" for stage in ("rollouts", "refinements", "advice")),
        *(f"evaluations/{method}-test" for method in METHODS),
        *("policies/base", "policies/feedback_conditioning1"),
    }
    assert (run / layout.REPORT_FILE).exists()


def test_the_policy_that_answered_refines_what_was_called_wrong(run: Path) -> None:
    episodes = read_trajectories(run / layout.rollouts("round1") / layout.TRAJECTORIES_FILE)
    wrong = {each.trajectory_id for each in episodes if not each.success}
    rows = read_refinements(run / layout.refinements("round1") / layout.REFINEMENTS_FILE)
    assert {row.trajectory_id for row in rows} == wrong
    assert {(row.refiner, row.selection) for row in rows} == {("base", "likelihood")}
    assert sum(row.selected for row in rows) == len(wrong) == len(rows) / 2


def test_results_with_and_without_feedback_at_test(run: Path) -> None:
    rows = results(run)
    assert [(row["method"], row["privileged"]) for row in rows] == [
        ("base", False),
        ("base+feedback", True),
        ("feedback_conditioning", True),
        ("feedback_conditioning+feedback", True),
    ]
    folder = run / layout.evaluation("base", "test")
    first = {each.task_id: each for each in read_trajectories(folder / layout.TRAJECTORIES_FILE)}
    folder = run / layout.evaluation("base+feedback", "test")
    again = read_trajectories(folder / layout.TRAJECTORIES_FILE)
    assert first.keys() == {each.task_id for each in again}
    for each in again:
        answer = first[each.task_id].steps[0].action
        assert not first[each.task_id].success or each.steps[0].action == answer


def test_errors_are_found_by_who_knows_them(run: Path) -> None:
    found = read_json(run / layout.identification("base-test") / layout.IDENTIFICATION_FILE)
    (base,) = (row for row in results(run) if row["method"] == "base")
    assert (found["false_alarms"], found["misses"]) == (0, 0)
    assert found["hits"] == 20 - base["successes"] > 0


def test_tuning_by_preference_learns_to_follow_feedback(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    settings = ("recipe.tuning=true", "policy.update=dpo_sft", f"run_dir={folder}")
    assert command("train", *TINY, *settings) == 0
    done = json.loads(
        (folder / layout.policy("feedback_conditioning1") / layout.DONE_FILE).read_text()
    )
    assert done["counts"]["imitated_steps"] == 12
    assert [row["method"] for row in results(folder)] == ["base", "feedback_conditioning"]
