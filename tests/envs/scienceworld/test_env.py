"""The environment over the real simulator."""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Sequence
from typing import Any

import gymnasium
import pytest
from gymnasium.error import ResetNeeded
from gymnasium.utils.env_checker import check_env

import envs  # noqa: F401  # registers
from envs.actions import FactoredActions
from envs.errors import UserError
from envs.scienceworld.env import ScienceWorldEnv

FIND_PLANT = "find-plant/152"
OUT_OF_DOORS = (
    "open door to outside",
    "go to outside",
)


@pytest.fixture(scope="module")
def env() -> Iterator[ScienceWorldEnv]:
    made = ScienceWorldEnv(split="dev")
    yield made
    made.close()


def play(env: ScienceWorldEnv, task_id: str, actions: Sequence[str]) -> list[tuple[Any, ...]]:
    seen: list[tuple[Any, ...]] = [env.reset(options={"task_id": task_id})]
    seen += [env.step(action) for action in actions]
    return seen


def test_is_a_gymnasium_environment(env: ScienceWorldEnv) -> None:
    check_env(env, skip_render_check=True)


def test_is_registered() -> None:
    made = gymnasium.make("lfm/ScienceWorld-v0", split="test", simplifications="easy")
    try:
        _, info = made.reset(seed=1)
        assert info["task_id"] in made.unwrapped.task_ids  # type: ignore[attr-defined]
    finally:
        made.close()


def test_shows_reply_room_and_inventory(env: ScienceWorldEnv) -> None:
    (first, info), (then, *_, after) = play(env, FIND_PLANT, ["open door to outside"])
    assert first == f"{info['look']}\n{info['inventory']}"
    assert after["reply"]
    assert then == f"{after['reply']}\n{after['look']}\n{after['inventory']}"
    assert "an orange" in after["inventory"]
    assert info["task_type"] == "find-plant"
    assert info["instruction"].startswith("Your task is to find a(n) plant")


def test_what_is_carried_and_what_is_in_sight_can_be_named(env: ScienceWorldEnv) -> None:
    _, info = env.reset(options={"task_id": FIND_PLANT})
    actions = info["admissible_actions"]
    assert isinstance(actions, FactoredActions)
    assert {"orange", "inventory", "greenhouse", "sink"} <= set(actions.things)
    assert "focus on orange" in actions
    assert "reset task" not in actions
    assert "sewer" not in actions.things


def test_a_seed_decides_the_task(env: ScienceWorldEnv) -> None:
    drawn = [env.reset(seed=seed)[1]["task_id"] for seed in (0, 1, 2, 3, 0)]
    assert drawn[0] == drawn[-1]
    assert len(set(drawn)) > 1
    assert set(drawn) <= set(env.task_ids)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"task": "boil/0"}, "no option task"),
        ({"task_id": "boil/0"}, "in the split train"),
        ({"task_id": "boil/99"}, "boil has 30"),
        ({"task_id": "boyl/0"}, "similar ones: boil/0"),
    ],
)
def test_bad_options_are_refused(env: ScienceWorldEnv, options: dict[str, str], said: str) -> None:
    with pytest.raises(UserError, match=said):
        env.reset(options=options)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"simplifications": "easy, openDoors"}, "without spaces"),
        ({"simplifications": "noElectricalAction"}, "cannot be solved"),
        ({"split": "valid_seen"}, "train, dev, test"),
        ({"max_steps": 0}, "at least one step"),
        ({"task_steps": {"boyl": 5}}, "similar ones: boil"),
        ({"task_steps": {"boil": 0}}, "0 steps for boil are out of range; give it 1 to 100"),
        ({"max_steps": 7, "task_steps": {"1-1": 8}}, "give it 1 to 7, or raise max_steps"),
        ({"task_steps": {"1-1": 5, "boil": 6}}, "boil is named twice"),
        ({"actions": "all"}, "things, valid"),
        ({"tasks": ("boyl",)}, "similar ones: boil"),
    ],
)
def test_bad_settings_are_refused(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(UserError, match=said):
        ScienceWorldEnv(**settings)


def test_a_wrong_focus_is_the_end(env: ScienceWorldEnv) -> None:
    *_, (_, reward, terminated, truncated, info) = play(env, FIND_PLANT, ["focus on orange"])
    assert (terminated, truncated) == (True, False)
    assert (info["score"], info["success"], info["failed"]) == (-1.0, False, True)
    assert info["last_score"] == info["best_score"] == 0.0
    assert reward == 0.0
    with pytest.raises(ResetNeeded, match="is over"):
        env.step("wait")


def test_a_failure_takes_away_what_was_earned(env: ScienceWorldEnv) -> None:
    seen = play(env, FIND_PLANT, [*OUT_OF_DOORS, "focus on axe"])
    rewards = [step[1] for step in seen[1:]]
    assert max(rewards) > 0
    assert seen[-1][4]["last_score"] == pytest.approx(sum(rewards[:-1]))
    assert sum(rewards) == pytest.approx(0)


@pytest.mark.parametrize("action", ["reset task", " Reset  Task", "help", "objects"])
def test_what_tells_or_undoes_too_much_is_refused(env: ScienceWorldEnv, action: str) -> None:
    _, *_, info = play(env, FIND_PLANT, [*OUT_OF_DOORS, action])[-1]
    assert info["score"] > 0
    assert info["parse_status"] == "unknown"
    assert not info["admissible"]


def test_actions_that_cost_no_time_are_steps() -> None:
    env = ScienceWorldEnv(split="dev", max_steps=3)
    try:
        seen = play(env, FIND_PLANT, ["look around", "abracadabra", "inventory"])
    finally:
        env.close()
    assert [step[3] for step in seen[1:]] == [False, False, True]
    assert seen[2][4]["parse_status"] == "unknown"
    assert seen[-1][4]["moves"] == 0


def test_tasks_can_have_limits_of_their_own() -> None:
    env = ScienceWorldEnv(split="dev", max_steps=3, task_steps={"find-plant": 2, "boil": 1})
    env = pickle.loads(pickle.dumps(env))
    try:
        limited = play(env, FIND_PLANT, ["wait1"] * 2)
        other = play(env, "find-animal/150", ["wait1"] * 3)
    finally:
        env.close()
    assert [step[3] for step in limited[1:]] == [False, True]
    assert [step[3] for step in other[1:]] == [False, False, True]


def test_a_question_can_be_answered_or_passed_over(env: ScienceWorldEnv) -> None:
    # Two doors are just "door" to the simulator.
    asked = play(env, FIND_PLANT, ["open door"])[-1]
    assert asked[4]["parse_status"] == "ambiguous"
    assert asked[4]["admissible_actions"][:2] == ("0", "1")
    answered = env.step("0")
    assert answered[4]["reply"] == "The door is now open."
    env.step("open door")
    passed_over = env.step("focus on orange")
    assert passed_over[4]["failed"]


def test_asking_for_lists_changes_nothing(env: ScienceWorldEnv) -> None:
    """The simulator draws names from the random numbers that drive its world."""
    task = "grow-plant/63"
    actions = ["open door to hallway", "go to hallway", "wait", "wait", "wait1", "wait", "wait"]
    plain = play(env, task, actions)
    other = ScienceWorldEnv(split="dev", actions="valid")
    try:
        listed = play(other, task, actions)
        now = other.valid_actions()
    finally:
        other.close()
    assert [step[0] for step in plain] == [step[0] for step in listed]
    assert listed[-1][4]["admissible_actions"] == now
    assert "wait1" in now
    assert "reset task" not in now


def test_arrives_unstarted_when_pickled(env: ScienceWorldEnv) -> None:
    env.reset(options={"task_id": FIND_PLANT})
    twin = pickle.loads(pickle.dumps(env))
    with pytest.raises(ResetNeeded, match="has not begun"):
        twin.step("wait")
    assert twin.task_ids == env.task_ids


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_works_in_vectors(kind: str) -> None:
    vector = gymnasium.make_vec(
        "lfm/ScienceWorld-v0", num_envs=2, vectorization_mode=kind, split="dev"
    )
    try:
        observations, infos = vector.reset(seed=0)
        assert len(observations) == 2
        vector.step(("wait1", "look around"))
        assert all(infos["task_id"])
    finally:
        vector.close()
