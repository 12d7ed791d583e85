"""What a policy that learns by imitation has besides what every policy has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from transformers import PreTrainedModel

from envs.record import Trajectory
from policies.base import Policy
from policies.imitation import Follow, Schedule

Targets = Sequence[str | None]
"""For each step of an episode the action to imitate in that state; None where there is none."""

Examples = Sequence[tuple[Trajectory, Targets]]
"""What to imitate: episodes, with the action wanted in each of their states."""


def examples_of(
    episodes: Sequence[Trajectory], wanted: Mapping[tuple[str, int], str]
) -> list[tuple[Trajectory, Targets]]:
    """Each episode with the actions that are wanted in its states.

    Args:
        episodes: what was played.
        wanted: action, by episode and step (from 1); other steps have no target.
    """
    return [
        (
            each,
            [wanted.get((each.trajectory_id, at)) for at in range(1, len(each.steps) + 1)],
        )
        for each in episodes
    ]


def ends_by_itself(episode: Trajectory) -> bool:
    """Whether an episode does its last action, such as to stop, for the first time.

    What was cut does not.
    """
    *others, last = (step.action for step in episode.steps)
    return last not in others


class LearnedPolicy(Policy, Protocol):
    """A policy with weights.

    Attributes:
        temperature: 0 takes the best action, otherwise actions are drawn.
        shared: whether all processes of ``accelerate launch`` take part in its training.
    """

    temperature: float
    shared: bool

    @property
    def model(self) -> PreTrainedModel:
        """The network.

        Its ``config.privileged`` says whether privileged information had a part in its learning.
        """
        ...

    def fit(
        self,
        examples: Examples,
        schedule: Schedule,
        *,
        work: Path | None = None,
        follow: Follow = lambda updates, losses: None,
    ) -> None:
        """Train the model, in place, to imitate the examples.

        Args:
            examples: what to imitate; episodes without a target play no part.
            schedule: how long and how fast.
            work: folder for checkpoints; see :func:`policies.imitation.train`.
            follow: told how training goes.

        Raises:
            UserError: if there is nothing to imitate.
        """
        ...

    def save(self, folder: Path) -> None:
        """Write config and safetensors weights, as ``save_pretrained`` does."""
        ...
