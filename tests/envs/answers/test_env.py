"""What all environments of text tasks have in common."""

from __future__ import annotations

import pickle

import gymnasium
import pytest
from gymnasium.error import ResetNeeded
from gymnasium.utils.env_checker import check_env

import envs  # noqa: F401  # registers
from envs.answers.env import AnswerEnv
from envs.answers.games.env import GamesEnv
from envs.answers.question import Level
from envs.answers.word_removal import WordRemovalEnv
from envs.base import ANY_TEXT
from envs.errors import UserError
from policies.base import Start
from policies.choosing import check_listed
from policies.random import RandomPolicy
from policies.straight import StraightPolicy
from tests.envs.answers.making import MAKERS

KINDS = pytest.mark.parametrize("kind", MAKERS)


@KINDS
def test_is_a_gymnasium_environment(kind: str) -> None:
    check_env(MAKERS[kind](), skip_render_check=True)


@pytest.mark.parametrize(
    "name", ["WordRemoval", "HiddenRule", "BBH", "BBSR", "Summarize", "TextTasks"]
)
def test_is_registered_and_needs_no_data(name: str) -> None:
    env = gymnasium.make(f"lfm/{name}-v0", split="test")
    observation, info = env.reset(seed=1)
    assert isinstance(env.unwrapped, AnswerEnv)
    assert info["task_id"] in env.unwrapped.task_ids
    assert (observation, info["admissible_actions"]) == ("", ANY_TEXT)


@KINDS
def test_the_expert_is_right_in_every_task_and_declared_privileged(kind: str) -> None:
    env = MAKERS[kind]()
    assert env.privileged_expert
    for task_id in env.task_ids:
        _, info = env.reset(options={"task_id": task_id})
        over, rewards = False, 0.0
        while not over:
            _, reward, terminated, truncated, info = env.step(env.expert_action())
            rewards, over = rewards + reward, terminated or truncated
        assert info["success"], task_id
        assert rewards == info["score"] == 1.0
        assert info["metrics"].items() >= {"match": 1.0, "score": 1.0}.items()
        assert set(info["metrics"]) <= set(env.metrics)
        assert info["task_type"] == env.task_type(task_id)


@KINDS
def test_what_is_no_answer_is_a_miss_and_not_a_match(kind: str) -> None:
    env = MAKERS[kind]()
    env.reset(options={"task_id": env.task_ids[0]})
    seen, reward, terminated, truncated, info = env.step("")
    while not (terminated or truncated):
        seen, reward, terminated, truncated, info = env.step("")
    assert (info["success"], reward) == (False, 0.0)
    assert info["metrics"].items() >= {"match": 0.0, "score": 0.0}.items()
    assert seen.startswith("No ")


@KINDS
def test_the_same_settings_give_the_same_tasks_here_and_elsewhere(kind: str) -> None:
    env = MAKERS[kind]()
    twin = pickle.loads(pickle.dumps(env))
    assert (twin.task_ids, twin.fingerprint) == (env.task_ids, env.fingerprint)
    drawn = [each.reset(seed=5)[1]["task_id"] for each in (env, twin, env)]
    assert len(set(drawn)) == 1


@KINDS
def test_training_and_test_tasks_are_different_ones(kind: str) -> None:
    train, test = (MAKERS[kind](split=split) for split in ("train", "test"))
    asked = {test.question(each).instruction for each in test.task_ids}
    shared = sum(train.question(each).instruction in asked for each in train.task_ids)
    one_question = sum(train.task_type(each) == "hilo" for each in train.task_ids)
    assert shared == one_question


def test_tells_of_any_text_without_a_step() -> None:
    env = WordRemovalEnv("test")
    env.reset(options={"task_id": "test/n1-k1/0"})
    assert env.extract("such a nice person.") == "such a nice person."
    assert env.verify("such a nice person.").success
    assert env.feedback("such a nice person.").level is Level.hint
    assert env.verify("such a lemon.") == ("such a lemon.", 0.0, False)
    env.step("such a nice person.")


def test_asks_for_a_reset() -> None:
    env = WordRemovalEnv("test")
    with pytest.raises(ResetNeeded):
        env.step("x")
    with pytest.raises(ResetNeeded):
        env.expert_action()
    env.reset()
    env.step("x")
    with pytest.raises(ResetNeeded):
        env.step("x")


def test_refuses_what_it_does_not_know() -> None:
    env = WordRemovalEnv("test")
    with pytest.raises(UserError, match=r"similar ones: test/n1-k1/0"):
        env.reset(options={"task_id": "test/n1-k1/00"})
    with pytest.raises(UserError, match=r"no option task; it takes task_id"):
        env.reset(options={"task": "test/n1-k1/0"})
    with pytest.raises(UserError, match=r"games=-1"):
        WordRemovalEnv("test", games=-1)
    with pytest.raises(UserError, match=r"max_steps=0"):
        WordRemovalEnv("test", max_steps=0)


def test_fewer_tasks_are_spread_evenly() -> None:
    env = WordRemovalEnv("test", games=27)
    assert [each.split("/")[1:] for each in env.task_ids[:2]] == [["n1-k1", "0"], ["n2-k1", "0"]]
    assert len({env.task_type(each) for each in env.task_ids}) == 27


def test_a_long_game_is_cut_off() -> None:
    env = GamesEnv("test", tasks=("hilo",), max_steps=2)
    env.reset(options={"task_id": "test/hilo/0"})
    assert env.step("Answer: 1000")[2:4] == (False, False)
    assert env.step("Answer: 1000")[2:4] == (False, True)


def test_policies_that_need_candidates_say_so() -> None:
    sentence = "this policy chooses among admissible actions, and here any text is one"
    start = Start("Say something.", "", 0)
    for policy in (RandomPolicy(), StraightPolicy()):
        with pytest.raises(UserError, match=sentence):
            policy.begin([start]).choose([0], [ANY_TEXT])
    with pytest.raises(UserError, match=sentence):
        check_listed(ANY_TEXT)
