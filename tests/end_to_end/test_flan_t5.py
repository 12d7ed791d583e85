"""The whole loop with a T5 made on the spot: by one process, by two, and on to a hub."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest
import torch
import yaml
from safetensors.torch import load_file
from transformers import AutoModelForSeq2SeqLM

from lfm import layout
from lfm.builders import load_learned
from lfm.store import read_judgements
from policies import imitation
from policies.learner import Learner
from policies.tuned import LAST
from tests.end_to_end.commands import FEW, command, results
from tests.end_to_end.hub import Hub, push, sent_whole
from tests.policies import processes
from tests.policies.t5s import save_t5

pytestmark = pytest.mark.timeout(900)  # on a busy machine

TINY = (
    "env=alfworld",
    "experiment=smoke",
    "threads=1",
    "policy=flan_t5_large",
    "policy.updates=2",
    "policy.batch_size=8",
    "policy.longest=160",
    "policy.row_tokens=600",
    "policy.held_out=0.2",
    "feedback_model.updates=2",
    "feedback_model.threshold=0",
    "recipe.demonstrations=6",
    "recipe.rounds=1",
    "recipe.batch_envs=4",
    "recipe.eval_tasks=2",
    "recipe.adaptation.updates=1",
    "recipe.adaptation.threshold=0",
)
POLICIES = ("bc", "lfm1", "adapted1")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("t5")
    save_t5(folder / "model", ["go to cabinet 1", "You see a mug 1."], dropout=0.1)
    assert command("train", *settings(folder / "one")) == 0
    return folder / "one"


def settings(run: Path) -> list[str]:
    return [*TINY, f"policy.path={run.parent / 'model'}", f"run_dir={run}"]


def test_the_whole_loop_runs(run: Path) -> None:
    assert {row["method"] for row in results(run)} == {"bc", "lfm", "adapted"}
    for name in POLICIES:
        AutoModelForSeq2SeqLM.from_pretrained(run / layout.policy(name))
    assert load_learned(run / layout.policy("bc")).name == "bc"


def test_each_policy_has_a_card(run: Path) -> None:
    for name in POLICIES:
        text = (run / layout.policy(name) / "README.md").read_text()
        head = yaml.safe_load(text.split("---")[1])
        assert head == {"tags": ["lfm", "text-agent"]}
        assert f"# {name}: a policy for alfworld" in text
        assert "`demonstrations`: episodes 6, successes" in text
        assert "- held_out: 0.2" in text or name == "adapted1"
        for row in results(run):
            assert f"| {row['method']} | {row['split']} | 2 | {row['success_rate']:.3f} |" in text
        assert str(run.parent) not in text
    assert "rollouts/adapted1" in text  # the last of them
    assert "rollouts/round1" not in (run / layout.policy("bc") / "README.md").read_text()


def test_the_whole_loop_runs_with_a_t5_that_judges(
    run: Path, stand_in: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it has learned judges elsewhere, and goes to the hub. Its first weights are the best."""
    monkeypatch.setattr(imitation, "CHECKPOINT", 1)
    losses = itertools.count(1)
    monkeypatch.setattr(Learner, "measure", lambda learner, items: float(next(losses)))
    small = [setting for setting in TINY if not setting.startswith("policy")]
    judge = (
        "policy.updates=2",
        "feedback_model=flan_t5_large",
        f"feedback_model.path={run.parent / 'model'}",
        "feedback_model.batch_size=8",
        "feedback_model.held_out=0.5",
        "feedback_model.detailed=true",
    )
    assert command("train", *small, *judge, f"run_dir={tmp_path / 'run'}") == 0
    model = tmp_path / "run" / layout.feedback_model("round1")
    AutoModelForSeq2SeqLM.from_pretrained(model)
    for name in ("round1", "adapted1"):
        stage = tmp_path / "run" / layout.judgements(name)
        said = read_judgements(stage / layout.JUDGEMENTS_FILE)
        assert any(one.reason for one in said)
        assert len({one.p_productive for one in said}) > 1
    adapted = (
        f"policy={tmp_path / 'run' / layout.policy('bc')}",
        f"feedback_model={model}",
        "adaptation.updates=2",
        "adaptation.samples=1",
        "adaptation.threshold=0",
        f"run_dir={tmp_path / 'adapted'}",
    )
    assert command("adapt", *FEW, *adapted) == 0
    card = sent_whole(model, stand_in)["README.md"].decode()
    assert "# round1: a feedback model for alfworld" in card
    assert "- began with: model\n" in card
    assert "- `feedback/round1`: windows " in card
    assert "- held_out: 0.5" in card
    assert "these are the weights after update 1, " in card
    best, last = (load_file(each / "model.safetensors") for each in (model, model / LAST))
    assert any(not torch.equal(best[key], last[key]) for key in best)
    agreement = json.loads((model / "agreement.json").read_text())
    assert f"- calibration error: {agreement['calibration_error']:.4f}" in card


def test_two_processes_find_what_one_does(run: Path) -> None:
    """Weights within 1e-5, and the very same rows; one writes."""
    other = run.parent / "two"
    said = processes.run(2, "-m", "lfm.train", *settings(other))
    assert said.count("Run directory:") == 1
    assert results(other) == results(run)
    for name in POLICIES:
        one, two = (
            load_file(each / layout.policy(name) / "model.safetensors") for each in (run, other)
        )
        assert max(float((one[key] - two[key]).abs().max()) for key in one) < 1e-5
    files = [
        {str(file.relative_to(each)) for file in each.rglob("*") if file.is_file()}
        for each in (run, other)
    ]
    assert files[0] == files[1]


def test_a_policy_goes_to_the_hub_whole(run: Path, stand_in: Hub, tmp_path: Path) -> None:
    for name, content in sent_whole(run / layout.policy("lfm1"), stand_in).items():
        (tmp_path / name).write_bytes(content)
        assert str(run.parent).encode() not in content
    load_learned(tmp_path)


def test_a_hub_that_refuses_is_told_of(run: Path, stand_in: Hub) -> None:
    done = push(run / layout.policy("lfm1"), stand_in, "hf_wrong")
    assert done.returncode == 2
    assert done.stderr.startswith("repo: me/agent was not written")
    assert stand_in.files == {}
