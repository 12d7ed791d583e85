"""``python -m lfm.evaluate policy=DIR|expert|random env=...``: play, count successes."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from envs.files import write_json
from lfm.builders import load_policy, warm
from lfm.cli import run_command
from lfm.config import EvaluateConfig
from lfm.machine import prepare
from lfm.recipes.setting import Setting
from lfm.run import Run
from lfm.statistics import ResultRow
from lfm.summary import results_table


def main(config: EvaluateConfig) -> ResultRow:
    """Play every task of ``env.split`` once with the policy's best actions.

    Returns:
        The row that ``out=`` gets.
    """
    prepare(config.threads)
    policy = load_policy(config.policy.path, config.env)
    with warm(config.env), TemporaryDirectory() as folder, Run(Path(folder), config) as run:
        setting = Setting(run, config, config.batch_envs)
        row = setting.evaluate(policy.name, policy, config.env.split)
    if config.out is not None:
        write_json(Path(config.out), row)
    Console().print(results_table([row], [], {}))
    return row


if __name__ == "__main__":
    run_command(main, "evaluate")
