"""``python -m lfm.adapt policy=DIR feedback_model=DIR``: one round of adaptation alone."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from lfm.cli import run_command
from lfm.config import AdaptConfig
from lfm.layout import new_directory
from lfm.machine import prepare
from lfm.progress import say
from lfm.recipes.adaptation import adapt
from lfm.recipes.setting import Setting
from lfm.run import Run
from lfm.statistics import ResultRow
from lfm.summary import summary
from policies.small import SmallPolicy

NAME = "adapted"


def main(config: AdaptConfig) -> list[ResultRow]:
    """Roll out on the tasks of ``env.split``, judge, imitate; evaluate before and after.

    Returns:
        The rows of ``results.json``.
    """
    prepare(config.threads)
    resuming = config.resume is not None
    config.run_dir = config.resume or config.run_dir or str(new_directory("adapt"))
    policy, split = Path(config.policy.path), config.env.split
    with Run(Path(config.run_dir), config, resume=resuming) as run:
        say(f"Run directory: {run.directory}")
        setting = Setting(run, config, config.batch_envs)
        before = SmallPolicy.load(policy)
        # A policy that was adapted before has the name that this round gives.
        name = before.name if before.name != NAME else f"{NAME}-before"
        rows = [setting.evaluate(name, before, split)]
        judge = Path(config.feedback_model.path)
        adapted = adapt(setting, config.adaptation, policy, judge, NAME, split)
        after = SmallPolicy.load(adapted)
        rows.append(setting.evaluate(NAME, after, split))
        run.write_results(rows)
    Console().print(summary(run.directory))
    say(f"The adapted policy is {adapted}")
    return rows


if __name__ == "__main__":
    run_command(main, "adapt")
