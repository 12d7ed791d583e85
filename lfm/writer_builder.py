"""From settings to the writer that a run begins with."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing

from envs.answers.env import AnswerEnv
from envs.answers.lesson import Lesson
from envs.errors import UserError
from lfm.builders import make_env
from lfm.config import TrainConfig
from lfm.env_config import TRAIN_SPLIT, EnvConfig
from lfm.writer_config import WriterPolicyConfig
from policies.pretrained import model_folder
from policies.tuning import Tuning
from policies.writing.base import Conversation, Record, Retry, Turn
from policies.writing.policy import WriterPolicy, Writing
from policies.writing.small import Shape


def record_of(lesson: Lesson, retry: Retry) -> Record:
    """A lesson as what a writer is told and what it is to answer."""
    conversation: Conversation = [Turn(role="user", content=lesson.instruction)]
    if lesson.answer is not None:
        conversation = retry.ask(conversation, lesson.answer, lesson.feedback)
    return Record(conversation, lesson.target)


def lessons(env: EnvConfig, retry: Retry, count: int, seed: int) -> list[Record]:
    """The lessons of an environment.

    Raises:
        UserError: if it has none.
    """
    with closing(make_env(env, TRAIN_SPLIT)) as made:
        if not isinstance(made, AnswerEnv) or "lessons" not in made.capabilities:
            raise UserError(
                f"policy=writer: env={env.name} has no lessons that teach a writer from random "
                "weights; give a chat model as policy.path, or choose env=word_removal or "
                "env=hidden_rule"
            )
        return [record_of(each, retry) for each in made.lessons(count, seed)]


def new_writer(
    config: TrainConfig, policy: WriterPolicyConfig, name: str, told: Sequence[Record]
) -> WriterPolicy:
    """The writer that a run begins with, before it has learned its lessons.

    Args:
        config: of the run.
        policy: its policy.
        name: of the writer.
        told: its lessons; none if it begins as a chat model.

    Raises:
        UserError: if there is no such model, or a lesson cannot be written.
    """
    writing = Writing(policy.update.value, policy.beta, policy.answer_tokens)
    if policy.path is not None:
        return WriterPolicy.from_model(name, model_folder(policy.path), _tuning(policy), writing)
    shape = Shape(policy.hidden_size, policy.layers, policy.heads, policy.rope_theta)
    return WriterPolicy.from_lessons(name, told, shape, writing, config.seed)


def _tuning(policy: WriterPolicyConfig) -> Tuning:
    return Tuning(
        rank=policy.rank,
        alpha=policy.alpha,
        merge=policy.merge,
        precision=policy.precision.value,
        checkpointing=policy.checkpointing,
    )
