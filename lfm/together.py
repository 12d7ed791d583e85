"""Settings of several groups that have to go together; see :mod:`lfm.config`."""

from __future__ import annotations

from envs.errors import UserError
from lfm.answer_config import AnswerConfig
from lfm.critic_config import (
    AnswerForm,
    AnswerPromptConfig,
    ChatCriticConfig,
    CriticConfig,
    PersonCriticConfig,
    PromptConfig,
)
from lfm.env_config import ALFWorldConfig, Engine, EnvConfig
from lfm.model_config import PolicyConfig
from lfm.writer_config import WriterPolicyConfig


def check_suggestions(env: EnvConfig, critic: CriticConfig, prompt: PromptConfig) -> None:
    """Whether ``recipe.teacher=suggestion`` has somebody who suggests, and a place to try it.

    Raises:
        UserError: if not.
    """
    if not (isinstance(env, ALFWorldConfig) and env.engine is Engine.fast):
        raise UserError(
            "recipe.teacher: suggestion goes back to a state to try something else there, for "
            "which it needs env=alfworld with env.engine=fast."
        )
    asked = isinstance(critic, ChatCriticConfig)
    if asked and prompt.form is not AnswerForm.corrections:
        raise UserError(
            "recipe.teacher: suggestion needs a critic that says of a step what should have been "
            f"done instead, and prompt={prompt.name} does not ask it; choose prompt=paper_action."
        )


def check_prompt(env: EnvConfig, critic: CriticConfig, prompt: PromptConfig) -> None:
    """Whether a critic that is asked about answers has any to read.

    Raises:
        UserError: if not.
    """
    asked = isinstance(prompt, AnswerPromptConfig) and isinstance(critic, ChatCriticConfig)
    if asked and not isinstance(env, AnswerConfig):
        raise UserError(
            f"prompt: {prompt.name} asks about an answer in text, and env={env.name} "
            "has none; choose another prompt, such as structured."
        )
    if isinstance(critic, PersonCriticConfig) and not isinstance(env, AnswerConfig):
        raise UserError(
            f"critic: person writes of answers in text, and env={env.name} has none; judge steps "
            "in the report instead, as recipe.labels=human wants them."
        )


def check_writing(
    env: EnvConfig, policy: PolicyConfig, recipe: str, *, refines: bool, begins: bool
) -> None:
    """Refuse what answers where actions are chosen, and what chooses where any text is one.

    Args:
        env: what is played.
        policy: who plays.
        recipe: its name.
        refines: whether the recipe has answers written anew.
        begins: whether there are demonstrations to begin from.

    Raises:
        UserError: in these cases.
    """
    if isinstance(policy, WriterPolicyConfig):
        if not isinstance(env, AnswerConfig):
            raise UserError(
                f"policy: writer answers in its own words, and in env={env.name} actions are "
                "chosen; give a text task such as env=hidden_rule, or another policy."
            )
        return
    if isinstance(env, AnswerConfig):
        raise UserError(
            f"policy: {policy.name} chooses among admissible actions, and in env={env.name} any "
            "text is one; choose policy=writer, or another environment."
        )
    if refines:
        raise UserError(
            f"policy: {policy.name} cannot write an answer anew, as recipe={recipe} has it do; "
            "choose policy=writer and a text task."
        )
    if not begins:
        raise UserError(
            f"recipe.demonstrations: policy={policy.name} has nothing to begin from; give at "
            "least 1."
        )
