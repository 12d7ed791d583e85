"""What can be set of the recipes that use the words of feedback; see :mod:`lfm.config`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from omegaconf import MISSING

from envs.errors import UserError
from lfm.config import RecipeConfig
from lfm.limits import above_zero, one_of, within


class Told(str, Enum):
    """What of the feedback on an answer is told to who writes another in its place."""

    given = "given"
    none = "none"
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
    so that it only answers again; shuffled: the feedback on another answer."""
    on_correct: OnCorrect = MISSING
    """What becomes of answers that the critic calls right. keep: they are imitated as they are;
    drop: they are left out; refine: they are written anew like all others."""
    refiner: Refiner = MISSING
    """Who refines. start: the policy that the run began with; policy: the one that answered."""
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


@dataclass
class ILFRecipeConfig(RefiningRecipeConfig):
    """Imitation from language feedback."""

    selection: Selection = MISSING
    """What chooses. instruct: the refiner is asked whether the feedback was followed, in the ways
    of instruct=five; likelihood: what the refiner finds likeliest; similarity: what has most
    words in common with the feedback; verify: whether it is right, and what is wrong is left out;
    feedback_model, reward_model: the model in recipe.judge; and as controls longest and random."""
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


@dataclass
class FeedbackConditioningRecipeConfig(RefiningRecipeConfig):
    """Feedback conditioning."""

    def __post_init__(self) -> None:
        super().__post_init__()
        one_of("recipe.name", self.name, ("feedback_conditioning",))
