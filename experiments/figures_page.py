"""The command that gathers a record from runs, and writes the page and the JSON file of it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from envs.files import read_json, write_json, write_text
from experiments.markdown import with_figures


class FiguresPage(NamedTuple):
    """An experiment's ``README.md`` and ``results.json``.

    Attributes:
        description: of the command.
        begin: the mark before the figures of the page.
        gather: from the folder of the runs to the record, and the runs that it leaves out.
        page: from the record to the figures as Markdown.
    """

    description: str | None
    begin: str
    gather: Callable[[Path], tuple[dict[str, Any], list[Path]]]
    page: Callable[[dict[str, Any]], str]

    def command(self, arguments: Sequence[str] | None, here: Path) -> int:
        """Print the figures, and write the files if asked to.

        Args:
            arguments: of the command; None for those of this process.
            here: folder of the files.

        Returns:
            The exit code.
        """
        parser = argparse.ArgumentParser(
            description=self.description, formatter_class=argparse.RawDescriptionHelpFormatter
        )
        parser.add_argument("--runs", type=Path, help="folder of the arms' runs and the trials")
        parser.add_argument("--readme", action="store_true", help="write the page and the JSON")
        options = parser.parse_args(arguments)
        readme, results = here / "README.md", here / "results.json"
        record, left_out = self.gather(options.runs) if options.runs else (read_json(results), [])
        for folder in left_out:
            sys.stderr.write(f"left out, as it is not finished: {folder}\n")
        figures = self.page(record)
        if options.readme:
            text = with_figures(readme.read_text("utf-8"), figures, self.begin)
            write_json(results, record)
            write_text(readme, text)
        sys.stdout.write(figures)
        return 0
