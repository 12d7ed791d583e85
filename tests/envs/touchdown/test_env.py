"""The environment on a grid: what is seen, what counts as success, snapshots."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gymnasium
import pytest
from gymnasium.error import ResetNeeded
from gymnasium.utils.env_checker import check_env
from hypothesis import given, settings
from hypothesis import strategies as st

import envs  # noqa: F401  # registers
from envs.touchdown.env import TouchdownEnv
from envs.touchdown.metrics import METRICS
from envs.touchdown.moves import State
from tests.envs.touchdown.walking import make, play


@pytest.mark.parametrize("actions", ["turns", "neighbor"])
@pytest.mark.parametrize("stop", ["explicit", "auto"])
def test_is_a_gymnasium_environment(data: Path, actions: str, stop: str) -> None:
    check_env(make(data, actions=actions, stop=stop), skip_render_check=True)


def test_is_registered_and_needs_no_data() -> None:
    env = gymnasium.make("lfm/Touchdown-v0", split="dev_unseen")
    observation, info = env.reset(seed=1)
    unwrapped = env.unwrapped
    assert isinstance(unwrapped, TouchdownEnv)
    assert info["task_id"] in unwrapped.task_ids
    assert env.observation_space.contains(observation)
    assert "\n" not in info["instruction"]


def test_walking_by_turns(data: Path) -> None:
    first, *steps = play(make(data), "dev/north", *["forward"] * 4, "stop")
    assert first[0] == "The street goes on straight ahead."
    assert first[1]["instruction"] == "Walk the way 0."
    assert first[1]["admissible_actions"] == ("forward", "turn_around", "stop")
    assert first[1]["task_type"] == "city"
    texts = [step[0] for step in steps]
    assert texts == [
        "The street goes on straight ahead.",
        "The street goes on straight ahead.",
        "The street goes on straight ahead.\nSlightly right: Cafe Uno.",
        "There is a 3-way intersection.\nStreets lead straight ahead and to the right.\n"
        "On your right: Cafe Uno.",
        "You stop.",
    ]
    *_, last = steps
    assert last[1:4] == (1.0, True, False)
    assert (last[4]["score"], last[4]["success"]) == (1.0, True)
    assert last[4]["metrics"] == dict.fromkeys(METRICS, 1.0) | {"spd": 0.0}
    assert all(step[1:4] == (0.0, False, False) for step in steps[:-1])
    assert all("metrics" not in step[4] for step in steps[:-1])


def test_walking_by_directions(data: Path) -> None:
    env = make(data, actions="neighbor", landmarks="none")
    *_, (text, _, _, _, info) = play(env, "dev/north", *["straight ahead"] * 4)
    assert text == (
        "There is a 3-way intersection.\nStreets lead straight ahead, to the right and back."
    )
    assert info["admissible_actions"] == ("straight ahead", "to the right", "back", "stop")


def test_a_stop_next_to_the_goal_counts_and_farther_away_does_not(data: Path) -> None:
    *_, near = play(make(data), "dev/north", *["forward"] * 3, "stop")
    assert near[1:4] == (1.0, True, False)
    assert near[4]["metrics"]["goal_visited"] == 0.0
    *_, far = play(make(data), "dev/north", *["forward"] * 2, "stop")
    assert far[1:4] == (0.0, True, False)
    assert not far[4]["success"]
    assert far[4]["metrics"]["spd"] == 2.0


def test_without_a_stop_arriving_at_the_goal_itself_is_the_end(data: Path) -> None:
    env = make(data, stop="auto")
    *steps, last = play(env, "dev/north", *["forward"] * 4)
    assert [step[2] for step in steps[1:]] == [False] * 3
    assert last[1:4] == (1.0, True, False)
    assert last[4]["metrics"]["stopped_completion"] == 0.0
    _, (_, reward, terminated, _, info) = play(env, "dev/north", "stop")
    assert (reward, terminated, info["admissible"]) == (0.0, False, False)
    assert "stop" not in info["admissible_actions"]


def test_out_of_steps_at_the_goal_is_no_success_but_is_known(data: Path) -> None:
    *_, last = play(make(data, max_steps=4), "dev/north", *["forward"] * 4)
    assert last[1:4] == (0.0, False, True)
    assert not last[4]["success"]
    metrics = last[4]["metrics"]
    assert (metrics["task_completion"], metrics["stopped_completion"]) == (1.0, 0.0)


@pytest.mark.parametrize("action", ["left", "right", "jump", ""])
def test_what_is_not_possible_is_a_step_without_effect(data: Path, action: str) -> None:
    env = make(data)
    first, after = play(env, "dev/north", action)
    assert after[0] == f"That is not possible here.\n{first[0]}"
    assert after[4]["admissible"] is False
    assert env.state == State(0, 0)
    assert env.step("forward")[4]["admissible"] is True
    *_, last = play(make(data, max_steps=1), "dev/north", action)
    assert last[3], "it counts as a step"


def test_an_intersection_is_told_again_after_what_was_not_possible(data: Path) -> None:
    *_, (text, *_) = play(make(data), "dev/north", *["forward"] * 4, "jump")
    assert "There is a 3-way intersection." in text


def test_starts(data: Path) -> None:
    graph = make(data).graph
    env = make(data)
    env.reset(options={"task_id": "dev/east"})
    assert env.state == State(graph.index["r0c0"], 90)
    env.reset(options={"task_id": "dev/td"})
    assert env.state == State(graph.index["r4c0"], 0), "the way out closest to north"
    env.reset(options={"task_id": "dev/m2s"})
    assert env.state == State(graph.index["r1c0"], 0), "moved on by one panorama"
    assert env.route("dev/m2s").panos[0] == graph.index["r0c0"]


actions_drawn = st.lists(st.integers(0, 10**6), max_size=40)


@settings(max_examples=60)
@given(drawn=actions_drawn, cut=st.integers(0, 40), kind=st.sampled_from(["turns", "neighbor"]))
def test_admissible_actions_stay_in_the_streets_and_snapshots_are_exact(
    data: Path, drawn: list[int], cut: int, kind: str
) -> None:
    env, twin = make(data, actions=kind, max_steps=30), make(data, actions=kind, max_steps=30)
    seen: list[tuple[Any, ...]] = [env.reset(seed=3)]
    assert twin.reset(seed=3) == seen[0]
    taken, snapshot = [], env.snapshot()
    for at, draw in enumerate(drawn):
        choices = seen[-1][-1]["admissible_actions"]
        action = choices[draw % len(choices)]
        before = env.state
        if at <= cut:
            snapshot, taken = env.snapshot(), []
        seen.append(env.step(action))
        taken.append(action)
        assert seen[-1][4]["admissible"]
        ways = [target for _, target in env.graph.edges[before.pano]]
        assert env.state.pano == before.pano or env.state.pano in ways
        assert seen[-1] == twin.step(action), "the same actions have the same effects"
        assert env.observation_space.contains(seen[-1][0])
        if seen[-1][2] or seen[-1][3]:
            break
    observation, info = env.restore(snapshot)
    again = [(observation, info), *(env.step(action) for action in taken)]
    tail = seen[len(seen) - len(again) :]
    assert again[0] == (tail[0][0], tail[0][-1])
    assert again[1:] == tail[1:]


def test_a_snapshot_is_not_changed_by_what_follows(data: Path) -> None:
    env = make(data)
    play(env, "dev/north", "forward")
    snapshot = env.snapshot()
    for _ in range(2):
        assert env.restore(snapshot)[0] == "The street goes on straight ahead."
        *_, last = [env.step(action) for action in ("forward", "forward", "forward", "stop")]
        assert last[4]["metrics"]["sed"] == 1.0
    assert env.restore(env.snapshot())[1]["metrics"]["sed"] == 1.0, "of what is over, too"
    with pytest.raises(ResetNeeded):
        env.step("forward")
    with pytest.raises(TypeError, match="not str"):
        env.restore("here")


def test_a_seed_decides_the_task(data: Path) -> None:
    env = make(data)
    drawn = [env.reset(seed=seed)[1]["task_id"] for seed in (*range(8), 0)]
    assert drawn[0] == drawn[-1]
    assert len(set(drawn)) > 1
    follow = [env.reset()[1]["task_id"] for _ in range(20)]
    env.reset(seed=0, options={"task_id": "dev/td"})
    assert [env.reset()[1]["task_id"] for _ in range(20)] == follow, "naming a task changes nothing"
