"""What can be set of the recipes that use the words of feedback; see :mod:`lfm.config`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from omegaconf import MISSING

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

    def __post_init__(self) -> None:
        super().__post_init__()
        one_of("recipe.name", self.name, ("ilf",))


@dataclass
class FeedbackConditioningRecipeConfig(RefiningRecipeConfig):
    """Feedback conditioning."""

    def __post_init__(self) -> None:
        super().__post_init__()
        one_of("recipe.name", self.name, ("feedback_conditioning",))
