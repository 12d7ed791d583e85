from __future__ import annotations

import gc
import os
import pickle
import random
import warnings
from collections.abc import Iterator
from typing import Any

import gymnasium
import pytest
from gymnasium.error import ResetNeeded
from gymnasium.utils.env_checker import check_env
from gymnasium.vector import AsyncVectorEnv, AutoresetMode, SyncVectorEnv

import envs
from envs.alfworld.env import ALFWorldEnv
from envs.errors import UserError

ID = "lfm/ALFWorld-v0"
INFO = {
    "task_id",
    "task_type",
    "instruction",
    "admissible_actions",
    "score",
    "success",
    "admissible",
}


@pytest.fixture
def env() -> Iterator[ALFWorldEnv]:
    with ALFWorldEnv("valid_unseen") as env:
        yield env


def play(env: ALFWorldEnv, seed: int, steps: int = 12) -> list[Any]:
    """Everything an episode of random admissible and some other actions gives."""
    rng = random.Random(seed)
    seen: list[Any] = [env.reset(seed=seed)]
    info = seen[0][1]
    for _ in range(steps):
        action = rng.choice([*info["admissible_actions"], "sing"])
        *_, info = result = env.step(action)
        seen += [action, result]
        if result[2] or result[3]:
            break
    return seen


@pytest.mark.parametrize("engine", ["fast", "textworld"])
def test_gymnasium_checks_pass_without_warnings(engine: str) -> None:
    assert envs.__doc__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        env = gymnasium.make(ID, split="valid_unseen", engine=engine, games=2)
        check_env(env.unwrapped)
        env.close()


def test_first_observation_is_the_room_and_info_is_complete(env: ALFWorldEnv) -> None:
    observation, info = env.reset(seed=3)
    assert observation.startswith("You are in the middle of a room. ")
    assert "\n" not in observation
    assert info.keys() == INFO
    assert info["task_id"] in env.task_ids
    assert info["task_id"].startswith(info["task_type"])
    assert (info["score"], info["success"], info["admissible"]) == (0.0, False, True)
    assert isinstance(info["admissible_actions"], tuple)
    assert env.observation_space.contains(observation)


def test_same_seed_same_episode_and_all_tasks_are_drawn(env: ALFWorldEnv) -> None:
    assert play(env, 5) == play(env, 5)
    other = ALFWorldEnv("valid_unseen")
    assert play(other, 5) == play(env, 5)
    drawn = {env.reset()[1]["task_id"] for _ in range(1000)}
    assert drawn == set(env.task_ids)


def test_named_task(env: ALFWorldEnv) -> None:
    for task_id in env.task_ids[:4]:
        assert env.reset(options={"task_id": task_id})[1]["task_id"] == task_id


def test_inadmissible_action_is_a_step(env: ALFWorldEnv) -> None:
    _, before = env.reset(seed=0)
    observation, reward, terminated, truncated, info = env.step("fly to the moon")
    assert (observation, reward, terminated, truncated) == ("Nothing happens.", 0.0, False, False)
    assert info == {**before, "admissible": False}
    assert env.step("look")[4]["admissible"]


@pytest.mark.parametrize("dialect", ["move", "put"])
def test_expert_wins_and_distance_falls_to_one(dialect: str) -> None:
    env = ALFWorldEnv("valid_unseen", dialect=dialect)
    wins = 0
    for task_id in env.task_ids[::12]:
        env.reset(seed=0, options={"task_id": task_id})
        ended = False
        while not ended:
            distance = env.distance_to_goal()
            _, reward, terminated, truncated, info = env.step(env.expert_action())
            assert info["admissible"]
            assert (distance == 1) or not terminated
            ended = terminated or truncated
        wins += info["success"]
        assert reward == info["score"] == float(terminated)
    assert wins >= 11  # of 12: it may run out of steps while it searches


def test_truncation_then_reset_needed() -> None:
    env = ALFWorldEnv("valid_unseen", max_steps=2)
    with pytest.raises(ResetNeeded, match="has not begun"):
        env.step("look")
    env.reset(seed=0)
    assert env.step("look")[2:4] == (False, False)
    assert env.step("look")[2:4] == (False, True)
    with pytest.raises(ResetNeeded, match="is over"):
        env.step("look")
    with pytest.raises(ResetNeeded, match="is over"):
        env.expert_action()
    env.reset()
    env.step("look")


def test_snapshot_and_restore(env: ALFWorldEnv) -> None:
    env.reset(seed=1)
    for _ in range(4):
        last = env.step(env.expert_action())
    moment = env.snapshot()
    rest = [env.step(env.expert_action()) for _ in range(3)]
    assert env.restore(moment) == (last[0], last[4])
    assert [env.step(env.expert_action()) for _ in range(3)] == rest
    other = ALFWorldEnv("valid_unseen")
    assert other.restore(moment) == (last[0], last[4])
    assert [other.step(other.expert_action()) for _ in range(3)] == rest
    with pytest.raises(TypeError, match="takes what snapshot"):
        env.restore("here")


def test_expert_reads_what_others_did(env: ALFWorldEnv) -> None:
    """Asking the expert at every step or only late makes no difference to what it has seen."""
    _, info = env.reset(seed=2)
    actions = [random.Random(0).choice(info["admissible_actions"])]
    env.step(actions[0])
    early = env.expert_action()
    env.reset(seed=2)
    env.expert_action()
    env.step(actions[0])
    assert env.expert_action() == early


def test_capabilities_are_declared() -> None:
    fast = ALFWorldEnv("valid_unseen", games=1)
    assert fast.capabilities == {"expert", "progress", "snapshot"}
    real = ALFWorldEnv("valid_unseen", engine="textworld", games=1)
    assert real.capabilities == {"expert"}
    real.reset(seed=0)
    for ask in (real.snapshot, real.distance_to_goal):
        with pytest.raises(NotImplementedError, match="declares neither"):
            ask()
    real.close()
    assert (fast.version, real.version) == (
        "fast-1/generated-1-w0",
        "textworld-1.7.0/generated-1-w0",
    )


@pytest.mark.parametrize("dialect", ["move", "put"])
def test_both_engines_give_the_same_episodes(dialect: str) -> None:
    fast = ALFWorldEnv("valid_unseen", dialect=dialect)
    real = ALFWorldEnv("valid_unseen", dialect=dialect, engine="textworld")
    for seed in range(2):
        assert play(real, seed, steps=25) == play(fast, seed, steps=25)
    real.close()


@pytest.mark.parametrize("engine", ["fast", "textworld"])
def test_human_goals(official_data: str, engine: str) -> None:
    env = ALFWorldEnv("valid_seen", engine, official_data, goals="human")
    task_id = env.task_ids[30]
    said = []
    for index in range(3):
        options = {"task_id": task_id, "goal_index": index}
        said.append(env.reset(seed=0, options=options)[1]["instruction"])
        assert env.reset(seed=1, options=options)[1]["instruction"] == said[-1]
    assert len(set(said)) == 3
    drawn = [env.reset(seed=s, options={"task_id": task_id})[1]["instruction"] for s in (4, 4)]
    assert drawn[0] == drawn[1]
    assert drawn[0] in said
    with pytest.raises(UserError, match="has goals 0 to 2"):
        env.reset(options={"task_id": task_id, "goal_index": 3})
    env.close()


def test_every_human_goal_can_be_printed(official_data: str) -> None:
    env = ALFWorldEnv("valid_seen", data=official_data, goals="human")
    for task_id in env.task_ids:
        _, info = env.reset(options={"task_id": task_id})
        assert env.observation_space.contains(info["instruction"])
        assert not info["instruction"].endswith(".")


def test_expert_understands_human_goals(official_data: str) -> None:
    env = ALFWorldEnv("valid_seen", data=official_data, goals="human")
    wins = 0
    for task_id in env.task_ids[::14]:
        env.reset(seed=0, options={"task_id": task_id})
        ended = False
        while not ended:
            _, _, terminated, truncated, _ = env.step(env.expert_action())
            ended = terminated or truncated
        wins += terminated
    assert wins >= 8


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"split": "nope"}, "Generated games have the splits"),
        ({"engine": "slow"}, "choose one of fast, textworld"),
        ({"goals": "any"}, "choose one of template, human"),
        ({"dialect": "shove"}, "choose one of move, put"),
        ({"max_steps": 0}, "at least one step"),
        ({"games": -1}, "games=-1"),
        ({"data": "/nowhere"}, "does not exist"),
    ],
)
def test_bad_settings(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        ALFWorldEnv(**settings)


def test_bad_options(env: ALFWorldEnv) -> None:
    with pytest.raises(UserError, match="no option task; it takes task_id and goal_index"):
        env.reset(options={"task": "x"})
    with pytest.raises(UserError, match="There is no task 'x'"):
        env.reset(options={"task_id": "x"})
    with pytest.raises(UserError, match="needs goals=human"):
        env.reset(options={"goal_index": 0})
    human = ALFWorldEnv("valid_unseen", goals="human")
    with pytest.raises(UserError, match="needs the official games"):
        human.reset(seed=0)


def test_pickled_environment_plays_the_same(env: ALFWorldEnv) -> None:
    env.reset(seed=0)
    twin = pickle.loads(pickle.dumps(env))
    assert play(twin, 7) == play(env, 7)


def test_closing_leaves_no_memory_or_files_behind() -> None:
    def use() -> None:
        env = ALFWorldEnv("valid_unseen", engine="textworld", games=2)
        for task_id in env.task_ids:
            env.reset(options={"task_id": task_id})
            env.step("look")
        env.close()
        env.close()

    use()  # loads the packages, a planner library and these games' names
    gc.collect()
    handles, memory = _open_files(), _resident_kib()
    for _ in range(4):
        use()
    gc.collect()
    assert _open_files() == handles
    assert _resident_kib() - memory < 20_000  # one more library per use would be 10,000 of them


def _open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


def _resident_kib() -> int:
    with open("/proc/self/status") as status:
        line = next(line for line in status if line.startswith("VmRSS"))
    return int(line.split()[1])


def check_vector(vector: gymnasium.vector.VectorEnv[Any, Any, Any]) -> None:
    """Two environments: tuples come through, finished episodes start anew at the next step."""
    observations, infos = vector.reset(seed=[1, 2])
    single = ALFWorldEnv("valid_unseen", max_steps=3)
    assert (observations[0], observations[1]) == (single.reset(seed=1)[0], single.reset(seed=2)[0])
    assert infos["admissible_actions"][1] == single.reset(seed=2)[1]["admissible_actions"]
    assert all(isinstance(actions, tuple) for actions in infos["admissible_actions"])
    for turn in range(4):
        actions = tuple(actions[-1] for actions in infos["admissible_actions"])
        observations, rewards, terminations, truncations, infos = vector.step(actions)
        assert rewards.tolist() == [0.0, 0.0]
        assert truncations.tolist() == [turn == 2] * 2
        assert not terminations.any()
    assert [o.startswith("You are in the middle of a room.") for o in observations] == [True, True]
    vector.close()


def make() -> ALFWorldEnv:
    return ALFWorldEnv("valid_unseen", max_steps=3)


def test_sync_vector() -> None:
    check_vector(SyncVectorEnv([make, make], autoreset_mode=AutoresetMode.NEXT_STEP))


def test_async_vector_in_spawned_processes() -> None:
    check_vector(
        AsyncVectorEnv(
            [make, make],
            shared_memory=False,
            context="spawn",
            autoreset_mode=AutoresetMode.NEXT_STEP,
        )
    )


def test_async_vector_of_the_original_engine() -> None:
    def play_both(engine: str) -> list[Any]:
        vector = gymnasium.make_vec(
            ID,
            num_envs=2,
            vectorization_mode="async",
            vector_kwargs={"shared_memory": False, "context": "spawn"},
            split="valid_unseen",
            engine=engine,
            games=4,
        )
        seen: list[Any] = [vector.reset(seed=3)[0]]
        seen += [vector.step((action, action))[0] for action in ("look", "help", "inventory")]
        vector.close()
        return seen

    assert play_both("textworld") == play_both("fast")
