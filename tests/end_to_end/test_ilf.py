"""``recipe=ilf``: feedback on a policy's answers, refinements, a choice, and a better policy."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from envs.answers.hidden_rule import questions
from envs.store import read_trajectories
from lfm import layout
from lfm.refinements import Refinement, read_refinements
from policies.writing.policy import WriterPolicy
from tests.end_to_end.commands import command, finished, results

TINY = (
    *("recipe=ilf", "threads=1", "recipe.eval_tasks=20", "recipe.rollout_tasks=12"),
    *("policy.layers=1", "policy.hidden_size=32", "policy.lessons=200", "policy.updates=5"),
    *("policy.lesson_updates=40", "recipe.refinements=2", "recipe.divergence_texts=5"),
)
EVALUATIONS = {f"evaluations/{method}-test" for method in ("base", "ilf", "ilf+best2")}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two rounds, a reward model and the best of two answers; tests only read it."""
    folder = tmp_path_factory.mktemp("ilf") / "run"
    settings = ("env=hidden_rule", "recipe.rounds=2", "recipe.best_of=2", f"run_dir={folder}")
    assert command("train", *TINY, *settings) == 0
    return folder


def refined(run: Path, name: str) -> list[Refinement]:
    return read_refinements(run / layout.refinements(name) / layout.REFINEMENTS_FILE)


def test_what_is_done(run: Path) -> None:
    rounds = {
        f"{stage}/round{number}"
        for stage in ("rollouts", "feedback", "refinements")
        for number in (1, 2)
    }
    policies = {f"policies/{name}" for name in ("base", "ilf1", "ilf2")}
    assert set(finished(run)) == {
        *(*rounds, *policies, *EVALUATIONS),
        *("divergence/ilf", "reward_model/ilf"),
    }


def test_results_say_what_was_privileged(run: Path) -> None:
    assert [(row["method"], row["privileged"]) for row in results(run)] == [
        ("base", False),
        ("ilf", True),
        ("ilf+best2", True),
    ]
    assert {"match", "score", "emits_bad"} == results(run)[0]["metrics"].keys()


def test_wrong_answers_are_refined_on_what_was_said_of_them(run: Path) -> None:
    for name in ("round1", "round2"):
        episodes = read_trajectories(run / layout.rollouts(name) / layout.TRAJECTORIES_FILE)
        asked = {each.trajectory_id: each.task_id for each in episodes if not each.success}
        tasks = {each.task_id: each for each in questions("train", 42)}
        rows = refined(run, name)
        assert {row.trajectory_id for row in rows} == asked.keys()
        assert all(row.feedback and row.refiner == "base" for row in rows)
        for row in rows:
            verdict = tasks[asked[row.trajectory_id]].verify(row.text)
            assert (row.match, row.score, row.success) == (verdict.match, verdict[1], verdict[2])
        assert sum(row.selected for row in rows) == len(asked) == len(rows) / 2


def test_the_last_round_learns_from_all(run: Path) -> None:
    def imitated(policy: str) -> int:
        done = json.loads((run / layout.policy(policy) / layout.DONE_FILE).read_text())
        return int(done["counts"]["imitated_steps"])

    assert (imitated("ilf1"), imitated("ilf2")) == (12, 24)  # nothing is left out


def test_a_policy_is_evaluated_on_its_own(run: Path, tmp_path: Path) -> None:
    out = tmp_path / "result.json"
    folder = run / layout.policy("ilf2")
    few = ("threads=1", "env=hidden_rule", "env.games=5")
    assert command("evaluate", *few, f"policy={folder}", f"out={out}") == 0
    assert json.loads(out.read_text())["episodes"] == 5
    assert WriterPolicy.load(folder).privileged


def test_a_reward_model_chooses_in_another_run(run: Path, tmp_path: Path) -> None:
    settings = (
        *("env=hidden_rule", "recipe.selection=reward_model", "policy.lesson_updates=1"),
        *(f"recipe.judge={run / layout.reward_model('ilf')}", f"run_dir={tmp_path / 'run'}"),
    )
    assert command("train", *TINY, *settings) == 0
    rows = refined(tmp_path / "run", "round1")
    assert {row.selection for row in rows} == {"reward_model"}
    assert all(row.privileged for row in rows)


def test_words_are_removed_too(tmp_path: Path) -> None:
    settings = ("env=word_removal", "policy.answer_tokens=12", f"run_dir={tmp_path / 'run'}")
    assert command("train", *TINY, *settings) == 0
    assert [row["method"] for row in results(tmp_path / "run")] == ["base", "ilf"]
    assert len(refined(tmp_path / "run", "round1")) == 24


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        (("env=alfworld",), "policy: writer answers in its own words"),
        (("env=hidden_rule", "policy=small"), "policy: small chooses among admissible actions"),
        (("env=alfworld", "policy=small"), "policy: small cannot write an answer anew"),
        (("env=hidden_rule", "recipe.judge=DIR"), "recipe.judge"),
        (("env=hidden_rule", "recipe.selection=instruct"), "recipe.selection"),
    ],
)
def test_what_does_not_go_together_is_refused(
    settings: tuple[str, ...], sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command("train", "recipe=ilf", *settings, f"run_dir={tmp_path / 'run'}") == 2
    assert sentence in capsys.readouterr().err


def test_several_processes_are_refused_before_anything_is_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    run = tmp_path / "run"
    assert command("train", *TINY, "env=hidden_rule", f"run_dir={run}") == 2
    assert capsys.readouterr().err.startswith("accelerate: policy=writer is trained by one process")
    assert not run.exists()
