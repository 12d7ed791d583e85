"""``python -m lfm.train env=...``: the whole loop, from demonstrations to the report."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from lfm.builders import make_workers, warm
from lfm.card import write_cards
from lfm.cli import run_command
from lfm.config import TrainConfig
from lfm.exports.service import hand_over
from lfm.layout import REPORT_FILE, new_directory
from lfm.loggers import make_logger, sends_models
from lfm.machine import prepare
from lfm.processes import lead
from lfm.progress import say
from lfm.recipes.dry_run import DryRun
from lfm.recipes.lfm import Learning
from lfm.report import write_report
from lfm.run import Run
from lfm.statistics import ResultRow
from lfm.summary import summary
from lfm.writer_config import WriterPolicyConfig
from policies.writing.training import check_alone


def main(config: TrainConfig) -> list[ResultRow]:
    """Learn, evaluate and report.

    Returns:
        The rows of ``results.json``; none if ``critic.dry_run`` stopped the run, and in all but the
        first of several processes.

    Raises:
        UserError: if something is wrong that the user can mend.
    """
    prepare(config.threads)
    if isinstance(config.policy, WriterPolicyConfig):
        check_alone()
    return lead(lambda: _learn_or_tell(config), [])


def _learn_or_tell(config: TrainConfig) -> list[ResultRow]:
    try:
        return _learn(config)
    except DryRun as told:
        say(str(told))
        return []


def _learn(config: TrainConfig) -> list[ResultRow]:
    resuming = config.resume is not None
    config.run_dir = config.resume or config.run_dir or str(new_directory(config.experiment))
    with (
        warm(config.env),
        Run(Path(config.run_dir), config, resume=resuming) as run,
        make_workers(config.rollout) as workers,
    ):
        say(f"Run directory: {run.directory}")
        run.logger = make_logger(config.logger, run.directory, run.config)
        rows = Learning(run, config, workers).learn()
        run.write_results(rows)
        write_cards(run.directory)
        write_report(run.directory)
        hand_over(run.directory, run.logger, models=sends_models(config.logger))
    Console().print(summary(run.directory))
    say(f"Open {run.directory / REPORT_FILE} in a browser,")
    say(f"or read the episodes here: python -m lfm.inspect run={run.directory}")
    return rows


if __name__ == "__main__":
    run_command(main, "config")
