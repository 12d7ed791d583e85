"""What the commands that write an experiment's page have in common."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from envs.errors import UserError
from envs.files import read_json, write_json, write_text
from experiments.command import argument_parser, in_one_sentence
from experiments.markdown import with_figures


def table_command(
    doc: str | None,
    gather: Callable[[Path], Any],
    page: Callable[[Any], str],
    begin: str,
    folder: Path,
) -> Callable[..., int]:
    """The command that prints an experiment's figures, and writes its page if asked to.

    Args:
        doc: what ``--help`` says.
        gather: from the folder of the runs to the record of them; ``results.json`` holds that, and
            is read if no folder is given.
        page: from the record to the figures, as Markdown.
        begin: the mark before the figures in ``README.md``.
        folder: where both files are.

    Returns:
        From the words of the command, and another folder of both files if need be, to the exit
        code.
    """

    @in_one_sentence
    def main(arguments: Sequence[str] | None = None, here: Path = folder) -> int:
        parser = argument_parser(doc)
        parser.add_argument("--runs", type=Path, help="folder of what was run")
        parser.add_argument("--readme", action="store_true", help="write the page and results.json")
        options = parser.parse_args(arguments)
        record = gather(options.runs) if options.runs else read_json(here / "results.json")
        figures = page(record)
        if options.readme:
            write_figures(record, figures, begin, here)
        sys.stdout.write(figures)
        return 0

    return main


def results_in(folder: Path) -> list[dict[str, Any]]:
    """All results in a folder, one a file, in the order of their names.

    Raises:
        UserError: if there is none.
    """
    results = [read_json(file) for file in sorted(folder.glob("*.json"))]
    if not results:
        raise UserError(f"there is no result in {folder}; check --runs")
    return results


def write_figures(record: Any, figures: str, begin: str, here: Path) -> None:
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
