"""One bad input and the answer to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


def nothing(folder: Path) -> None:
    """Most bad inputs need no files."""


@dataclass(frozen=True)
class BadInput:
    """A command that must fail with one sentence.

    Attributes:
        area: part of the table: e.g. ``settings`` or ``data``.
        what: what is wrong, for the table.
        command: module of :mod:`lfm`, e.g. ``"train"``.
        arguments: the command line; ``{dir}`` stands for an empty folder made for the case.
        answer: the whole sentence on stderr, with ``{dir}`` as in the arguments.
        prepare: puts files into that folder first.
        code: the exit code.
    """

    area: str
    what: str
    command: str
    arguments: tuple[str, ...]
    answer: str
    prepare: Callable[[Path], None] = nothing
    code: int = 2
