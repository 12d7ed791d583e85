"""``python -m lfm.evaluate policy=DIR|expert|random env=...``: play, count successes."""

from __future__ import annotations

from contextlib import ExitStack, closing
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from envs.files import write_json
from lfm.builders import load_policy, make_workers, warm
from lfm.chat_actor import ChatPolicy
from lfm.chat_builder import make_chat, make_sampling
from lfm.cli import run_command
from lfm.config import CHAT, EvaluateConfig
from lfm.machine import prepare
from lfm.recipes.setting import Setting
from lfm.run import Run
from lfm.statistics import ResultRow
from lfm.summary import results_table
from policies.base import Policy


def main(config: EvaluateConfig) -> ResultRow:
    """Play every task of ``env.split`` once with the policy's best actions.

    Returns:
        The row that ``out=`` gets.
    """
    prepare(config.threads)
    with ExitStack() as opened:
        policy = _policy(config, opened)
        opened.enter_context(warm(config.env))
        folder = opened.enter_context(TemporaryDirectory())
        run = opened.enter_context(Run(Path(folder), config))
        workers = opened.enter_context(make_workers(config.rollout))
        setting = Setting(run, config, config.batch_envs, workers)
        row = setting.evaluate(policy.name, policy, config.env.split)
    if config.out is not None:
        write_json(Path(config.out), row)
    Console().print(results_table([row], [], {}))
    return row


def _policy(config: EvaluateConfig, opened: ExitStack) -> Policy:
    """The policy that the settings name; what it needs is closed with ``opened``."""
    if config.policy.path != CHAT:
        return load_policy(config.policy.path, config.env)
    # Started again, the command goes on from the cache, and within the same budget.
    name = f"evaluate {config.env.name} {config.env.split} seed {config.seed}"
    model = opened.enter_context(closing(make_chat(config.chat, name)))
    return ChatPolicy(model, make_sampling(config.chat))


if __name__ == "__main__":
    run_command(main, "evaluate")
