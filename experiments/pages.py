"""What the commands that write an experiment's page have in common."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
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
        parser.add_argument(
            "--keep", action="store_true", help="beside --runs, what results.json has of other runs"
        )
        options = parser.parse_args(arguments)
        record = gather(options.runs) if options.runs else read_json(here / "results.json")
        if options.runs and options.keep:
            record = kept_beside(record, read_json(here / "results.json"))
        figures = page(record)
        if options.readme:
            write_figures(record, figures, begin, here)
        sys.stdout.write(figures)
        return 0

    return main


def kept_beside(new: Any, old: Any, at: str = "results.json", levels: int = 2) -> Any:
    """Both records in one, so that runs of several machines come into one table.

    Lists have an entry for each seed, or for each seed and method: those of ``old`` that ``new``
    lacks are kept, in the order of the seeds.

    Args:
        new: what was gathered now.
        old: what ``results.json`` has.
        at: where both are in the file, for the error message.
        levels: how far down names that only one of them has are taken as they are: by default the
            sections and the arms, whose settings have to be the same.

    Raises:
        UserError: if anything else in them differs, as it does in runs of different jobs.
    """
    if isinstance(new, dict) and isinstance(old, dict) and (levels > 0 or new.keys() == old.keys()):
        both = {
            name: kept_beside(new[name], value, f"{at}: {name}", levels - 1)
            for name, value in old.items()
            if name in new
        }
        return {**old, **new, **both}
    if _is_by_seed(new) and _is_by_seed(old):
        rows = {_row_key(row): row for row in (*old, *new)}
        return sorted(rows.values(), key=lambda row: int(row["seed"]))
    if new != old:
        raise UserError(
            f"{at}: the runs have {new!r} and those that were kept {old!r}; runs of different jobs "
            "cannot be in one table: leave out --keep, or name other --runs"
        )
    return new


def _is_by_seed(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(x, dict) and "seed" in x for x in value)


def _row_key(row: Mapping[str, Any]) -> tuple[int, str]:
    return int(row["seed"]), row.get("method", "")


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
