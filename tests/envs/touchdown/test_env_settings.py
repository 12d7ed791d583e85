"""Settings of the environment, vectors, and what is said of bad ones."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import gymnasium
import pytest
from gymnasium.error import ResetNeeded

from envs.errors import UserError
from envs.touchdown.env import TouchdownEnv
from tests.envs.touchdown.streets import grid, write_graph
from tests.envs.touchdown.walking import ROUTES, make


@pytest.mark.parametrize("context", [None, "spawn"])
def test_vectors(data: Path, context: str | None) -> None:
    settings = [{"actions": "turns"}, {"actions": "neighbor"}]
    makers = [lambda each=each: make(data, **each) for each in settings]  # type: ignore[misc]
    if context is None:
        vector: Any = gymnasium.vector.SyncVectorEnv(makers)
    else:
        vector = gymnasium.vector.AsyncVectorEnv(makers, shared_memory=False, context=context)
    try:
        observations, infos = vector.reset(seed=5, options={"task_id": "dev/north"})
        assert observations[0] == "The street goes on straight ahead."
        assert list(infos["instruction"]) == ["Walk the way 0."] * 2
        for actions in [("forward", "straight ahead")] * 4:
            vector.step(actions)
        _, rewards, terminated, _, infos = vector.step(("stop", "stop"))
        assert rewards.tolist() == [1.0, 1.0]
        assert terminated.tolist() == [True, True]
        assert list(infos["success"]) == [True, True]
    finally:
        vector.close()


def test_a_pickled_environment_arrives_unstarted(data: Path) -> None:
    env = make(data, actions="neighbor", games=2)
    env.reset(seed=0)
    twin = pickle.loads(pickle.dumps(env))
    assert twin.task_ids == env.task_ids
    assert twin.version == env.version
    assert twin.fingerprint == env.fingerprint
    with pytest.raises(ResetNeeded, match="no running episode"):
        twin.step("back")
    for ask in (twin.expert_action, twin.distance_to_goal, twin.snapshot):
        with pytest.raises(ResetNeeded):
            ask()


def test_games_are_spread_over_the_split(data: Path) -> None:
    assert make(data).task_ids == ("dev/north", "dev/east", "dev/td", "dev/m2s")
    assert make(data, games=2).task_ids == ("dev/north", "dev/td")
    assert make(data, games=9).task_ids == make(data).task_ids


def test_versions_and_fingerprints_tell_apart(data: Path, tmp_path: Path) -> None:
    variants = [
        {},
        {"actions": "neighbor"},
        {"stop": "auto"},
        {"landmarks": "none"},
    ]
    assert len({make(data, **each).version for each in variants}) == len(variants)
    prints = {make(data, **each).fingerprint for each in ({}, {"games": 2}, {"landmarks": "none"})}
    assert len(prints) == 3
    assert TouchdownEnv(split="dev").version == "2/city-1-0/turns-explicit-osm"
    assert TouchdownEnv(split="dev", world_seed=1).version == "2/city-1-1/turns-explicit-osm"


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    write_graph(grid(), tmp_path)
    row = {**ROUTES[0], "navigation_text": "One."}
    (tmp_path / "a.json").write_text(json.dumps(row))
    settings = {"data": str(tmp_path), "routes": str(tmp_path / "a.json"), "landmarks": "none"}
    env = TouchdownEnv(**settings)
    assert env.reset()[1]["instruction"] == "One."
    assert TouchdownEnv(**settings).graph is env.graph, "what is as it was is not"
    (tmp_path / "a.json").write_text(json.dumps({**row, "navigation_text": "Another."}))
    assert TouchdownEnv(**settings).reset()[1]["instruction"] == "Another."


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"actions": "fly"}, "actions='fly' is not known; choose one of turns, neighbor"),
        ({"stop": "never"}, "stop='never' is not known; choose one of explicit, auto"),
        ({"max_steps": 0}, "at least one step"),
        ({"games": -1}, "games=-1: say how many tasks"),
        ({"split": "valid_seen"}, "choose one of train, dev, dev_unseen, test, test_unseen"),
        ({"routes": "a.json"}, "need data=DIR"),
        ({"scenario": "map2seq"}, "need data=DIR"),
        ({"landmarks": "clip"}, "landmarks=clip: neither none nor osm nor a scores file"),
        ({"data": "nowhere"}, "data=nowhere: no street graph there"),
    ],
)
def test_bad_settings_are_refused(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(UserError, match=said):
        TouchdownEnv(**settings)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"split": "test"}, r"test\.json; name a file with routes=FILE .* scenario=NAME"),
        ({"routes": "none.json"}, r"cannot read none\.json"),
        ({"scenario": "paris"}, "scenario='paris' is not known"),
        ({"scenario": "touchdown", "split": "dev"}, "has 4 routes, and dev of touchdown 1,391"),
    ],
)
def test_bad_settings_of_data_are_refused(data: Path, settings: dict[str, Any], said: str) -> None:
    with pytest.raises(UserError, match=said):
        TouchdownEnv(data=str(data), **settings)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"task": "dev/north"}, "no option task; it takes task_id"),
        (
            {"task_id": "dev/nort"},
            r"no task 'dev/nort' among the 4 of dev; similar ones: dev/north",
        ),
    ],
)
def test_bad_options_are_refused(data: Path, options: dict[str, str], said: str) -> None:
    with pytest.raises(UserError, match=said):
        make(data).reset(options=options)
