"""What can be set of the recipes that use the words of feedback; see :mod:`lfm.config`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from omegaconf import MISSING

from envs.errors import UserError
from lfm.config import RecipeConfig
from lfm.critic_config import (
    AnswerPromptConfig,
    ChatCriticConfig,
    CriticConfig,
    PersonCriticConfig,
    check_template,
)
from lfm.limits import above_zero, one_of, within


class Told(str, Enum):
    """What of the feedback on an answer is told to who writes another in its place."""

    given = "given"
    none = "none"
    fresh = "fresh"
    shuffled = "shuffled"


class OnCorrect(str, Enum):
    """What becomes of answers that the critic calls right."""

    keep = "keep"
    drop = "drop"
    refine = "refine"


class Refiner(str, Enum):
    """Who writes in place of an answer."""

    start = "start"
    policy = "policy"
    teacher = "teacher"


class Selection(str, Enum):
    """What chooses among the texts written in place of an answer."""

    instruct = "instruct"
    likelihood = "likelihood"
    similarity = "similarity"
    longest = "longest"
    random = "random"
    verify = "verify"
    feedback_model = "feedback_model"
    reward_model = "reward_model"


JUDGES = (Selection.feedback_model, Selection.reward_model)
"""What is read from a folder."""


@dataclass
class RefiningRecipeConfig(RecipeConfig):
    """A recipe in which answers are written anew when feedback has been heard."""

    feedback: Told = MISSING
    """What the refiner is told. given: the feedback on the answer; and as controls none: nothing,
    so that it only answers again; fresh: not even what was answered before; shuffled: the feedback
    on another answer."""
    on_correct: OnCorrect = MISSING
    """What becomes of answers that the critic calls right. keep: they are imitated as they are;
    drop: they are left out; refine: they are written anew like all others."""
    refiner: Refiner = MISSING
    """Who refines. start: the policy that the run began with; policy: the one that answered;
    teacher: the critic, which has to be a language model."""
    refinements: int = MISSING
    """Texts to choose from for each answer."""
    refining_temperature: float = MISSING
    """Temperature of the refiner; 0 takes the likeliest words, for one text an answer."""

    def __post_init__(self) -> None:
        super().__post_init__()
        within("recipe.refinements", self.refinements, 1)
        if self.refinements > 1:
            above_zero("recipe.refining_temperature", self.refining_temperature)
        within("recipe.refining_temperature", self.refining_temperature, 0)

    def check_critic(self, critic: CriticConfig) -> None:
        """Refuse to have a critic write that is no language model.

        Raises:
            UserError: if it would have to.
        """
        self._asks(critic, {"refiner": self.refiner is Refiner.teacher})

    def _asks(self, critic: CriticConfig, asking: Mapping[str, bool]) -> None:
        """Refuse a critic that is no language model where a setting asks one."""
        for name, asks in asking.items():
            if asks and not isinstance(critic, ChatCriticConfig):
                raise UserError(
                    f"recipe.{name}: {getattr(self, name).value} asks a language model, and "
                    f"critic={critic.name} is none; choose critic=openai or critic=transformers."
                )


@dataclass
class ILFRecipeConfig(RefiningRecipeConfig):
    """Imitation from language feedback."""

    selection: Selection = MISSING
    """What chooses. instruct: the refiner is asked whether the feedback was followed, in the ways
    of instruct=five; likelihood: what the refiner finds likeliest; similarity: what is
    nearest to the feedback, by the refiner's embeddings; verify: whether it is right, and what is
    wrong is left out; feedback_model, reward_model: the model in recipe.judge; and as controls
    longest and random."""
    judge: str | None = MISSING
    """Folder of the model that chooses, made by another run: feedback_model/round1 of recipe=lfm,
    or reward_model/ilf of recipe.best_of; null where none does."""
    best_of: int = MISSING
    """Train a reward model on what was chosen, and evaluate also the best of so many answers,
    drawn at recipe.temperature; 0 = do not."""
    divergence_texts: int = MISSING
    """Texts of the first and of the last policy by which their divergence is measured; 0 = do
    not."""

    def __post_init__(self) -> None:
        super().__post_init__()
        one_of("recipe.name", self.name, ("ilf",))
        within("recipe.best_of", self.best_of, 0)
        within("recipe.divergence_texts", self.divergence_texts, 0)
        if (self.selection in JUDGES) != (self.judge is not None):
            raise UserError(
                "recipe.judge: it is the folder of what recipe.selection=feedback_model or "
                "reward_model chooses by; give both or neither."
            )


class ErrorsBy(str, Enum):
    """Who says which answers are wrong."""

    feedback = "feedback"
    judge = "judge"
    truth = "truth"


class BestBy(str, Enum):
    """What chooses the best of several texts."""

    none = "none"
    student_logits = "student_logits"
    student_choice = "student_choice"
    teacher_choice = "teacher_choice"


class Cleaning(str, Enum):
    """What takes away what was said around an answer."""

    none = "none"
    opening = "opening"
    teacher = "teacher"


@dataclass
class AsideConfig:
    """What is asked about answers besides feedback."""

    name: str = MISSING
    """Name of the questions; set by the choice of aside@recipe.aside=..."""
    version: int = MISSING
    """Counts changes of the questions; answers are kept under it."""
    best: str = MISSING
    """Which text is best; $instruction is the task, $candidates the texts with a number each."""
    clean: str = MISSING
    """What is left of a text without what was said around the answer; $answer is the text."""

    def __post_init__(self) -> None:
        within("recipe.aside.version", self.version, 1)
        check_template("recipe.aside.best", self.best, ("instruction", "candidates"))
        check_template("recipe.aside.clean", self.clean, ("answer",))


@dataclass
class FeedbackConditioningRecipeConfig(RefiningRecipeConfig):
    """Feedback conditioning."""

    errors_by: ErrorsBy = MISSING
    """Who says which answers are right, for recipe.on_correct. feedback: the critic, by the
    feedback itself; judge: the critic, asked in the way of recipe.judging; truth: the task, which
    is privileged."""
    judging: AnswerPromptConfig = MISSING
    """How errors_by=judge asks."""
    selection: BestBy = MISSING
    """What chooses among recipe.refinements. none: the first is taken; student_logits: what the
    refiner finds likeliest; student_choice: the refiner is asked; teacher_choice: the critic is
    asked, and critic=simulator takes what has the highest score."""
    cleaning: Cleaning = MISSING
    """What takes away what was said around an answer, before it is imitated. opening: a rule takes
    away thanks, apologies and the announcement of a new version at the start; teacher: the critic
    is asked, which has to be a language model."""
    aside: AsideConfig = MISSING
    """How selection and cleaning ask."""
    tuning: bool = MISSING
    """Feedback tuning: what is imitated is the second answer in the conversation with the feedback,
    so that the policy learns to follow it; false = the second answer to the task alone."""
    feedback_at_test: bool = MISSING
    """Evaluate every policy a second time, when it has heard feedback on its answers."""

    def __post_init__(self) -> None:
        super().__post_init__()
        one_of("recipe.name", self.name, ("feedback_conditioning",))
        if self.tuning and self.feedback is not Told.given:
            raise UserError(
                "recipe.tuning: it teaches to follow feedback, which needs recipe.feedback=given."
            )
        if self.errors_by is not ErrorsBy.feedback and self.on_correct is OnCorrect.refine:
            raise UserError(
                f"recipe.errors_by: {self.errors_by.value} says which answers are right, and "
                "recipe.on_correct=refine treats all alike; choose on_correct=keep or drop."
            )

    def check_critic(self, critic: CriticConfig) -> None:
        """Refuse to have a critic asked that is no language model, or cannot choose.

        Raises:
            UserError: if it would be.
        """
        if self.selection is BestBy.teacher_choice and isinstance(critic, PersonCriticConfig):
            raise UserError(
                "recipe.selection: teacher_choice has the critic choose, and critic=person is not "
                "asked for that; choose recipe.selection=student_logits, or another critic."
            )
        super().check_critic(critic)
        judged, cleaned = self.errors_by is ErrorsBy.judge, self.cleaning is Cleaning.teacher
        self._asks(critic, {"errors_by": judged, "cleaning": cleaned})
