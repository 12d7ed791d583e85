"""The record of an episode: what was seen, what was done, what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from envs.actions import FactoredActions

SCHEMA_VERSION = 2
"""Version of the trajectory schema, written into every file; see docs/formats.md."""


def frozen(admissible: Sequence[str]) -> Sequence[str]:
    """Admissible actions as a step keeps them; factored ones are not written out."""
    return admissible if isinstance(admissible, FactoredActions) else tuple(admissible)


@dataclass(frozen=True, slots=True)
class Step:
    """One action and what came of it.

    Attributes:
        action: the text that was sent to the environment.
        observation: the environment's answer, i.e. what was seen *after* the action.
        admissible: the admissible actions at the moment of choosing, in the environment's order:
            a tuple, or :class:`~envs.actions.FactoredActions` where they are too many for one.
        score: the environment's score after the step.
        log_prob: the policy's log-probability of the action, or None if it has none.
    """

    action: str
    observation: str
    admissible: Sequence[str]
    score: float
    log_prob: float | None = None


@dataclass(frozen=True, slots=True)
class Trajectory:
    """A whole episode.

    Attributes:
        trajectory_id: unique within a run, e.g. ``"bc-valid_unseen-0007-s2"``.
        env: name of the environment, e.g. ``"alfworld"``.
        env_version: engine and data version, e.g. ``"fast-1/generated-1-0"``.
        split: the split the task belongs to.
        task_id: stable name of the task.
        task_type: kind of task, for per-type tables.
        instruction: what the agent was asked to do.
        first_observation: what was seen before the first action.
        steps: in order.
        success: whether the environment said the task was done.
        policy: who acted, e.g. ``"bc"`` or ``"expert"``.
        seed: seed of the policy's random choices in this episode.
        privileged: whether the actor, acting or learning, used information an agent could not have.

    Raises:
        ValueError: if a field is missing or contradicts another.
    """

    trajectory_id: str
    env: str
    env_version: str
    split: str
    task_id: str
    task_type: str
    instruction: str
    first_observation: str
    steps: tuple[Step, ...]
    success: bool
    policy: str
    seed: int
    privileged: bool

    def __post_init__(self) -> None:
        for field in ("trajectory_id", "env", "split", "task_id", "instruction", "policy"):
            if not getattr(self, field):
                raise ValueError(f"trajectory {self.trajectory_id!r}: {field} is empty")
        if self.success and not self.steps:
            raise ValueError(f"trajectory {self.trajectory_id!r}: success without a step")

    def observation_before(self, index: int) -> str:
        """What the agent saw when it chose the action of step ``index`` (from 0)."""
        return self.steps[index - 1].observation if index else self.first_observation
