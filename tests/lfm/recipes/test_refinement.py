"""What is written anew, what its writer is told, and what is imitated then."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import mkdtemp

import pytest

from envs.answers.hidden_rule import questions
from envs.errors import UserError
from envs.record import Trajectory
from lfm import layout
from lfm.chat.base import Answer, Failure, Request
from lfm.critics.base import StepFeedback, WindowFeedback
from lfm.recipes.refinement import Ask, RefinementTeacher, shuffled
from lfm.refinements import read_refinements
from lfm.run import Run
from tests.lfm.composing import compose
from tests.lfm.critics.test_chat import Scripted, said
from tests.lfm.refining.writers import Fake, episode

ANSWERS = (("right", "a"), ("wrong", "b"), ("other", "c"))
TASK = "train/0"
EPISODES = [episode(name, answer, task=TASK) for name, answer in ANSWERS]
SAID = {"right": (True, "Fine."), "wrong": (False, "No b."), "other": (False, "No c.")}


def ask(name: str, episodes: Sequence[Trajectory], split: str) -> list[WindowFeedback]:
    """What a critic says: the first answer is right, the others are not."""
    return [
        WindowFeedback(each.trajectory_id, each.trajectory_id, (label,), "", "", 0, 0, "ok", "")
        for each in episodes
        for label in [StepFeedback(1, *SAID[each.trajectory_id])]
    ]


def never(name: str, episodes: Sequence[Trajectory], split: str) -> list[WindowFeedback]:
    raise AssertionError("the critic was asked")


class Taught:
    """What came of teaching from the episodes with some settings, and a writer of some texts."""

    def __init__(self, folder: Path, texts: Sequence[str], asking: Ask, *settings: str) -> None:
        self.writer = Fake(texts)
        self.folders: list[Path] = []
        config = compose("config", ["recipe=ilf", "env=hidden_rule", *settings])
        with Run(folder, config) as run:
            self.teacher = RefinementTeacher(run, config, asking, self._load)
            examples = self.teacher.learn("round1", EPISODES)
        self.targets = {each.trajectory_id: list(wanted) for each, wanted in examples}
        file = folder / layout.refinements("round1") / layout.REFINEMENTS_FILE
        self.rows = read_refinements(file)

    def _load(self, folder: Path) -> Fake:
        self.folders.append(folder)
        return self.writer


@pytest.fixture
def teach(tmp_path: Path) -> Callable[..., Taught]:
    """Teach with a writer that writes some texts."""

    def teach(texts: Sequence[str], *settings: str, asking: Ask = ask) -> Taught:
        return Taught(Path(mkdtemp(dir=tmp_path)), texts, asking, *settings)

    return teach


def test_the_critic_decides_what_is_written_anew(teach: Callable[..., Taught]) -> None:
    taught = teach(["x", "y"], "recipe.refinements=1", "recipe.refining_temperature=0")
    assert taught.targets == {"right": ["a"], "wrong": ["x"], "other": ["y"]}
    assert [row.feedback for row in taught.rows] == ["No b.", "No c."]
    assert taught.teacher.privileged


@pytest.mark.parametrize(
    ("choice", "wanted"), [("drop", [[None], ["x"], ["x"]]), ("refine", [["x"], ["x"], ["x"]])]
)
def test_right_answers_are_left_out_or_written_anew_as_well(
    teach: Callable[..., Taught], choice: str, wanted: list[list[str | None]]
) -> None:
    taught = teach(["x"], f"recipe.on_correct={choice}", "recipe.refinements=1")
    assert list(taught.targets.values()) == wanted


def test_the_control_without_feedback_is_told_nothing(teach: Callable[..., Taught]) -> None:
    taught = teach(["x"], "recipe.feedback=none", "recipe.refinements=1")
    assert {row.feedback for row in taught.rows} == {""}
    assert {told[-1]["content"] for told in taught.writer.told} == {"Do it."}
    assert taught.targets["right"] == ["a"]  # the critic still says which answers are wrong


def test_the_control_with_shuffled_feedback_is_told_of_other_answers(
    teach: Callable[..., Taught],
) -> None:
    taught = teach(["x"], "recipe.feedback=shuffled", "recipe.refinements=1")
    assert [(row.trajectory_id, row.feedback) for row in taught.rows] == [
        ("wrong", "No c."),
        ("other", "No b."),
    ]


def test_shuffling_gives_everybody_the_word_of_another() -> None:
    said = [str(number) for number in range(50)]
    told = shuffled(said, 3)
    assert sorted(told) == sorted(said)
    assert not any(one == other for one, other in zip(said, told, strict=True))


def test_the_best_text_is_what_is_imitated(teach: Callable[..., Taught]) -> None:
    taught = teach(["ab", "abc", "a"], "recipe.selection=longest", "recipe.refinements=3")
    assert taught.targets["wrong"] == ["abc"]
    assert [row.text for row in taught.rows if row.selected] == ["abc", "abc"]
    assert [row.scores["longest"] for row in taught.rows[:3]] == [2.0, 3.0, 1.0]


def test_expert_iteration_asks_nobody_and_imitates_what_is_right(
    teach: Callable[..., Taught],
) -> None:
    settings = ("feedback=none", "on_correct=refine", "selection=verify", "refinements=2")
    right = questions("train", 42)[0].solution
    taught = teach(["x", right], *(f"recipe.{each}" for each in settings), asking=never)
    assert taught.targets["wrong"] == [right]
    assert taught.teacher.privileged
    assert [row.success for row in taught.rows[:2]] == [False, True]
    wrong = teach(["x"], *(f"recipe.{each}" for each in settings), asking=never)
    assert set(map(tuple, wrong.targets.values())) == {(None,)}


@pytest.mark.parametrize(("refiner", "folder"), [("start", "base"), ("policy", "ilf1")])
def test_who_refines(teach: Callable[..., Taught], refiner: str, folder: str) -> None:
    taught = teach(["x"], f"recipe.refiner={refiner}", "recipe.refinements=1")
    assert {each.name for each in taught.folders} == {folder}


def test_the_teacher_refines_and_what_it_does_not_answer_is_not_imitated(
    teach: Callable[..., Taught], monkeypatch: pytest.MonkeyPatch
) -> None:
    def reply(request: Request) -> Answer | Failure:
        lost = Failure("failed", "no connection")
        return said("better") if "No b." in request.messages[-1].content else lost

    model = Scripted(reply)
    monkeypatch.setattr("lfm.recipes.refinement.make_chat", lambda config, run: model)
    settings = ("critic=openai", "critic.model=m", "prompt=unconstrained")
    refining = ("recipe.refiner=teacher", "recipe.refinements=2", "recipe.selection=likelihood")
    taught = teach(["never"], *settings, *refining)
    assert taught.targets == {"right": ["a"], "wrong": ["better"], "other": [None]}
    assert [(row.refiner, row.text) for row in taught.rows] == [("scripted-model", "better")] * 2
    assert model.closed
    assert taught.writer.told == []  # who learns only says what it finds likelier
    assert not taught.teacher.privileged


def test_only_a_language_model_writes_in_the_students_place() -> None:
    settings = ["recipe=ilf", "env=hidden_rule", "recipe.refiner=teacher"]
    with pytest.raises(UserError, match=r"recipe\.refiner: teacher asks a language model"):
        compose("config", settings)
