"""``python -m lfm.adapt policy=DIR feedback_model=DIR``: adaptation alone."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from rich.console import Console

from envs.record import Trajectory
from lfm.builders import load_learned, make_workers, warm
from lfm.card import write_cards
from lfm.cli import run_command
from lfm.config import AdaptConfig
from lfm.feedback_builder import load_feedback_model
from lfm.layout import new_directory
from lfm.machine import prepare
from lfm.processes import lead
from lfm.progress import say
from lfm.recipes.adaptation import ADAPTED, adapt
from lfm.recipes.setting import Setting
from lfm.recipes.teachers import keep
from lfm.run import Run
from lfm.selection import to_adapt
from lfm.statistics import ResultRow
from lfm.summary import summary
from policies.learned import Examples


def main(config: AdaptConfig) -> list[ResultRow]:
    """Roll out on the tasks of ``env.split``, judge, imitate; evaluate before and after.

    Returns:
        The rows of ``results.json``; none in all but the first of several processes.
    """
    prepare(config.threads)
    return lead(lambda: _adapt(config), [])


def _adapt(config: AdaptConfig) -> list[ResultRow]:
    resuming = config.resume is not None
    config.run_dir = config.resume or config.run_dir or str(new_directory("adapt"))
    policy, split = Path(config.policy.path), config.env.split
    judge = load_feedback_model(Path(config.feedback_model.path))
    with (
        warm(config.env),
        Run(Path(config.run_dir), config, resume=resuming) as run,
        make_workers(config.rollout) as workers,
    ):
        say(f"Run directory: {run.directory}")
        setting = Setting(run, config, config.batch_envs, workers)
        before = load_learned(policy)
        # A policy that was adapted before has the name that a round gives.
        name = f"{before.name}-before" if before.name.startswith(ADAPTED) else before.name
        rows = [setting.evaluate(name, before, split).row]

        def teach(name: str, episodes: Sequence[Trajectory]) -> Examples:
            rule = partial(to_adapt, judge, episodes, config.adaptation.threshold)
            return keep(run, name, episodes, rule)

        adapted = policy
        for method, adapted in adapt(
            setting, config.adaptation, policy, teach, split, privileged=judge.privileged
        ):
            rows.append(setting.evaluate(method, load_learned(adapted), split).row)
        run.write_results(rows)
        write_cards(run.directory)
    Console().print(summary(run.directory))
    say(f"The adapted policy is {adapted}")
    return rows


if __name__ == "__main__":
    run_command(main, "adapt")
