"""Single episodes for experiments that need some, without a run directory."""

from __future__ import annotations

from envs.base import TextEnv
from envs.record import Trajectory
from lfm.rollout import Rollout, Task
from lfm.rollout import play as play_batch
from policies.base import Policy


def play(env: TextEnv, policy: Policy, task_id: str, seed: int) -> Trajectory:
    """One episode of a policy, with chances that follow from ``seed`` and the task."""
    rollout = Rollout("episode", seed, 1, "episode")
    return play_batch([env], [Task(task_id)], rollout, policy)[0]
