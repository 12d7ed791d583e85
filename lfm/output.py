"""What a command answers, on standard output: a table, JSON or LaTeX."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import TextIOWrapper
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table
from rich.text import Text

from lfm.story import clean

_PIPE_WIDTH = 200
"""Characters of a line where nobody's terminal ends it."""
_LATEX = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{character: f"\\{character}" for character in "&%$#_{}"},
}


class Sheet(NamedTuple):
    """A table in words.

    Attributes:
        title: above it.
        columns: their heads; all but the first stand to the right.
        rows: a cell for each column.
        notes: below it.
    """

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = ()


def answer(form: str, value: Any, sheets: Sequence[Sheet]) -> None:
    """Print a value as JSON, or the sheets that tell it.

    Args:
        form: one of :data:`lfm.limits.FORMATS`.
        value: everything, for programs.
        sheets: the same for people and papers.
    """
    with until_closed():
        if form == "json":
            sys.stdout.write(json.dumps(value, indent=2) + "\n")
        elif form == "latex":
            sys.stdout.write("\n".join(map(latex, sheets)))
        else:
            print_sheets(make_console(), sheets)


def print_sheets(console: Console, sheets: Sequence[Sheet]) -> None:
    """Print sheets for people; those without a row are left out."""
    for sheet in sheets:
        if sheet.rows:
            console.print(_table(sheet))
            for note in sheet.notes:
                console.print(Text(clean(note)))


def make_console() -> Console:
    """A console with colours in a terminal only, and with lines as long as they are elsewhere."""
    terminal = sys.stdout.isatty()
    width = None if terminal or "COLUMNS" in os.environ else _PIPE_WIDTH
    return Console(highlight=False, soft_wrap=not terminal, width=width)


@contextmanager
def until_closed() -> Iterator[None]:
    """Stop without a word when the reader of standard output, such as head, has seen enough.

    Every line is sent as soon as it is whole, also through a pipe.
    """
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def latex(sheet: Sheet) -> str:
    """A sheet as a ``tabular`` with the rules of booktabs; title and notes are comments."""
    comments = [f"% {' '.join(text.split())}" for text in (sheet.title, *sheet.notes)]
    columns = "l" + "r" * (len(sheet.columns) - 1)
    return "\n".join(
        [
            *comments,
            rf"\begin{{tabular}}{{{columns}}}",
            r"\toprule",
            _latex_row(sheet.columns),
            r"\midrule",
            *map(_latex_row, sheet.rows),
            r"\bottomrule",
            r"\end{tabular}",
            "",
        ]
    )


def _latex_row(cells: Sequence[str]) -> str:
    escaped = ("".join(_LATEX.get(letter, letter) for letter in cell) for cell in cells)
    return " & ".join(escaped) + r" \\"


def _table(sheet: Sheet) -> Table:
    table = Table(title=Text(clean(sheet.title)), title_justify="left", title_style="bold")
    for number, name in enumerate(sheet.columns):
        table.add_column(Text(clean(name)), justify="right" if number else "left", overflow="fold")
    for row in sheet.rows:
        table.add_row(*(Text(clean(cell)) for cell in row))
    return table
