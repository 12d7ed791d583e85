"""Conversations and rows for training with other tools, read by those tools."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from envs.errors import UserError
from experiments.chat_models import save_chat_model
from lfm import layout
from lfm.corrections import CANNOT_TELL, PRODUCTIVE, UNPRODUCTIVE
from lfm.store import read_feedback, write_feedback
from tests.lfm.conftest import MARKUP
from tests.lfm.exports.exporting import advised_run, critic_run, export, judge, lines, walk
from tests.policies.causal.worlds import TINY


def test_kept_turns_are_those_to_learn(sample_run: Path, tmp_path: Path) -> None:
    # One demonstration, and every episode that was judged: each has its first step kept.
    assert export(sample_run, "chat", tmp_path / "chat.jsonl") == 1 + 6 + 4
    demonstration, first, *_ = lines(tmp_path / "chat.jsonl")
    assert [turn["loss"] for turn in demonstration["conversations"]] == [False, True] * 3
    assert first["conversations"] == [
        {
            "from": "human",
            "value": "put a mug in cabinet\n\nYou are in the middle of a room.",
            "loss": False,
        },
        {"from": "gpt", "value": "go to cabinet 1", "loss": True},
        {"from": "human", "value": f"You arrive at cabinet 1. {MARKUP}".strip(), "loss": False},
        {"from": "gpt", "value": "go to cabinet 2", "loss": False},
        {"from": "human", "value": "You arrive at cabinet 2.", "loss": False},
        {"from": "gpt", "value": "go to cabinet 3", "loss": False},
    ]
    assert (first["set"], first["id"], first["chosen_by"]) == ("rollouts/round1", "round1-0", "m")
    assert first["policy_privileged"] is False


def test_what_was_not_imitated_is_no_conversation(sample_run: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"format: chat needs .* none in bc-valid_seen"):
        export(sample_run, "chat", tmp_path / "chat.jsonl", "bc-valid_seen")
    assert list(tmp_path.iterdir()) == []


def test_advice_is_learned_in_the_state_it_was_given_for(tmp_path: Path) -> None:
    run = advised_run(tmp_path / "run", walk(0, "a", "b", "c"), {1: "a", 2: "x"})
    assert export(run, "chat", tmp_path / "chat.jsonl") == 2
    whole, second = lines(tmp_path / "chat.jsonl")
    assert [(turn["value"], turn["loss"]) for turn in whole["conversations"][1::2]] == [
        ("a", True),
        ("b", False),
        ("c", False),
    ]
    assert [(turn["value"], turn["loss"]) for turn in second["conversations"][1::2]] == [
        ("a", False),
        ("x", True),
    ]
    assert second["id"] == "walk-0@2"
    assert (second["chosen_by"], second["chosen_by_privileged"]) == ("expert", True)


def test_stepwise_rows_have_a_label_for_every_step(sample_run: Path, tmp_path: Path) -> None:
    assert export(sample_run, "stepwise", tmp_path / "critic.jsonl") == 4
    row = lines(tmp_path / "critic.jsonl")[0]
    assert row["prompt"] == "put a mug in cabinet\n\nYou are in the middle of a room."
    assert row["completions"][1] == "> go to cabinet 2\nYou arrive at cabinet 2."
    assert row["labels"] == [True, False, False]
    assert row["reasons"][2] == f"reason of the critic 3 {MARKUP}"
    assert (row["labels_by"], row["labels_privileged"]) == ("simulator", True)

    out = tmp_path / "model.jsonl"
    assert export(sample_run, "stepwise", out, labels="feedback_model") == 6 + 4
    row = lines(out)[0]
    assert row["labels"] == [True, False, False]  # 0.9, 0.45, 0.3
    assert (row["labels_by"], row["labels_privileged"]) == ("m", None)


def test_labels_are_those_of_whom_is_asked_for(tmp_path: Path) -> None:
    episode = walk(0, "a", "b", "c")
    run = critic_run(tmp_path / "run", [(episode, [True, False])])
    judge(run, episode, {1: (UNPRODUCTIVE, "it broke"), 2: (CANNOT_TELL, ""), 3: (PRODUCTIVE, "")})

    def exported(labels: str) -> list[tuple[int, list[bool], list[str], str]]:
        export(run, "stepwise", out := tmp_path / f"{labels}.jsonl", labels=labels)
        rows = lines(out)
        assert {row["labels_privileged"] for row in rows} == {False}
        names = ("first_step", "labels", "reasons", "labels_by")
        return [tuple(row[name] for name in names) for row in rows]

    assert exported("critic") == [(1, [True, False], ["because 1", "because 2"], "reader")]
    assert exported("human") == [
        (1, [False], ["it broke"], "people"),
        (3, [True], [""], "people"),
    ]
    assert exported("both") == [
        (1, [False, False, True], ["it broke", "because 2", ""], "reader, people")
    ]


def test_a_step_without_a_label_begins_a_new_row(tmp_path: Path) -> None:
    run = critic_run(tmp_path / "run", [(walk(0, "a", "b", "c", "d"), [True, False, True])])
    feedback = run / layout.feedback("round1")
    (window,) = read_feedback(feedback)
    gap = replace(window, steps=(window.steps[0], window.steps[2]))
    write_feedback(feedback, [gap], "reader", privileged=False)
    assert export(run, "stepwise", tmp_path / "rows.jsonl") == 2
    first, second = lines(tmp_path / "rows.jsonl")
    assert (first["first_step"], first["completions"], first["labels"]) == (
        1,
        ["> a\nYou a."],
        [True],
    )
    assert (second["first_step"], second["completions"]) == (3, ["> c\nYou c."])
    assert second["prompt"].endswith("\n> a\nYou a.\n> b\nYou b.")


def test_pairs_are_of_the_same_state(tmp_path: Path) -> None:
    run = critic_run(
        tmp_path / "run",
        [
            (walk(0, "a", "b"), [True, True]),
            (walk(1, "a", "c"), [True, False]),  # the same way, then another action: a pair
            (walk(2, "d", "c"), [True, False]),  # came by another way
            (walk(3, "a", "c", task="task-1"), [True, False]),  # another task
        ],
    )
    assert export(run, "preference", tmp_path / "pairs.jsonl") == 1
    (pair,) = lines(tmp_path / "pairs.jsonl")
    assert [turn["content"] for turn in pair["prompt"]][1:] == ["a", "You a."]
    assert [turn["role"] for turn in pair["prompt"]] == ["user", "assistant", "user"]
    assert pair["chosen"] == [{"role": "assistant", "content": "b"}]
    assert pair["rejected"] == [{"role": "assistant", "content": "c"}]
    assert (pair["trajectory_id"], pair["rejected_trajectory_id"]) == ("walk-0", "walk-1")
    assert (pair["step"], pair["chosen_reason"]) == (2, "because 2")
    assert (pair["labels_by"], pair["labels_privileged"]) == ("reader", False)


def test_an_action_of_which_both_was_said_is_in_no_pair(tmp_path: Path) -> None:
    told = [(walk(0, "a"), [True]), (walk(1, "b"), [False]), (walk(2, "b"), [True])]
    run = critic_run(tmp_path / "run", told)
    with pytest.raises(UserError, match="format: preference needs a state in which one action"):
        export(run, "preference", tmp_path / "pairs.jsonl")


def test_the_command_says_what_it_wrote(sample_run: Path, tmp_path: Path) -> None:
    out = tmp_path / "chat.jsonl"
    command = [sys.executable, "-m", "lfm.export", f"run={sample_run}", "format=chat", f"out={out}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert f"{out}: 11 conversations" in done.stdout + done.stderr
    assert len(lines(out)) == 11


def test_trl_learns_from_the_pairs(tmp_path: Path) -> None:
    """A step of TRL's own trainer on the file as it is, with the columns it has no use for."""
    datasets = pytest.importorskip("datasets", reason="the pairs are for TRL, which reads datasets")
    trl = pytest.importorskip("trl", reason="whether TRL takes the pairs only TRL can say")
    from transformers import AutoModelForCausalLM, AutoTokenizer

    told = [(walk(0, "a", "b"), [True, True]), (walk(1, "a", "c"), [True, False])]
    export(critic_run(tmp_path / "run", told), "preference", tmp_path / "pairs.jsonl")
    rows = datasets.load_dataset(
        "json", data_files=str(tmp_path / "pairs.jsonl"), split="train", cache_dir=str(tmp_path)
    )
    words = [turn["content"] for row in lines(tmp_path / "pairs.jsonl") for turn in row["prompt"]]
    model = save_chat_model(tmp_path / "model", "llama", TINY, words)
    trainer = trl.DPOTrainer(
        model=AutoModelForCausalLM.from_pretrained(model),
        args=trl.DPOConfig(
            output_dir=str(tmp_path / "dpo"), max_steps=1, use_cpu=True, bf16=False, report_to=[]
        ),
        train_dataset=rows,
        processing_class=AutoTokenizer.from_pretrained(model),
    )
    assert trainer.train().training_loss == pytest.approx(0.6931, abs=1e-3)  # ln 2: no preference


def test_stepwise_rows_have_the_types_of_trl(sample_run: Path, tmp_path: Path) -> None:
    """The trainer itself, up to TRL 1.8, learned from such rows; the tested TRL has it no more."""
    datasets = pytest.importorskip("datasets", reason="the rows are for TRL, which reads datasets")
    export(sample_run, "stepwise", tmp_path / "rows.jsonl")
    rows = datasets.load_dataset(
        "json", data_files=str(tmp_path / "rows.jsonl"), split="train", cache_dir=str(tmp_path)
    )
    text, truth = datasets.Value("string"), datasets.Value("bool")
    wanted = {
        "prompt": text,
        "completions": datasets.List(text),
        "labels": datasets.List(truth),
    }
    assert {name: rows.features[name] for name in wanted} == wanted
    assert all(len(row["completions"]) == len(row["labels"]) for row in rows)
