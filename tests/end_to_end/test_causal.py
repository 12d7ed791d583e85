"""The whole loop with a chat model as the policy: a tiny one, made on the spot."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM

from envs.store import read_trajectories
from experiments.chat_models import FAMILIES, Size, save_chat_model
from lfm import causal_feedback_model, layout
from lfm.store import read_judgements
from policies.causal.policy import CausalPolicy
from tests.end_to_end.commands import FEW, command, results
from tests.end_to_end.hub import Hub, sent_whole
from tests.policies import processes

pytestmark = pytest.mark.timeout(600)  # on a busy machine

TINY = (
    "env=alfworld",
    "experiment=smoke",
    "threads=1",
    "policy=causal",
    "policy.rank=2",
    "policy.updates=2",
    "policy.batch_size=4",
    "feedback_model.updates=2",
    "feedback_model.threshold=0",
    "recipe.demonstrations=6",
    "recipe.rounds=1",
    "recipe.batch_envs=3",
    "recipe.eval_tasks=2",
    "recipe.adaptation.updates=2",
    "recipe.adaptation.threshold=0",
)


def _model(folder: Path, family: str = "qwen3") -> Path:
    texts = ["go to cabinet 1", "You see a mug 1."]
    return save_chat_model(folder, family, Size(32, 1, 4, 2), texts, 320)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_whole_loop_runs_with_each_family(family: str, tmp_path: Path) -> None:
    """As the policy and as the feedback model."""
    model, run = _model(tmp_path / "model", family), tmp_path / "run"
    judge = (
        "feedback_model=causal",
        f"feedback_model.path={model}",
        "feedback_model.rank=2",
        "feedback_model.batch_size=2",
        "critic.window=6",
    )
    settings = (*TINY, f"policy.path={model}", *judge)
    assert command("train", *settings, f"run_dir={run}") == 0
    assert {row["method"] for row in results(run)} == {"bc", "lfm", "adapted"}
    folders = [run / layout.policy(name) for name in ("bc", "lfm1", "adapted1")]
    folders.append(run / layout.feedback_model("round1"))
    kinds = {type(AutoModelForCausalLM.from_pretrained(folder)) for folder in folders}
    assert kinds == {type(AutoModelForCausalLM.from_pretrained(model))}
    assert command("evaluate", *FEW, f"policy={folders[0]}") == 0


def test_a_policy_can_be_told_to_choose_otherwise(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Than it was trained; what is in its folder stays. Probabilities tell how it chose."""
    folder, generating = _model(tmp_path / "model"), tmp_path / "generating"
    policy = CausalPolicy.load(folder)
    policy.acting = "generate"
    generating.mkdir()
    policy.save(generating)

    def played(name: str, where: Path, *settings: str) -> list[tuple[str, float | None]]:
        out = tmp_path / f"{name}.json"
        chosen = ("env.games=2", "env.max_steps=3", f"policy={where}", *settings)
        assert command("evaluate", *FEW, *chosen, f"out={out}") == 0
        told = json.loads(out.read_text())["policy"]
        assert told.get("acting") == dict(each.split("=") for each in settings).get("policy.acting")
        stage = out.with_suffix(".run") / layout.evaluation(where.name, "valid_unseen")
        episodes = read_trajectories(stage / layout.TRAJECTORIES_FILE)
        return [(step.action, step.log_prob) for each in episodes for step in each.steps]

    generate, score = "policy.acting=generate", "policy.acting=score"
    best = played("best", folder)
    said = played("said", folder, generate)
    assert best != said
    assert played("stored", generating) == said
    assert played("told", generating, score) == best
    assert command("evaluate", *FEW, "policy=random", generate) == 2
    assert "policy.acting: only causal policies choose in more" in capsys.readouterr().err


def test_the_whole_loop_runs_with_a_chat_model_that_judges(
    stand_in: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Detailed; what it has learned judges elsewhere, and goes to the hub as the policy does."""
    monkeypatch.setattr(causal_feedback_model, "_TEXT", 6)  # it has not learned to end a text
    model, run = _model(tmp_path / "model"), tmp_path / "run"
    judge = (
        f"policy.path={model}",
        "feedback_model=causal",
        f"feedback_model.path={model}",
        "feedback_model.rank=2",
        "feedback_model.batch_size=2",
        "feedback_model.detailed=true",
        "critic.window=6",
    )
    assert command("train", *TINY, *judge, f"run_dir={run}") == 0
    AutoModelForCausalLM.from_pretrained(run / layout.feedback_model("round1"))
    for name in ("round1", "adapted1"):
        said = read_judgements(run / layout.judgements(name) / layout.JUDGEMENTS_FILE)
        assert any(one.reason for one in said)
        assert any(one.summary or one.suggestion for one in said)
    adapted = (
        f"policy={run / layout.policy('bc')}",
        f"feedback_model={run / layout.feedback_model('round1')}",
        "adaptation.updates=2",
        "adaptation.samples=1",
        "adaptation.threshold=0",
        f"run_dir={tmp_path / 'adapted'}",
    )
    assert command("adapt", *FEW, *adapted) == 0
    for stage, title in (
        (layout.policy("adapted1"), "# adapted1: a policy for alfworld"),
        (layout.feedback_model("round1"), "# round1: a feedback model for alfworld"),
    ):
        assert title in sent_whole(run / stage, stand_in)["README.md"].decode()
        stand_in.files.clear()


def test_processes_that_split_the_weights_find_what_one_does(tmp_path: Path) -> None:
    """Of the policy, trained whole, and of the feedback model; one of them plays and judges."""
    model = _model(tmp_path / "model")
    one, two = tmp_path / "one", tmp_path / "two"
    said = (
        *(setting for setting in TINY if setting != "policy.rank=2"),
        "policy.rank=0",
        f"policy.path={model}",
        "feedback_model=causal",
        f"feedback_model.path={model}",
        "feedback_model.rank=2",
        "feedback_model.batch_size=2",
        "critic.window=6",
        "env.max_steps=4",
        "recipe.demonstrations=4",
        "recipe.eval_tasks=1",
        "recipe.adaptation.rounds=0",
    )
    assert command("train", *said, f"run_dir={one}") == 0
    asked = {"ACCELERATE_USE_FSDP": "true", "FSDP_VERSION": "2"}
    # As `accelerate launch --use_fsdp` does where the user says nothing of it.
    asked["FSDP_CPU_RAM_EFFICIENT_LOADING"] = "true"
    processes.run(2, "-m", "lfm.train", *said, f"run_dir={two}", **asked)
    assert results(two) == results(one)
    for folder in (layout.policy("bc"), layout.policy("lfm1"), layout.feedback_model("round1")):
        found, there = (load_file(run / folder / "model.safetensors") for run in (two, one))
        assert found.keys() == there.keys()
        assert max(float((found[key] - there[key]).abs().max()) for key in there) < 1e-5
