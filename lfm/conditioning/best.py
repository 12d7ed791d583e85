"""Which operator of feedback conditioning chooses the best of several texts, as settings say."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

from lfm.chat_builder import make_chat, make_sampling
from lfm.conditioning.choosing import First, KnownBest, StudentChoice, TeacherChoice
from lfm.config import TrainConfig
from lfm.critic_config import ChatCriticConfig, SimulatorCriticConfig
from lfm.recipe_config import BestBy, FeedbackConditioningRecipeConfig
from lfm.refining.base import Selector
from lfm.refining.selection import Likelihood
from lfm.refining.verifying import Verifier
from lfm.run import Stage
from policies.writing.base import Writer


@contextmanager
def best_by(
    config: TrainConfig, stage: Stage, writer: Writer, verifier: Verifier
) -> Iterator[Selector]:
    """What chooses the best of several texts, while inside.

    Args:
        config: of the run.
        stage: in which it is chosen.
        writer: who wrote them.
        verifier: knows what each is worth.

    Raises:
        UserError: if a language model is to choose and cannot be asked.
    """
    recipe, critic = config.recipe, config.critic
    assert isinstance(recipe, FeedbackConditioningRecipeConfig)
    if recipe.selection is BestBy.none:
        yield First()
    elif recipe.selection is BestBy.student_logits:
        yield Likelihood(writer, config.retry.wording())
    elif recipe.selection is BestBy.student_choice:
        yield StudentChoice(writer, recipe.aside.best)
    elif isinstance(critic, ChatCriticConfig):
        prompt = f"best {recipe.aside.name}/{recipe.aside.version}"
        with closing(make_chat(critic, stage.run.directory)) as model:
            sampling = make_sampling(critic)
            yield TeacherChoice(model, recipe.aside.best, prompt, stage.name, sampling)
    else:
        yield KnownBest(verifier)


def privileged_best(config: TrainConfig) -> bool:
    """Whether what chooses knows what an agent could not."""
    recipe = config.recipe
    return (
        isinstance(recipe, FeedbackConditioningRecipeConfig)
        and recipe.selection is BestBy.teacher_choice
        and isinstance(config.critic, SimulatorCriticConfig)
    )
