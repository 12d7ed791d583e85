"""Two evaluations task by task: ``python -m lfm.compare a=FILE b=FILE``."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from lfm.cli import run_command
from lfm.evaluation import read_evaluation
from lfm.output import answer
from lfm.paired import Paired, pair, sheets
from lfm.reading_config import CompareConfig


def main(config: CompareConfig) -> Paired:
    """Compare and print.

    Raises:
        UserError: if a file holds no evaluation, or they are not comparable.
    """
    first, second = (read_evaluation(Path(path)) for path in (config.a, config.b))
    paired = pair(first, second, force=config.force)
    answer(config.format, asdict(paired), sheets(paired, first))
    return paired


if __name__ == "__main__":
    run_command(main, "compare")
