"""Feedback conditioning: who says what is wrong, what is written then, what is learned of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, cast

import pytest

from envs.answers.hidden_rule import questions
from envs.errors import UserError
from envs.files import read_json
from envs.record import Trajectory
from lfm import layout
from lfm.critics.base import StepFeedback, WindowFeedback
from lfm.recipes.conditioning import ConditioningTeacher
from lfm.refinements import read_refinements
from lfm.run import Run
from policies.base import Start
from policies.learned import Examples
from policies.writing.base import records
from policies.writing.policy import WriterPolicy
from tests.lfm.composing import compose
from tests.lfm.refining.writers import Fake, episode
from tests.policies.writing.test_retrying import Session

TASK = questions("train", 42)[0]
ANSWERS = {"good": TASK.solution, "bad": "b", "doubtful": TASK.solution, "praised": "p"}
EPISODES = [
    replace(episode(name, answer, task=TASK.task_id), seed=seed)
    for seed, (name, answer) in enumerate(ANSWERS.items())
]
SAID = {"good": True, "bad": False, "doubtful": False, "praised": True}
JUDGED = {"good": True, "bad": False, "praised": False}


def answers(verdicts: dict[str, bool]) -> Callable[..., list[WindowFeedback]]:
    """A critic that says so of some episodes, and of the others nothing."""

    def ask(name: str, episodes: Sequence[Trajectory], split: str) -> list[WindowFeedback]:
        return [
            WindowFeedback(
                each.trajectory_id, each.trajectory_id,
                (StepFeedback(1, verdicts[each.trajectory_id], f"Of {each.trajectory_id}."),)
                if each.trajectory_id in verdicts else (),
                "", "", 0, 0, "ok", "",
            )
            for each in episodes
        ]  # fmt: skip

    return ask


@cache
def composed(*settings: str) -> Any:
    """The settings of a run; composing takes longer than all else here."""
    return compose("config", settings)


class Writing(Fake):
    """A writer whose episodes say what they were told."""

    def begin(self, starts: Sequence[Start]) -> Session:
        return Session(starts)


class Taught:
    """What came of teaching with some settings, and a writer of some texts."""

    def __init__(self, folder: Path, texts: Sequence[str], *settings: str) -> None:
        self.writer = Writing(texts)
        chosen = ["recipe=feedback_conditioning", "env=hidden_rule", *settings]
        if "recipe.errors_by=judge" in settings:
            chosen += ["critic=openai", "critic.model=m"]
        config = composed(*chosen)
        with Run(folder, config) as run:
            self.teacher = ConditioningTeacher(
                run, config, answers(SAID), answers(JUDGED), lambda path: self.writer
            )
            self.examples: Examples = self.teacher.learn("round1", EPISODES)
            self.told = self.teacher.retrying(
                "base-test", cast(WriterPolicy, self.writer), EPISODES, "train"
            )
        self.rows = read_refinements(
            folder / layout.refinements("round1") / layout.REFINEMENTS_FILE
        )
        file = folder / layout.identification("round1") / layout.IDENTIFICATION_FILE
        self.identification: dict[str, Any] = read_json(file)

    @property
    def targets(self) -> dict[str, str | None]:
        return {each.trajectory_id: targets[-1] for each, targets in self.examples}


@pytest.fixture
def teach(tmp_path: Path) -> Callable[..., Taught]:
    """Teach with a writer that writes some texts."""

    def teach(texts: Sequence[str], *settings: str) -> Taught:
        return Taught(Path(mkdtemp(dir=tmp_path)), texts, *settings)

    return teach


OWN = TASK.solution
TRUTH_TABLE = [
    ("feedback", "keep", {"good": OWN, "bad": "x", "doubtful": "x", "praised": "p"}),
    ("feedback", "drop", {"good": None, "bad": "x", "doubtful": "x", "praised": None}),
    ("feedback", "refine", {"good": "x", "bad": "x", "doubtful": "x", "praised": "x"}),
    ("judge", "keep", {"good": OWN, "bad": "x", "doubtful": None, "praised": "x"}),
    ("judge", "drop", {"good": None, "bad": "x", "doubtful": None, "praised": "x"}),
    ("truth", "keep", {"good": OWN, "bad": "x", "doubtful": OWN, "praised": "x"}),
    ("truth", "drop", {"good": None, "bad": "x", "doubtful": None, "praised": "x"}),
]


@pytest.mark.parametrize(("errors_by", "on_correct", "wanted"), TRUTH_TABLE)
def test_a_refined_answer_replaces_one_that_is_called_wrong(
    teach: Callable[..., Taught], errors_by: str, on_correct: str, wanted: dict[str, str | None]
) -> None:
    taught = teach(["x"], f"recipe.errors_by={errors_by}", f"recipe.on_correct={on_correct}")
    assert taught.targets == wanted


def test_how_well_errors_are_found_is_measured_by_who_said_it(
    teach: Callable[..., Taught],
) -> None:
    counts = {
        errors_by: [taught.identification[name] for name in ("hits", "false_alarms", "misses")]
        for errors_by in ("feedback", "judge", "truth")
        for taught in [teach(["x"], f"recipe.errors_by={errors_by}")]
    }
    assert counts == {"feedback": [1, 1, 1], "judge": [2, 0, 0], "truth": [2, 0, 0]}


def test_only_the_truth_and_who_knows_it_are_privileged(teach: Callable[..., Taught]) -> None:
    level = "critic.level=format"
    assert not teach(["x"], level).teacher.privileged
    assert teach(["x"], level, "recipe.errors_by=truth").teacher.privileged
    assert teach(["x"]).teacher.privileged
    best = teach(["x"], level, "recipe.selection=teacher_choice")
    assert best.teacher.privileged
    assert all(row.privileged for row in best.rows)


def test_the_control_that_begins_afresh_is_not_told_its_answer(
    teach: Callable[..., Taught],
) -> None:
    taught = teach(["x"], "recipe.feedback=fresh")
    assert [len(told) for told in taught.writer.told] == [1, 1]
    assert len(teach(["x"]).writer.told[0]) == 3


@pytest.mark.parametrize(
    ("selection", "wanted"),
    [("none", "yy"), ("student_logits", "x"), ("teacher_choice", OWN)],
)
def test_the_best_of_several(teach: Callable[..., Taught], selection: str, wanted: str) -> None:
    settings = ("recipe.refinements=3", "recipe.refining_temperature=1")
    taught = teach(["yy", "x", OWN], f"recipe.selection={selection}", *settings)
    assert taught.targets["bad"] == wanted


def test_what_was_said_around_an_answer_is_not_imitated(teach: Callable[..., Taught]) -> None:
    taught = teach(["Sure! Here's an updated version: x"], "recipe.cleaning=opening")
    assert (taught.targets["bad"], taught.targets["praised"]) == ("x", "p")


def test_tuning_teaches_the_second_answer_where_feedback_was_heard(
    teach: Callable[..., Taught],
) -> None:
    taught = teach(["x"], "recipe.tuning=true", "recipe.on_correct=drop")
    first, second = records(taught.examples)
    assert [turn["content"] for turn in first.conversation] == ["Do it.", "b", "Of bad."]
    assert (first.target, first.rejected) == ("x", "b")
    assert second.conversation[-1]["content"] == "Of doubtful."
    plain = records(teach(["x"], "recipe.on_correct=drop").examples)
    assert [turn["content"] for turn in plain[0].conversation] == ["Do it."]
    assert (plain[0].target, plain[0].rejected) == ("x", "b")


def test_at_test_what_is_called_wrong_is_answered_again(teach: Callable[..., Taught]) -> None:
    taught = teach(["x"], "recipe.errors_by=truth")
    session = taught.told.begin([Start(each.instruction, "", each.seed) for each in EPISODES])
    said = [each.action for each in session.choose([0, 1, 2, 3], [()] * 4)]
    assert said == [OWN, "Do it.|b|Of bad.", OWN, "Do it.|p|Of praised."]
    assert taught.told.privileged


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (["recipe.errors_by=judge"], r"recipe\.errors_by: judge asks a language model"),
        (["recipe.cleaning=teacher"], r"recipe\.cleaning: teacher asks a language model"),
        (
            ["recipe.selection=teacher_choice", "critic=person", "critic.file=f.csv"],
            r"recipe\.selection: teacher_choice",
        ),
        (["recipe.errors_by=truth", "recipe.on_correct=refine"], r"recipe\.errors_by: truth"),
        (["recipe.tuning=true", "recipe.feedback=none"], r"recipe\.tuning"),
        (["recipe.aside.best='$x'"], r"recipe\.aside\.best"),
    ],
)
def test_settings_that_do_not_go_together_are_refused(settings: list[str], message: str) -> None:
    with pytest.raises(UserError, match=message):
        compose("config", ["recipe=feedback_conditioning", "env=hidden_rule", *settings])
