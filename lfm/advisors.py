"""Who says what should have been done: an expert asked about the policy's own states.

Imitating such answers is DAgger (Ross, Gordon and Bagnell 2011); it is what language feedback has
to be compared with, because an expert who can be asked about every step is worth more than a
critic who only says which steps were good.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from envs.alfworld.game import Game
from envs.base import TextEnv
from envs.errors import UserError
from envs.record import Trajectory
from lfm.critics.again import play_again
from lfm.critics.base import Advance, unfollowed
from lfm.critics.replay import replay
from lfm.store import Advice


class Advisor(Protocol):
    """Says what it would have done in the states of episodes."""

    name: str
    privileged: bool

    def advise(self, episodes: Sequence[Trajectory], advance: Advance = unfollowed) -> list[Advice]:
        """An action for the state of each step, in order; none where it has none.

        Args:
            episodes: what was done.
            advance: told as episodes have been advised on.
        """
        ...


def _one_by_one(
    advise: Callable[[Trajectory], list[Advice]], episodes: Sequence[Trajectory], advance: Advance
) -> list[Advice]:
    """Advice on each episode in turn."""
    advice: list[Advice] = []
    for episode in episodes:
        advice += advise(episode)
        advance(1)
    return advice


class ExpertAdvisor:
    """The environment's own expert, which watches the episode being played again.

    Args:
        env: over the tasks that the episodes are of.

    Raises:
        UserError: if the environment has no expert.
    """

    name = "expert"

    def __init__(self, env: TextEnv) -> None:
        if "expert" not in env.capabilities:
            raise UserError(
                "recipe.teacher=expert: this environment and engine declare no expert; choose "
                "another teacher, or an environment that has one"
            )
        self.privileged = env.privileged_expert
        self._env = env

    def advise(self, episodes: Sequence[Trajectory], advance: Advance = unfollowed) -> list[Advice]:
        """What the expert would have done, knowing what the episode had shown until then.

        Raises:
            UserError: if an episode does not replay as it was recorded.
        """
        return _one_by_one(self._advise, episodes, advance)

    def _advise(self, episode: Trajectory) -> list[Advice]:
        return [
            Advice(episode.trajectory_id, number, self._env.expert_action())
            for number, _ in enumerate(play_again(self._env, episode), start=1)
            if number <= len(episode.steps)
        ]


class PlannerAdvisor:
    """The planner, which knows where everything is. Privileged.

    Args:
        game_of: task id -> game.
    """

    name = "planner"
    privileged = True

    def __init__(self, game_of: Callable[[str], Game]) -> None:
        self._game_of = game_of

    def advise(self, episodes: Sequence[Trajectory], advance: Advance = unfollowed) -> list[Advice]:
        """The first command of a shortest way to the goal from each state.

        Raises:
            UserError: if an episode does not replay as it was recorded.
        """
        return _one_by_one(self._advise, episodes, advance)

    def _advise(self, episode: Trajectory) -> list[Advice]:
        moments = replay(self._game_of(episode.task_id), episode)
        return [
            Advice(episode.trajectory_id, number, moment.plan[0])
            for number, moment in enumerate(moments[:-1], start=1)
            if moment.plan
        ]
