"""The whole loop with a chat model as the policy: a tiny one, made on the spot."""

from __future__ import annotations

from pathlib import Path

import pytest
from transformers import AutoModelForCausalLM

from experiments.chat_models import Size, save_chat_model
from lfm import causal_feedback_model, layout
from lfm.store import read_judgements
from tests.end_to_end.commands import FEW, command, results

pytestmark = pytest.mark.timeout(600)  # on a busy machine

TINY = (
    "env=alfworld",
    "threads=1",
    "env.max_steps=15",
    "policy=causal",
    "policy.rank=2",
    "policy.updates=2",
    "policy.batch_size=4",
    "feedback_model.hidden_size=32",
    "feedback_model.bag_size=16",
    "feedback_model.layers=1",
    "feedback_model.heads=2",
    "feedback_model.updates=2",
    "feedback_model.threshold=0",
    "recipe.demonstrations=6",
    "recipe.rollout_tasks=4",
    "recipe.rollout_samples=1",
    "recipe.rounds=1",
    "recipe.batch_envs=3",
    "recipe.eval_tasks=2",
    "recipe.adaptation.samples=1",
    "recipe.adaptation.updates=2",
    "recipe.adaptation.threshold=0",
)


def _model(folder: Path) -> Path:
    texts = ["go to cabinet 1", "You see a mug 1."]
    return save_chat_model(folder, "qwen3", Size(32, 1, 4, 2), texts, 320)


def test_the_whole_loop_runs_with_a_chat_model(tmp_path: Path) -> None:
    model = _model(tmp_path / "model")
    run = tmp_path / "run"
    assert command("train", *TINY, f"policy.path={model}", f"run_dir={run}") == 0
    assert {row["method"] for row in results(run)} == {"bc", "lfm", "adapted"}
    for name in ("bc", "lfm1", "adapted1"):
        AutoModelForCausalLM.from_pretrained(run / layout.policy(name))
    assert command("evaluate", *FEW, f"policy={run / layout.policy('bc')}") == 0


def test_the_whole_loop_runs_with_a_chat_model_that_judges(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Detailed; and what it has learned judges elsewhere."""
    monkeypatch.setattr(causal_feedback_model, "_TEXT", 6)  # it has not learned to end a text
    model, run = _model(tmp_path / "model"), tmp_path / "run"
    judge = (
        "policy.hidden_size=32",
        "policy.layers=1",
        "policy.heads=2",
        "policy.updates=2",
        "feedback_model=causal",
        f"feedback_model.path={model}",
        "feedback_model.rank=2",
        "feedback_model.updates=2",
        "feedback_model.batch_size=2",
        "feedback_model.threshold=0",
        "feedback_model.detailed=true",
        "critic.window=6",
    )
    small = [setting for setting in TINY if not setting.startswith(("policy", "feedback_model"))]
    assert command("train", *judge, *small, f"run_dir={run}") == 0
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
