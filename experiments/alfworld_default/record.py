"""What several runs of one job showed, gathered from the files of their run directories."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from envs.errors import UserError
from experiments.records import job_record
from experiments.runs import is_finished
from lfm.layout import CONFIG_FILE


def gather(folder: Path) -> dict[str, Any]:
    """The record of all runs ``seedN`` in a folder: what ``results.json`` of the experiment holds.

    Returns:
        ``overrides``, ``settings`` and ``facts`` that all runs share, and ``runs``: one dictionary
        a seed, in their order.

    Raises:
        UserError: if there is no run, if one is unfinished, or if they are not of one job.
    """
    folders = sorted(file.parent for file in folder.glob(f"seed*/{CONFIG_FILE}"))
    if not folders:
        raise UserError(f"there is no run seedN in {folder}; check --runs")
    for each in folders:
        if not is_finished(each):
            raise UserError(
                f"{each} is not finished; run the experiment again to go on with it, "
                "or move it elsewhere"
            )
    return job_record(folders)
