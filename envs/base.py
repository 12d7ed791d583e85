"""What every LFM environment is: a Gymnasium environment over text, with declared extras."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import gymnasium

Info = dict[str, Any]

ANY_TEXT: tuple[str, ...] = ()
"""The admissible actions of an environment in which any text is an action: there is no list to
choose from, and policies that need one refuse it."""


class TextEnv(gymnasium.Env[str, str]):
    """A Gymnasium environment whose observations and actions are text.

    ``reset(seed=..., options={"task_id": ...})`` starts a task: the named one, or one drawn with
    the environment's seeded generator. Every ``info`` has ``task_id``, ``task_type``,
    ``instruction``, ``admissible_actions`` (tuple of str; :data:`ANY_TEXT` where any text will
    do), ``score``, ``success``, ``admissible`` (whether the last action was admissible). An
    inadmissible action is a normal step answered by the simulator's own reply. The episode is
    ``terminated`` on success or final failure and ``truncated`` at ``max_steps``.

    Optional abilities are declared in :attr:`capabilities`, never probed by exception:

    - ``"expert"``: :meth:`expert_action` gives an expert's next action,
    - ``"progress"``: :meth:`distance_to_goal` (privileged: reads the simulator),
    - ``"snapshot"``: :meth:`snapshot` and :meth:`restore`.
    """

    name: ClassVar[str]
    version: str
    split: str
    max_steps: int
    task_ids: tuple[str, ...]
    capabilities: ClassVar[frozenset[str]] = frozenset()
    concurrent: ClassVar[bool] = False
    """Whether several of them play faster in threads, because a step waits for another process."""
    graded: ClassVar[bool] = False
    """Whether the score says how much of a task is done, -1 meaning that it is failed for good;
    else it is 1 for a task that is done and 0 for one that is not."""
    metrics: ClassVar[tuple[str, ...]] = ()
    """Names of the numbers that ``info["metrics"]`` has for an episode that is over; those that are
    published of it, besides success. Some may be of some task types alone."""
    walks: ClassVar[bool] = False
    """Whether its actions are moves, named alike wherever the agent is: doing the same again leads
    on, where elsewhere it would be a loop."""
    privileged_expert: ClassVar[bool] = False
    """Whether the expert knows what an agent could not."""
    slow_expert: ClassVar[bool] = False
    """Whether the expert is better prepared for its tasks: see :meth:`prepare_expert`."""

    @property
    @abstractmethod
    def fingerprint(self) -> str:
        """Hash of the task data, for the run's manifest."""

    def task_type(self, task_id: str) -> str:
        """What kind of task it is, for an even choice among kinds that differ much in number.

        The empty word, as here, where it does not matter, or shows only when the task is played.
        """
        return ""

    def expert_action(self) -> str:
        """The expert's next action in the current episode (it has watched it all)."""
        raise NotImplementedError(f"{type(self).__name__} declares no expert")

    def prepare_expert(
        self, task_ids: Sequence[str], workers: int, advance: Callable[[int], object]
    ) -> None:
        """Make what the expert needs for these tasks, if :attr:`slow_expert`, and keep it.

        Args:
            task_ids: tasks that it will be asked about.
            workers: processor cores to use.
            advance: told how many more tasks are ready.
        """

    def distance_to_goal(self) -> int:
        """Actions still needed on a shortest path to success. Privileged."""
        raise NotImplementedError(f"{type(self).__name__} declares no progress")

    def snapshot(self) -> object:
        """The current state, to hand to :meth:`restore` of the same environment."""
        raise NotImplementedError(f"{type(self).__name__} declares no snapshot")

    def restore(self, state: object) -> tuple[str, Info]:
        """Go back to a state; returns (observation, info) as they were."""
        raise NotImplementedError(f"{type(self).__name__} declares no snapshot")
