"""Settings of several groups that have to go together; see :mod:`lfm.config`."""

from __future__ import annotations

from envs.errors import UserError
from lfm.critic_config import AnswerForm, ChatCriticConfig, CriticConfig, PromptConfig
from lfm.env_config import ALFWorldConfig, Engine, EnvConfig


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
