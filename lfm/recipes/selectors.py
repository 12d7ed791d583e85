"""Which operator chooses among what was written, as the settings say."""

from __future__ import annotations

from pathlib import Path

from envs.errors import UserError
from lfm.conditioning.best import privileged_best
from lfm.config import TrainConfig
from lfm.feedback_builder import load_feedback_model
from lfm.recipe_config import JUDGES, ILFRecipeConfig, Selection
from lfm.refining.base import Selector
from lfm.refining.judged import Judged
from lfm.refining.rewards import Rewarded
from lfm.refining.selection import Instruct, Likelihood, Longest, Random, Similarity, Verified
from lfm.refining.verifying import Verifier
from lfm.writer_config import WriterPolicyConfig
from policies.writing.base import Writer
from policies.writing.reward import RewardModel


def make_selector(config: TrainConfig, refiner: Writer, verifier: Verifier, seed: int) -> Selector:
    """What chooses among texts.

    Args:
        config: of the run.
        refiner: who wrote them.
        verifier: knows which are right.
        seed: of a choice at random.

    Raises:
        UserError: if a model that is to choose is not there.
    """
    recipe = config.recipe
    assert isinstance(recipe, ILFRecipeConfig)
    if recipe.selection is Selection.likelihood:
        return Likelihood(refiner, config.retry.wording())
    if recipe.selection is Selection.instruct:
        return Instruct(refiner, config.instruct.questions, config.instruct.answers)
    if recipe.selection is Selection.verify:
        return Verified(verifier)
    if recipe.selection is Selection.random:
        return Random(seed)
    if recipe.selection in JUDGES:
        return _judge(recipe)
    return Longest() if recipe.selection is Selection.longest else Similarity(refiner)


def privileged_choice(config: TrainConfig) -> bool:
    """Whether what chooses knows what an agent could not.

    Raises:
        UserError: if a model that is to choose is not there, or cannot.
    """
    recipe = config.recipe
    if not isinstance(recipe, ILFRecipeConfig):
        return privileged_best(config)
    small = isinstance(config.policy, WriterPolicyConfig) and config.policy.path is None
    if recipe.selection is Selection.instruct and small:
        raise UserError(
            "recipe.selection: instruct asks the writer about feedback, and lessons teach a small "
            "one only to answer; give a chat model as policy.path, or choose likelihood"
        )
    if recipe.selection in JUDGES:
        return _judge(recipe).privileged
    return recipe.selection is Selection.verify


def _judge(recipe: ILFRecipeConfig) -> Judged | Rewarded:
    folder = Path(recipe.judge or "")
    if recipe.selection is Selection.reward_model:
        return Rewarded(RewardModel.load(folder))
    return Judged(load_feedback_model(folder))
