"""Episodes of all qualities, so that a critic has something to tell apart."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from envs.base import TextEnv
from envs.record import Trajectory
from lfm.rollout import Rollout, Task, play
from policies.base import Choice, Policy, Start
from policies.expert import ExpertPolicy, ExpertSession

_BATCH = 64
"""Episodes played side by side."""


class StrayingExpert:
    """The expert, led astray by chance: in each episode at a rate of its own, from 0 to 1."""

    name = "straying"

    def __init__(self) -> None:
        self._expert = ExpertPolicy()
        self.privileged = self._expert.privileged

    def begin(self, starts: Sequence[Start]) -> StrayingSession:
        """Begin a batch of episodes."""
        chances = [random.Random(start.seed) for start in starts]
        return StrayingSession(self._expert.begin(starts), chances)


class StrayingSession:
    """Episodes of :class:`StrayingExpert`."""

    def __init__(self, expert: ExpertSession, chances: list[random.Random]) -> None:
        self._expert = expert
        self._chances = chances
        self._rates = [chance.random() for chance in chances]

    def choose(self, rows: Sequence[int], admissible: Sequence[Sequence[str]]) -> list[Choice]:
        """The expert's action, or any admissible one."""
        choices = []
        for row, wise, actions in zip(
            rows, self._expert.choose(rows, admissible), admissible, strict=True
        ):
            chance = self._chances[row]
            astray = chance.random() < self._rates[row]
            choices.append(Choice(chance.choice(list(actions)), None) if astray else wise)
        return choices

    def observe(
        self, rows: Sequence[int], actions: Sequence[str], observations: Sequence[str]
    ) -> None:
        """The environment's expert has watched already."""


def mixed_episodes(
    make_env: Callable[[], TextEnv], policies: Sequence[Policy], count: int, seed: int
) -> list[Trajectory]:
    """Episodes of several policies, as many of each, on tasks in an order drawn by chance.

    If there are fewer tasks than episodes, they begin again.

    Args:
        make_env: makes an environment; called at most 64 times.
        policies: who plays.
        count: episodes in all.
        seed: of everything drawn.
    """
    envs = [make_env() for _ in range(min(_BATCH, count))]
    ids = list(envs[0].task_ids)
    random.Random(seed).shuffle(ids)
    drawn = [Task(ids[at % len(ids)], at // len(ids)) for at in range(count)]
    episodes: list[Trajectory] = []
    for number, policy in enumerate(policies):
        tasks = drawn[number :: len(policies)]
        rollout = Rollout(policy.name, seed, _BATCH, policy.name)
        for start in range(0, len(tasks), _BATCH):
            episodes += play(envs, tasks[start : start + _BATCH], rollout, policy)
    return episodes
