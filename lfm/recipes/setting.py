"""What all recipes share: tasks, environments and evaluation as one run's config has them."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from contextlib import closing
from functools import partial
from typing import NamedTuple

from envs.record import Trajectory
from envs.store import read_trajectories
from lfm import layout, stages
from lfm.answer_config import AnswerConfig
from lfm.builders import make_env
from lfm.config import CommandConfig
from lfm.critics.again import play_again
from lfm.rollout import Rollout, Task
from lfm.run import Run
from lfm.statistics import ResultRow, result_row
from lfm.workers import Workers
from policies.base import Policy


class Evaluated(NamedTuple):
    """A policy on a split.

    Attributes:
        row: of ``results.json``.
        episodes: that it is about.
        metrics: the environment's own of each of them; empty if it has none.
    """

    row: ResultRow
    episodes: list[Trajectory]
    metrics: list[dict[str, float]]


class Setting:
    """A run and the environment it is about.

    Args:
        run: where everything is kept.
        config: a command's settings.
        batch_envs: how many episodes are played at once.
        workers: who plays them.
    """

    def __init__(self, run: Run, config: CommandConfig, batch_envs: int, workers: Workers) -> None:
        self.run = run
        self.seed = config.seed
        self.env = config.env
        self._batch = batch_envs
        self._workers = workers
        self._task_ids: dict[str, tuple[str, ...]] = {}
        self._task_types: dict[str, str] = {}
        self._graded = self._measured = False

    def task_ids(self, split: str, most: int = 0) -> tuple[str, ...]:
        """The tasks of a split; the run's manifest notes which data they are.

        Args:
            split: which.
            most: only so many, spread evenly (tasks may be sorted by kind); 0 = all.
        """
        if split not in self._task_ids:
            with closing(make_env(self.env, split)) as env:
                self._task_ids[split] = env.task_ids
                self._task_types.update((each, env.task_type(each)) for each in env.task_ids)
                self._graded, self._measured = env.graded, bool(env.metrics)
                self.run.describe(**{f"{split}_data": f"{env.version} {env.fingerprint}"})
        found = self._task_ids[split]
        if not 0 < most < len(found):
            return found
        return tuple(found[number * len(found) // most] for number in range(most))

    def task_type(self, task_id: str) -> str:
        """The type of a task of a split that was asked for; see :class:`envs.base.TextEnv`."""
        return self._task_types[task_id]

    def play(
        self,
        stage: str,
        policy: Policy,
        split: str,
        tasks: Sequence[Task],
        draws: str | None = None,
    ) -> list[Trajectory]:
        """A stage in which a policy plays tasks of a split; returns its episodes.

        Args:
            stage: its name.
            policy: who plays.
            split: of the tasks.
            tasks: what to play.
            draws: stages that share it meet the same chances; None for chances of its own.
        """
        self.task_ids(split)
        label = stage.replace("/", "-")
        rollout = Rollout(label, self.seed, self._batch, draws or label)
        make = partial(make_env, self.env, split)
        self.run.stage(
            stage,
            lambda running: stages.play(running, make, policy, tasks, rollout, self._workers),
        )
        return read_trajectories(self.run.path(stage) / layout.TRAJECTORIES_FILE)

    def evaluate(self, method: str, policy: Policy, split: str, most: int = 0) -> Evaluated:
        """Play the split's tasks once each and count successes.

        Args:
            method: name in the results.
            policy: who plays.
            split: which tasks.
            most: only so many of them, spread evenly; 0 = all.
        """
        tasks = [Task(task_id) for task_id in self.task_ids(split, most)]
        # All methods meet the same chances, so that they can be compared task by task.
        episodes = self.play(layout.evaluation(method, split), policy, split, tasks, "evaluations")
        metrics = self._metrics(split, episodes)
        row = result_row(
            method,
            episodes,
            episodes=len(tasks),
            max_steps=self.env.max_steps,
            goals=self.env.goals_by(),
            seed=self.seed,
            admissible_given=not isinstance(self.env, AnswerConfig),
            env_settings=self.env.facts(),
            graded=self._graded,
            metrics=metrics,
        )
        return Evaluated(row, episodes, metrics)

    def _metrics(self, split: str, episodes: Sequence[Trajectory]) -> list[dict[str, float]]:
        """What the environment publishes of each episode besides success, if anything.

        Records do not have it: the episodes are played again for it, which takes no time next to
        playing them with a policy.
        """
        if not self._measured:
            return []
        with closing(make_env(self.env, split)) as env:
            ends = [deque(play_again(env, each), maxlen=1)[0] for each in episodes]
        return [dict(info["metrics"]) for info in ends]
