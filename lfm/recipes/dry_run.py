"""Runs that stop before a critic is asked: to say what that costs, or for a person to write."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lfm.chat.base import Estimate
from lfm.config import TrainConfig
from lfm.critic_config import PersonCriticConfig
from lfm.critics.base import Window
from lfm.critics.person import PersonCritic
from lfm.run import Stage


class DryRun(Exception):  # noqa: N818 - nothing went wrong
    """The run stops before a critic is asked, as it was told to; says why, and how to go on."""


def persons_file(
    stage: Stage, config: PersonCriticConfig, windows: Sequence[Window]
) -> PersonCritic:
    """The person's file, unless answers have to be put into it first.

    Raises:
        DryRun: in that case.
    """
    person = PersonCritic(Path(config.file))
    if wanting := person.wanting(windows):
        raise DryRun(
            f"{stage.name}: {wanting:,} answers were added to {config.file}. Write into its column "
            "feedback what there is to be said of them ('No feedback needed' for those that are "
            "right; nothing for those to be left out), and go on with the same command and "
            f"resume={stage.run.directory} instead of run_dir"
        )
    return person


def say_cost(stage: Stage, config: TrainConfig, estimate: Estimate) -> str:
    """What a critic's words in a stage would cost, and how to go on."""
    new = estimate.requests - estimate.cached
    cost = f"; cost: at most about {estimate.cost:,.2f}" if estimate.cost else ""
    return (
        f"{stage.name}: {estimate.requests:,} windows, {estimate.cached:,} of them answered "
        f"already. For the other {new:,}, {config.critic.name} would read about "
        f"{estimate.input_tokens:,} tokens and write at most {estimate.output_tokens:,}{cost}. "
        f"There are {config.recipe.rounds} rounds. Nothing was asked. To go on: the same command "
        f"with resume={stage.run.directory} critic.dry_run=false"
    )
