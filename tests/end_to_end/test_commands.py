"""Evaluating, adapting and reading, each alone."""

from __future__ import annotations

import json
import shutil
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from envs.store import read_trajectories
from lfm import layout
from policies.small import SmallPolicy
from tests.end_to_end.commands import FEW, command, contents, differing, finished, results

ADAPT = (
    *FEW,
    "batch_envs=3",
    "adaptation.samples=2",
    "adaptation.updates=5",
    "adaptation.threshold=0",
)


def evaluate(folder: Path, policy: str, *settings: str) -> dict[str, Any]:
    """The row that an evaluation writes."""
    out = folder / f"{Path(policy).name}.json"
    assert command("evaluate", f"policy={policy}", f"out={out}", *settings) == 0
    row: dict[str, Any] = json.loads(out.read_text())
    return row


def adapt(run: Path, policy: Path, judge: Path, *settings: str) -> Path:
    """A round of adaptation in ``run``."""
    models = (f"policy={policy}", f"feedback_model={judge}")
    assert command("adapt", *models, *ADAPT, f"run_dir={run}", *settings) == 0
    return run


@pytest.fixture(scope="module")
def adapted(straight: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    judge = straight / "feedback_model/round1"
    return adapt(tmp_path_factory.mktemp("adapt") / "run", straight / "policies/bc", judge)


def test_a_policy_evaluated_alone_does_as_in_its_run(straight: Path, tmp_path: Path) -> None:
    row = evaluate(tmp_path, str(straight / "policies/bc"), *FEW, "batch_envs=3")
    assert len(row["policy"]["weights"]) == 16
    assert len(row["tasks"]) == 4
    (same,) = [r for r in results(straight) if (r["method"], r["split"]) == ("bc", row["split"])]
    assert {**row, **same} == row


def test_the_expert_beats_chance(straight: Path, tmp_path: Path) -> None:
    settings = ("threads=1", "env=alfworld", "env.games=12")
    rows = {name: evaluate(tmp_path, name, *settings) for name in ("expert", "random")}
    for name, row in rows.items():
        assert row.keys() > results(straight)[0].keys()
        assert (row["method"], row["episodes"], row["privileged"]) == (name, 12, False)
    assert rows["expert"]["successes"] > rows["random"]["successes"] + 3
    assert rows["expert"]["interval"][0] > rows["random"]["interval"][0]


@pytest.mark.skipif(
    find_spec("alfworld") is None or find_spec("textworld") is None,
    reason="the original engine is not installed: pip install 'lfm[alfworld]'",
)
def test_both_engines_play_alike(tmp_path: Path) -> None:
    few = ("threads=1", "env=alfworld", "env.games=2", "env.max_steps=25")
    for policy in ("expert", "random"):
        rows = []
        for engine in ("fast", "textworld"):
            (folder := tmp_path / engine).mkdir(exist_ok=True)
            rows.append(evaluate(folder, policy, *few, f"env.engine={engine}"))
        fast, slow = rows
        for name in ("env_version", "data", "evaluated"):
            assert fast.pop(name) != slow.pop(name)
        assert fast == slow


def test_adapting_needs_nothing_but_the_two_models(adapted: Path, straight: Path) -> None:
    assert set(finished(adapted)) == {
        "evaluations/bc-valid_unseen",
        "rollouts/adapted1",
        "judgements/adapted1",
        "policies/adapted1",
        "evaluations/adapted-valid_unseen",
    }
    assert [row["method"] for row in results(adapted)] == ["bc", "adapted"]
    assert results(adapted)[0].keys() == results(straight)[0].keys()
    episodes = read_trajectories(adapted / "rollouts/adapted1" / layout.TRAJECTORIES_FILE)
    assert len(episodes) == 8
    assert {each.split for each in episodes} == {"valid_unseen"}
    before = (straight / "policies/bc/model.safetensors").read_bytes()
    assert (adapted / "policies/adapted1/model.safetensors").read_bytes() != before


def test_what_the_feedback_model_learned_from_a_privileged_critic_is_marked(adapted: Path) -> None:
    assert [row["privileged"] for row in results(adapted)] == [False, True]
    assert SmallPolicy.load(adapted / "policies/adapted1").privileged


def test_an_adaptation_goes_on_where_it_stopped(
    adapted: Path, straight: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    shutil.copytree(adapted, run)
    for stage in ("policies/adapted1", "evaluations/adapted-valid_unseen"):
        shutil.rmtree(run / stage)
    (run / layout.RESULTS_FILE).unlink()
    models = (
        f"policy={straight / 'policies/bc'}",
        f"feedback_model={straight / 'feedback_model/round1'}",
    )
    assert command("adapt", *models, *ADAPT, f"resume={run}") == 0
    assert results(run) == results(adapted)
    found = contents(run)
    assert all(found[name] == content for name, content in contents(adapted).items() if "/" in name)
    assert finished(run)["rollouts/adapted1"] == finished(adapted)["rollouts/adapted1"]


def test_adapting_what_was_adapted_compares_with_what_it_was(
    adapted: Path, straight: Path, tmp_path: Path
) -> None:
    judge = straight / "feedback_model/round1"
    again = adapt(tmp_path / "run", adapted / "policies/adapted1", judge)
    before, after = results(again)
    assert (before["method"], after["method"]) == ("adapted1-before", "adapted")
    assert (before["successes"], before["mean_steps"]) == tuple(
        results(adapted)[1][key] for key in ("successes", "mean_steps")
    )
    assert differing(again, adapted)


def test_where_no_step_is_kept_the_policy_stays(
    adapted: Path, straight: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    policy, judge = straight / "policies/bc", straight / "feedback_model/round1"
    run = adapt(tmp_path / "run", policy, judge, "adaptation.threshold=1")
    assert "no step was kept" in capsys.readouterr().err
    name = "model.safetensors"
    assert (run / "policies/adapted1" / name).read_bytes() == (policy / name).read_bytes()


@pytest.mark.parametrize(
    ("policy", "judge", "words"),
    [
        ("policies/nope", "feedback_model/round1", "no policy in"),
        ("policies/bc", "feedback_model/nope", "no feedback model in"),
        ("feedback_model/round1", "feedback_model/round1", "no policy"),
        ("policies/bc", "policies/bc", "no feedback model"),
    ],
)
def test_a_wrong_folder_is_named(
    straight: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    policy: str,
    judge: str,
    words: str,
) -> None:
    models = (f"policy={straight / policy}", f"feedback_model={straight / judge}")
    assert command("adapt", *models, *ADAPT, f"run_dir={tmp_path / 'run'}") == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize("name", ["train", "adapt"])
def test_episodes_too_long_to_be_judged_are_refused_at_once(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    models = ("policy=a", "feedback_model=b") if name == "adapt" else ()
    assert command(name, *models, "env=alfworld", "env.max_steps=512") == 2
    assert "env.max_steps" in capsys.readouterr().err


def test_a_run_can_be_read_step_by_step(straight: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command("inspect", f"run={straight}", "limit=1") == 0
    shown = capsys.readouterr().out
    episode = read_trajectories(straight / "rollouts/round1" / layout.TRAJECTORIES_FILE)[0]
    assert episode.trajectory_id in shown
    assert episode.instruction in shown
    for number, step in enumerate(episode.steps, start=1):
        assert f"{number} > {step.action}" in shown
    words = " ".join(shown.split())
    assert " ".join(episode.steps[0].observation.split())[:40] in words
    assert "critic simulator (privileged)" in words
    assert words.count("% productive") == len(episode.steps)


def test_an_evaluation_can_be_read_too(straight: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command("inspect", f"run={straight}", "set=adapted-valid_unseen", "limit=4") == 0
    assert "4 of 4 episodes" in capsys.readouterr().out
