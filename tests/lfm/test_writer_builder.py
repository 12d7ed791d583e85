"""From settings to writers."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from envs.answers.lesson import Lesson
from envs.errors import UserError
from lfm.builders import load_learned, load_policy
from lfm.writer_builder import lessons, new_writer, record_of
from lfm.writer_config import WriterPolicyConfig
from policies.writing.base import Retry
from policies.writing.policy import WriterPolicy, Writing
from tests.lfm.composing import compose
from tests.policies.causal import worlds

RETRY = Retry("toy/1", "$feedback", "again")
SMALL = ["recipe=bc", "env=hidden_rule", "policy=writer", "experiment=smoke"]


def test_lessons_are_conversations() -> None:
    asked = record_of(Lesson("list", "answer"), RETRY)
    assert [turn["content"] for turn in asked.conversation] == ["list"]
    revised = record_of(Lesson("list", "better", "answer", "Bad."), RETRY)
    assert [turn["content"] for turn in revised.conversation] == ["list", "answer", "Bad."]
    assert (revised.target, revised.rejected) == ("better", None)
    control = record_of(Lesson("list", "answer", "answer"), RETRY)
    assert control.conversation[-1]["content"] == "again"


def test_settings_make_the_small_writer_and_its_folder_says_what_it_is(tmp_path: Path) -> None:
    config = compose("config", [*SMALL, "policy.update=dpo", "policy.beta=0.3"])
    assert isinstance(config.policy, WriterPolicyConfig)
    told = lessons(config.env, config.retry.wording(), 20, seed=0)
    made = new_writer(config, config.policy, "base", told)
    assert made.model.config.rope_parameters["rope_theta"] == config.policy.rope_theta
    made.save(tmp_path / "base")
    again = load_learned(tmp_path / "base", 0.5)
    assert isinstance(again, WriterPolicy)
    assert again.writing == Writing("dpo", 0.3, config.policy.answer_tokens)
    assert (again.temperature, again.privileged) == (0.5, False)


def test_a_chat_model_that_was_never_trained_here_plays_text_tasks(tmp_path: Path) -> None:
    folder = worlds.chat_model(tmp_path / "model")
    text, rooms = (
        compose("evaluate", [f"env={each}", f"policy.path={folder}"])
        for each in (
            "hidden_rule",
            "alfworld",
        )
    )
    assert isinstance(load_policy(str(folder), text.env), WriterPolicy)
    assert not isinstance(load_policy(str(folder), rooms.env), WriterPolicy)


def test_environments_without_lessons_want_a_chat_model() -> None:
    config = compose("config", [*SMALL, "env=bbsr"])
    with pytest.raises(UserError, match=r"env=bbsr has no lessons.*policy\.path"):
        lessons(config.env, RETRY, 5, seed=0)


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ("policy.heads=3", "multiple of 6"),
        ("policy.beta=0", r"policy\.beta"),
        ("policy.lessons=0", r"policy\.lessons"),
        ("policy.answer_tokens=0", r"policy\.answer_tokens"),
    ],
)
def test_impossible_settings_are_refused(setting: str, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        compose("config", [*SMALL, "policy.hidden_size=16", setting])


def test_commands_start_without_the_trainer() -> None:
    """It takes seconds to import, and only training needs it."""
    code = "import sys, lfm.train; print({'trl', 'datasets'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
