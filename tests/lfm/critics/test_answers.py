"""The critics of text tasks: the one that knows the answers, and prompts for language models."""

from __future__ import annotations

import random

import pytest

from envs.answers.hidden_rule import HiddenRuleEnv
from envs.answers.question import Level
from envs.answers.word_removal import WordRemovalEnv
from envs.errors import UserError
from envs.record import Step, Trajectory
from lfm.builders import make_simulator_critic, privileged_critic
from lfm.chat.base import Answer, Failure, Request, Sampling
from lfm.critics.answers import AnswerCritic
from lfm.critics.base import WindowFeedback
from lfm.critics.chat import ChatCritic, told_of
from lfm.critics.prompt import Prompt
from lfm.critics.windows import make_windows
from tests.lfm.composing import compose
from tests.lfm.critics.test_chat import Scripted, said

ENV = WordRemovalEnv("train", style="bare", games=27)
QUESTIONS = [ENV.question(task_id) for task_id in ENV.task_ids]
CONDITIONS = ("unconstrained", "teacher_answer", "ground_truth", "lazy", "regex_focused")


def attempt(number: int, text: str) -> Trajectory:
    """An episode in which a text was the answer."""
    question = QUESTIONS[number]
    step = Step(text, "Your answer has been taken.", (), 0.0)
    return Trajectory(
        f"a{number}", "word_removal", "1", "train", question.task_id, question.task_type,
        question.instruction, "", (step,), False, "writer", 0, False,
    )  # fmt: skip


def judged(critic: AnswerCritic, *texts: str) -> list[WindowFeedback]:
    return critic.critique(make_windows([attempt(at, text) for at, text in enumerate(texts)], 1))


def critic(level: Level, miss: float = 0.0, alarm: float = 0.0, seed: int = 0) -> AnswerCritic:
    return AnswerCritic(ENV.question, level, miss, alarm, seed)


@pytest.mark.parametrize("level", list(Level))
def test_the_words_are_those_of_the_question_and_the_verdict_is_its(level: Level) -> None:
    texts = (QUESTIONS[0].solution, QUESTIONS[1].text, "")
    right, wrong, unread = (each.steps[0] for each in judged(critic(level), *texts))
    for label, question, text in zip((right, wrong, unread), QUESTIONS, texts, strict=False):
        assert label.reason == question.feedback(text, level).text
    readable = level is Level.format
    assert (right.productive, wrong.productive, unread.productive) == (True, readable, False)
    assert critic(level).privileged is not readable


def test_the_right_answer_is_suggested_only_by_who_may_tell_it() -> None:
    told, silent = (judged(critic(level), "no", "no")[1] for level in (Level.answer, Level.hint))
    assert told.suggestion == QUESTIONS[1].solution
    assert silent.suggestion == ""


def test_who_errs_says_the_opposite_of_so_many_answers_and_always_of_the_same() -> None:
    solved = [question.solution for question in QUESTIONS]
    missing = critic(Level.hint, miss=0.4, seed=3)
    said_of = [each.steps[0].productive for each in judged(missing, *solved)]
    assert 5 <= said_of.count(False) <= 16
    again = judged(missing, *solved[::-1][::-1])
    assert [each.steps[0].productive for each in again] == said_of
    wrong = judged(critic(Level.hint, alarm=1.0), "never", "never")
    assert [each.steps[0].reason for each in wrong] == ["Your answer is correct."] * 2
    blind = judged(critic(Level.hint, miss=1.0), solved[0])
    assert blind[0].steps[0].reason == "Your answer is not correct."
    unread = judged(critic(Level.format, miss=1.0, alarm=1.0), solved[0], "")
    assert [each.steps[0].productive for each in unread] == [False, True]


def test_who_errs_about_a_hidden_rule_names_a_word_that_may_stay() -> None:
    env = HiddenRuleEnv("train", games=5)
    kept = next(each for each in map(env.question, env.task_ids) if each.solution.split())
    said_of = kept.misjudged(kept.solution, Level.hint, random.Random(0))
    (word,) = said_of.removeprefix("That is wrong. Remove the words ").removesuffix(".").split()
    assert word in kept.solution.split()
    assert kept.misjudged(kept.solution, Level.verdict, random.Random(0)) != said_of
    assert kept.misjudged("x", Level.hint, random.Random(0)) == "Your answer is correct."


def test_the_critic_of_a_text_task_is_built_from_settings() -> None:
    config = compose("config", ["env=word_removal", "policy=writer", "critic.level=format"])
    made = make_simulator_critic(config.critic, config.env, "train", 0)
    assert isinstance(made, AnswerCritic)
    assert not made.privileged
    assert not privileged_critic(config.critic, config.prompt, config.env)
    hinting = compose("config", ["env=word_removal", "policy=writer"])
    assert privileged_critic(hinting.critic, hinting.prompt, hinting.env)


def prompt_of(name: str) -> tuple[Prompt, bool]:
    """A prompt of ``conf/prompt``, and whether it tells what a student cannot know."""
    settings = [
        "env=word_removal",
        "policy=writer",
        "critic=openai",
        "critic.model=m",
        f"prompt={name}",
    ]
    config = compose("config", settings)
    told = config.prompt
    prompt = Prompt(
        name, told.form.value, told.system, told.opening, told.step, told.question, told.own
    )
    return prompt, privileged_critic(config.critic, told, config.env)


@pytest.mark.parametrize("name", [*CONDITIONS, "error_identification"])
def test_only_teachers_that_are_privileged_are_told_the_solution(name: str) -> None:
    prompt, privileged = prompt_of(name)
    window = make_windows([attempt(26, "my answer")], 1)[0]
    known = told_of(ENV.question)(QUESTIONS[26].task_id)
    text = "\n".join(each.content for each in prompt.messages(window, known, "own"))
    assert privileged is (name in ("ground_truth", "lazy"))
    assert (QUESTIONS[26].solution in text) is privileged
    assert (QUESTIONS[26].unread() in text) is (name == "regex_focused")
    assert text.count("my answer") == 1
    assert text.count(QUESTIONS[26].instruction) == 1


def test_a_teacher_answers_first_in_a_turn_of_its_own_and_once_for_each_instruction() -> None:
    def reply(request: Request) -> Answer:
        return said("my own" if len(request.messages) == 1 else "Feedback: Leave out one more.")

    model = Scripted(reply)
    prompt, _ = prompt_of("teacher_answer")
    teacher = ChatCritic(model, prompt, "f", Sampling(50), told_of(ENV.question))
    windows = make_windows([attempt(0, "a"), attempt(1, "b"), attempt(0, "c")], 1)
    feedback = teacher.critique(windows)
    assert [each.steps[0].reason for each in feedback] == ["Leave out one more."] * 3
    assert [len(each.messages) for each in model.asked] == [1, 1, 3, 3, 3]
    roles = [each.role for each in model.asked[-1].messages]
    assert roles == ["user", "assistant", "user"]
    assert model.asked[-1].messages[1].content == "my own"
    assert teacher.estimate(windows).requests == 6


def test_without_its_own_answer_a_teacher_says_nothing_of_a_students() -> None:
    def reply(request: Request) -> Answer | Failure:
        if len(request.messages) == 1 and request.messages[0].content == QUESTIONS[0].instruction:
            return Failure("rejected", "too long")
        return said("No feedback needed")

    prompt, _ = prompt_of("teacher_answer")
    teacher = ChatCritic(Scripted(reply), prompt, "f", Sampling(50), told_of(ENV.question))
    read: list[int] = []
    feedback = teacher.critique(make_windows([attempt(0, "a"), attempt(1, "b")], 1), read.append)
    assert [each.parse for each in feedback] == ["rejected: too long", "parsed"]
    assert feedback[1].steps[0].productive
    assert sum(read) == 2


def test_prompts_about_answers_are_for_text_tasks() -> None:
    settings = ["env=alfworld", "critic=openai", "critic.model=m", "prompt=lazy"]
    with pytest.raises(UserError, match=r"prompt: lazy .*env=alfworld"):
        compose("config", settings)
