"""What a finished run hands over to the service that follows it: tables and files."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from envs.files import read_json
from lfm import layout
from lfm.done import read_done
from lfm.export_config import ExportedLabels
from lfm.exports.parquet import STEPS, step_rows, tables_of
from lfm.exports.source import Source
from lfm.loggers import Logger

ROWS = 10_000
"""Most steps in a table, which is what Weights & Biases shows; the files have them all."""
_RESULT = ("method", "split", "episodes", "successes", "success_rate", "privileged", "mean_steps")
"""Columns of the table of results."""


def hand_over(run: Path, logger: Logger, *, models: bool) -> None:
    """Give a logger the annotated steps, the results, the data and the report of a run.

    Args:
        run: the folder of the finished run.
        logger: which follows it.
        models: whether it gets the policies and feedback models, too.

    Raises:
        UserError: if a file of the run is damaged.
    """
    source = Source.of(run, None, ExportedLabels.critic)
    columns = STEPS.names
    for stage in source.stages:
        if stage.startswith(layout.rollouts("")):
            logger.table(f"steps/{stage}", columns, islice(_cells(source, stage), ROWS))
    results = [[row[name] for name in _RESULT] for row in read_json(run / layout.RESULTS_FILE)]
    logger.table("results", _RESULT, results)
    tables = [table.path for stage in source.stages for table in tables_of(run, stage)]
    kept = (layout.CONFIG_FILE, layout.MANIFEST_FILE, layout.RESULTS_FILE, layout.REPORT_FILE)
    logger.files("data", "dataset", {name: run / name for name in tables})
    logger.files("report", "report", {name: run / name for name in kept})
    if models:
        for done in read_done(run):
            if done.name.startswith((layout.policy(""), layout.feedback_model(""))):
                logger.files(
                    done.name, "model", {name: run / done.name / name for name in done.outputs}
                )


def _cells(source: Source, stage: str) -> Iterator[list[Any]]:
    """The steps of a set as rows of a table; lists become lines of text."""
    for row in step_rows(source, stage, source.stories(stage)):
        labels = [
            f"{'productive' if label['productive'] else 'not productive'}: {label['reason']}"
            for label in row["labels"]
        ]
        cells = {**row, "labels": "\n".join(labels)}
        yield [cells[name] for name in STEPS.names]
