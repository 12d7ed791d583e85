"""What a person sees of a run at work: a bar per stage in a terminal, a line each in a log."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

_TITLE_WIDTH = 42

Advance = Callable[[int], None]
"""Call with how many more are done."""


@contextmanager
def track(title: str, total: int | None, stream: TextIO | None = None) -> Iterator[Advance]:
    """Show that a stage is at work, how much of it is done, and the time left.

    In a terminal: a bar that stays when full. Otherwise: one line when the stage ends, with the
    time it took.

    Args:
        title: what is being done, e.g. ``"Roll out round 1"``.
        total: how many things there are to do; None if unknown.
        stream: where to show it; standard error unless given.

    Yields:
        A function to call with how many more are done.
    """
    stream = stream or sys.stderr
    if stream.isatty():
        with _bar(stream) as progress:
            task = progress.add_task(title.ljust(_TITLE_WIDTH), total=total)
            yield lambda count: progress.advance(task, count)
    else:
        done = 0

        def advance(count: int) -> None:
            nonlocal done
            done += count

        start = time.monotonic()
        yield advance
        say(f"{title}: {_of(done, total)}in {duration(time.monotonic() - start)}", stream)


def say(line: str, stream: TextIO | None = None) -> None:
    """Write one line for the person at the terminal or the reader of the log."""
    stream = stream or sys.stderr
    Console(file=stream, highlight=False, soft_wrap=True).print(line, markup=False)


def duration(seconds: float) -> str:
    """Seconds as a person says them: ``"8.3 s"``, ``"4 min 10 s"``, ``"1 h 5 min"``."""
    if seconds < 59.95:  # more would be shown as 60.0
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def _bar(stream: TextIO) -> Progress:
    return Progress(
        SpinnerColumn(finished_text="[green]✓[/]"),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=12),
        MofNCompleteColumn(),
        _TimeColumn(compact=True, elapsed_when_finished=True),
        console=Console(file=stream),
    )


class _TimeColumn(TimeRemainingColumn):
    """The time left, and at the end the time it took, in words."""

    def render(self, task: Task) -> Text:
        """``0:12 left``, or ``in 0:40``."""
        time = super().render(task)
        return Text("in ").append_text(time) if task.finished else time.append(" left")


def _of(done: int, total: int | None) -> str:
    if total is None:
        return f"{done} " if done else ""
    return f"{done} of {total} "
