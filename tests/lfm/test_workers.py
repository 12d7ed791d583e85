"""Work in parts: wherever and in whatever order they are done, the same comes of them."""

from __future__ import annotations

import pickle
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from envs.alfworld.env import ALFWorldEnv
from envs.alfworld.games import make_source
from envs.errors import UserError
from envs.live import LiveTrajectories
from envs.record import Trajectory
from lfm import builders
from lfm.config import RayConfig
from lfm.critics.simulator import SimulatorCritic
from lfm.critics.windows import make_windows
from lfm.packing import PackedPolicy, pack
from lfm.parted_critic import PartedCritic
from lfm.rollout import Playing, Rollout, Task, roll_out
from lfm.workers import Workers
from policies.base import Policy
from policies.learned import Examples
from policies.random import RandomPolicy
from policies.small import SmallPolicy
from policies.step_transformer import StepConfig
from tests.lfm.elsewhere import Elsewhere

make_env = partial(ALFWorldEnv, data="generated", max_steps=8)
TASKS = [Task(task_id) for task_id in make_env().task_ids[:7]]
ROLLOUT = Rollout("try", 3, 2, "try")


def play(file: Path, policy: Policy, workers: Workers | None = None) -> list[Trajectory]:
    with closing(LiveTrajectories(file)) as live:
        return roll_out(make_env, policy, TASKS, ROLLOUT, live, workers=workers)


@pytest.fixture(scope="module")
def episodes(tmp_path_factory: pytest.TempPathFactory) -> list[Trajectory]:
    return play(tmp_path_factory.mktemp("episodes") / "live", RandomPolicy())


def small_policy(episodes: list[Trajectory]) -> SmallPolicy:
    examples: Examples = [(each, [step.action for step in each.steps]) for each in episodes]
    shape = StepConfig(hidden_size=16, bag_size=8, layers=1, heads=2)
    policy = SmallPolicy.new("explorer", shape, examples, 5)
    policy.temperature = 0.7
    return policy


def test_batches_played_elsewhere_are_the_same(episodes: list[Trajectory], tmp_path: Path) -> None:
    policy = small_policy(episodes)
    here = play(tmp_path / "here", policy)
    assert play(tmp_path / "elsewhere", policy, Elsewhere()) == here
    assert [each.task_id for each in here] == [task.task_id for task in TASKS]
    with closing(LiveTrajectories(tmp_path / "elsewhere")) as live:
        written = [each.trajectory_id for each in live]
    assert sorted(written) == sorted(each.trajectory_id for each in here)
    assert written != [each.trajectory_id for each in here]  # as they came


def test_a_policy_arrives_as_it_was(episodes: list[Trajectory]) -> None:
    policy = small_policy(episodes)
    packed = pack(policy)
    assert isinstance(packed, PackedPolicy)
    arrived: Any = pickle.loads(pickle.dumps(packed)).unpack()
    assert (arrived.name, arrived.temperature) == ("explorer", 0.7)
    weights = policy.model.state_dict()
    assert arrived.model.state_dict().keys() == weights.keys()
    assert all((value == weights[name]).all() for name, value in arrived.model.state_dict().items())
    random = RandomPolicy()
    assert pack(random) is random


def test_other_data_elsewhere_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    sent = pickle.dumps(Playing(make_env, RandomPolicy(), ROLLOUT))
    monkeypatch.setattr(ALFWorldEnv, "fingerprint", "another")
    with pytest.raises(UserError, match=r"has other data of alfworld \(.* another\)"):
        pickle.loads(sent).open()


def test_a_critic_that_reads_elsewhere_says_the_same(episodes: list[Trajectory]) -> None:
    make = partial(SimulatorCritic, make_source("generated", "train", 0, 0).game, 0.2, 0.1, 4)
    windows = make_windows(episodes, 3)[::-1]
    critic = PartedCritic(make, Elsewhere(), "simulator", privileged=True)
    told: list[int] = []
    assert critic.critique(windows, told.append) == make().critique(windows)
    assert sum(told) == len(windows)
    assert critic.critique([]) == []


def test_without_ray_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(builders, "find_spec", lambda name: None)
    with pytest.raises(UserError, match=r"rollout=ray needs the ray package; type: pip install"):
        builders.make_workers(RayConfig(name="ray", address=None, cpus=1, gpus=0))
