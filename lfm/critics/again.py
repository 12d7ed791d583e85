"""An episode played again in its environment, checked against what was recorded of it."""

from __future__ import annotations

from collections.abc import Iterator

from envs.base import Info, TextEnv
from envs.errors import UserError
from envs.record import Trajectory


def play_again(env: TextEnv, episode: Trajectory) -> Iterator[Info]:
    """Play an episode again; the environment is then where the agent was at each moment.

    Args:
        env: over the tasks that the episode is of.
        episode: what to play.

    Yields:
        The environment's info before the first step, and after each.

    Raises:
        UserError: the episode does not replay, because it was recorded with other tasks, settings
            or versions; the message names the episode and the step.
    """
    observation, info = env.reset(seed=episode.seed, options={"task_id": episode.task_id})
    if info["instruction"] != episode.instruction:
        raise unlike_the_record(episode, "the instruction", str(info["instruction"]))
    if observation != episode.first_observation:
        raise unlike_the_record(episode, "the first observation", observation)
    yield info
    over = False
    for number, step in enumerate(episode.steps, start=1):
        where = f"step {number} ({step.action!r})"
        if over:
            raise unlike_the_record(episode, where, "nothing, the episode being over,")
        observation, _, terminated, truncated, info = env.step(step.action)
        if observation != step.observation:
            raise unlike_the_record(episode, where, observation)
        over = terminated or truncated
        yield info


def unlike_the_record(trajectory: Trajectory, where: str, observation: str) -> UserError:
    """The error to raise where an episode gives another observation than the recorded one."""
    return UserError(
        f"episode {trajectory.trajectory_id} of {trajectory.task_id} does not replay: {where} "
        f"gives {observation!r} here, unlike the record ({trajectory.env_version}). Replay it with "
        "the tasks, the settings and the version that it was recorded with."
    )
