"""Roll-outs: a policy acts in many environments at once, and every episode is kept.

Episodes advance together, one batched call of the policy a step; environments that wait for
processes of their own are stepped in threads, which changes nothing but the time. What an episode
does depends on its own seed and on the batch it is in, and the batches depend only on the list of
tasks: a roll-out that was killed goes on with the first batch that is not whole on disk, and ends
with the same episodes as one that was not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from typing import NamedTuple, Protocol, TypeVar

from envs.base import Info, TextEnv
from envs.live import LiveTrajectories
from envs.record import Step, Trajectory, frozen
from policies.base import Choice, Policy, Start

A = TypeVar("A")
B = TypeVar("B")


class Task(NamedTuple):
    """An episode to play: which task, and which of several tries at it."""

    task_id: str
    sample: int = 0


class Rollout(NamedTuple):
    """What is the same for all episodes of a roll-out.

    Attributes:
        label: first part of the episodes' ids, unique within a run.
        seed: of the run.
        batch: how many episodes are played at once.
        draws: with seed, task and sample it seeds each episode; roll-outs that share it meet the
            same chances, e.g. the same one of several sentences of a task.
    """

    label: str
    seed: int
    batch: int
    draws: str


class _Episode:
    """One episode in play."""

    def __init__(self, env: TextEnv, task: Task, rollout: Rollout, policy: Policy) -> None:
        self.env = env
        self.id = trajectory_id(rollout, task)
        chances = f"{rollout.seed}/{_name(rollout.draws, task)}"
        digest = hashlib.sha256(chances.encode()).digest()
        self.seed = int.from_bytes(digest[:4], "little")
        observation, self.info = env.reset(seed=self.seed, options={"task_id": task.task_id})
        self.start = Start(
            str(self.info["instruction"]),
            observation,
            self.seed,
            env.expert_action if "expert" in env.capabilities else None,
        )
        self._policy = policy
        self._task_id = task.task_id
        self._steps: list[Step] = []
        self.over = False

    def act(self, choice: Choice) -> str:
        """Do it; returns what is seen then."""
        admissible = frozen(self.info["admissible_actions"])
        observation, _, terminated, truncated, self.info = self.env.step(choice.action)
        score = float(self.info["score"])
        self._steps.append(Step(choice.action, observation, admissible, score, choice.log_prob))
        self.over = terminated or truncated
        return observation

    def trajectory(self) -> Trajectory:
        """The record of the episode."""
        info: Info = self.info
        return Trajectory(
            trajectory_id=self.id,
            env=self.env.name,
            env_version=self.env.version,
            split=self.env.split,
            task_id=self._task_id,
            task_type=str(info["task_type"]),
            instruction=self.start.instruction,
            first_observation=self.start.first_observation,
            steps=tuple(self._steps),
            success=bool(info["success"]),
            policy=self._policy.name,
            seed=self.seed,
            privileged=self._policy.privileged,
        )


def trajectory_id(rollout: Rollout, task: Task) -> str:
    """The id of a roll-out's episode; the same whenever it is played."""
    return _name(rollout.label, task)


def _name(label: str, task: Task) -> str:
    digest = hashlib.sha256(task.task_id.encode()).hexdigest()[:12]
    return f"{label}-{digest}-{task.sample}"


def play(
    envs: Sequence[TextEnv], tasks: Sequence[Task], rollout: Rollout, policy: Policy
) -> list[Trajectory]:
    """Play one batch of tasks, an environment each, until all episodes are over."""
    with _workers(envs) as for_each:
        pairs = list(zip(envs, tasks, strict=False))
        episodes = for_each(lambda pair: _Episode(*pair, rollout, policy), pairs)
        session = policy.begin([episode.start for episode in episodes])
        rows = list(range(len(episodes)))
        while rows:
            playing = [episodes[row] for row in rows]
            choices = session.choose(rows, [each.info["admissible_actions"] for each in playing])
            moves = list(zip(playing, choices, strict=True))
            seen = for_each(lambda move: move[0].act(move[1]), moves)
            session.observe(rows, [choice.action for choice in choices], seen)
            rows = [row for row in rows if not episodes[row].over]
    return [episode.trajectory() for episode in episodes]


class _ForEach(Protocol):
    """Calls a function with each of several things."""

    def __call__(self, act: Callable[[A], B], things: Sequence[A]) -> list[B]:
        """The results, in the order of the things."""
        ...


@contextmanager
def _workers(envs: Sequence[TextEnv]) -> Iterator[_ForEach]:
    """Reset and step in turn, or at once where environments spend a step waiting."""
    if not any(env.concurrent for env in envs):
        yield lambda act, things: list(map(act, things))
        return
    with ThreadPoolExecutor(len(envs), "env") as pool:
        yield lambda act, things: list(pool.map(act, things))


def roll_out(
    make_env: Callable[[], TextEnv],
    policy: Policy,
    tasks: Sequence[Task],
    rollout: Rollout,
    live: LiveTrajectories,
    advance: Callable[[int], None] = lambda episodes: None,
) -> list[Trajectory]:
    """Play all tasks in batches; finished batches are found in ``live`` and not played again.

    Args:
        make_env: makes an environment; called at most ``rollout.batch`` times.
        policy: who acts.
        tasks: what to play, in order.
        rollout: label, seed and batch size.
        live: where episodes are kept as soon as their batch is over.
        advance: told how many more episodes are done.

    Returns:
        The episodes, in the order of ``tasks``.
    """
    done = {trajectory.trajectory_id: trajectory for trajectory in live}
    envs: list[TextEnv] = []
    with ExitStack() as opened:
        for start in range(0, len(tasks), rollout.batch):
            batch = tasks[start : start + rollout.batch]
            ids = [trajectory_id(rollout, task) for task in batch]
            if any(each not in done for each in ids):
                for _ in range(len(batch) - len(envs)):
                    envs.append(opened.enter_context(closing(make_env())))
                played = play(envs, batch, rollout, policy)
                new = [each for each in played if each.trajectory_id not in done]
                live.append(*new)
                done.update((each.trajectory_id, each) for each in new)
            advance(len(batch))
    return [done[trajectory_id(rollout, task)] for task in tasks]
