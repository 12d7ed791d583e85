"""Roll-outs: a policy acts in many environments at once, and every episode is kept.

Episodes advance together, one batched call of the policy a step; environments that wait for
processes of their own are stepped in threads, which changes nothing but the time. What an episode
does depends on its own seed and on the batch it is in, and the batches depend only on the list of
tasks. So batches can be played anywhere and in any order, and a roll-out that was killed goes on
with those that are not whole on disk, and ends with the same episodes as one that was not.
"""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import dataclass
from typing import NamedTuple, Protocol, TypeVar

from envs.base import Info, TextEnv
from envs.errors import UserError
from envs.live import LiveTrajectories
from envs.record import Step, Trajectory, frozen
from lfm.packing import PackedPolicy, pack
from lfm.workers import Here, Workers
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


PlayBatch = Callable[[Sequence[Task]], list[Trajectory]]


@dataclass(frozen=True)
class Playing:
    """The job of playing batches of tasks; environments are made as they are needed, and reused.

    On another machine the policy is loaded from its files, and the data have to be the same.

    Attributes:
        make_env: makes an environment.
        policy: who acts.
        rollout: what all episodes have in common.
    """

    make_env: Callable[[], TextEnv]
    policy: Policy
    rollout: Rollout

    @contextmanager
    def open(self) -> Iterator[PlayBatch]:
        """Play here; see :class:`lfm.workers.Job`."""
        envs: list[TextEnv] = []
        with ExitStack() as opened:

            def play_batch(batch: Sequence[Task]) -> list[Trajectory]:
                for _ in range(len(batch) - len(envs)):
                    envs.append(opened.enter_context(closing(self.make_env())))
                return play(envs, batch, self.rollout, self.policy)

            yield play_batch

    def __reduce__(self) -> tuple[type[_Sent], tuple[object, ...]]:
        """What is pickled is what another machine needs."""
        with closing(self.make_env()) as env:
            return _Sent, (self.make_env, pack(self.policy), self.rollout, _data(env))


@dataclass(frozen=True)
class _Sent:
    """A :class:`Playing` that has come to another machine."""

    make_env: Callable[[], TextEnv]
    policy: Policy | PackedPolicy
    rollout: Rollout
    data: str

    def open(self) -> AbstractContextManager[PlayBatch]:
        with closing(self.make_env()) as env:
            if _data(env) != self.data:
                raise UserError(
                    f"rollout=ray: machine {platform.node()} has other data of {env.name} "
                    f"({_data(env)}) than the one that asks ({self.data}); install the same "
                    "version of LFM there, and name data by a path that is the same on all "
                    "machines, as with env.data=DIR"
                )
        policy = self.policy.unpack() if isinstance(self.policy, PackedPolicy) else self.policy
        return Playing(self.make_env, policy, self.rollout).open()


def _data(env: TextEnv) -> str:
    return f"{env.version} {env.fingerprint}"


def roll_out(
    make_env: Callable[[], TextEnv],
    policy: Policy,
    tasks: Sequence[Task],
    rollout: Rollout,
    live: LiveTrajectories,
    advance: Callable[[int], None] = lambda episodes: None,
    workers: Workers | None = None,
) -> list[Trajectory]:
    """Play all tasks in batches; finished batches are found in ``live`` and not played again.

    Args:
        make_env: makes an environment; called at most ``rollout.batch`` times in a process, not
            counting looks at the data.
        policy: who acts.
        tasks: what to play, in order.
        rollout: label, seed and batch size.
        live: where episodes are kept as soon as their batch is over.
        advance: told how many more episodes are done.
        workers: who plays the batches; this process unless given.

    Returns:
        The episodes, in the order of ``tasks``.
    """
    done = {trajectory.trajectory_id: trajectory for trajectory in live}
    starts = range(0, len(tasks), rollout.batch)
    batches = [tasks[start : start + rollout.batch] for start in starts]
    left = [
        batch
        for batch in batches
        if any(trajectory_id(rollout, task) not in done for task in batch)
    ]
    if found := len(tasks) - sum(map(len, left)):
        advance(found)
    playing = (workers or Here()).do(Playing(make_env, policy, rollout), left)
    with closing(playing) as played_batches:
        for _, played in played_batches:
            new = [each for each in played if each.trajectory_id not in done]
            live.append(*new)
            done.update((each.trajectory_id, each) for each in new)
            advance(len(played))
    return [done[trajectory_id(rollout, task)] for task in tasks]
