"""What the arms and references showed, gathered from the files of their runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from experiments.records import finished_arms, result_rows
from experiments.touchdown_method.arms import ARMS
from experiments.touchdown_method.run import reference_file


def gather(out: Path) -> dict[str, Any]:
    """The record of all finished runs, and of the references, in a folder.

    Returns:
        What ``results.json`` of the experiment holds: ``arms`` (name -> ``overrides``,
        ``settings``, ``facts``, and ``runs``, one a seed) and ``references`` (name of an arm ->
        result rows). Runs that are not finished are left out, and named on stderr.

    Raises:
        UserError: if no run is finished, or if a run is not what its name says.
    """
    references = {
        arm.name: result_rows([reference_file(out, arm, actor) for actor in arm.references])
        for arm in ARMS
    }
    return {
        "arms": finished_arms(out, {each.name: each.settings for each in ARMS}),
        "references": {name: rows for name, rows in references.items() if rows},
    }
