"""What the commands that write an experiment's page have in common."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from envs.files import read_json, write_json, write_text
from experiments.markdown import with_figures

Record = dict[str, Any]


def obtain(
    runs: Path | None, here: Path, gather: Callable[[Path], tuple[Record, Sequence[Path]]]
) -> Record:
    """The record of the runs in a folder, or without one that of ``results.json``.

    Args:
        runs: folder of the runs.
        here: folder of ``results.json``.
        gather: from the folder of the runs to the record, and the runs that it leaves out, which
            are named on stderr.
    """
    record, left_out = gather(runs) if runs else (read_json(here / "results.json"), ())
    for folder in left_out:
        sys.stderr.write(f"left out, as it is not finished: {folder}\n")
    return record


def write_figures(record: Mapping[str, Any], figures: str, begin: str, here: Path) -> None:
    """Write ``results.json``, and the figures between the marks of ``README.md``.

    Args:
        record: for ``results.json``.
        figures: as Markdown.
        begin: the mark before them.
        here: folder of both files.

    Raises:
        UserError: if the page lacks the marks.
    """
    readme = here / "README.md"
    text = with_figures(readme.read_text("utf-8"), figures, begin)
    write_json(here / "results.json", record)
    write_text(readme, text)
