"""Markdown that the experiments' pages have in common: tables, intervals, and marked places."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from envs.errors import UserError
from lfm.statistics import Interval, mean_interval

END = "<!-- end of figures -->"
"""The mark after the figures of a page; the mark before them names the module that writes them."""


def with_figures(text: str, figures: str, begin: str) -> str:
    """A page with the figures between its marks; what is around them stays.

    Args:
        text: the page.
        figures: what shall be between the marks.
        begin: the mark before them; the one after them is :data:`END`.

    Raises:
        UserError: if the page lacks the marks.
    """
    before, mark, rest = text.partition(begin)
    _, end, after = rest.partition(END)
    if not mark or not end:
        raise UserError(f"the page has no place for figures: put {begin} and {END} into it")
    return f"{before}{begin}\n\n{figures.strip()}\n\n{END}{after}"


def section(title: str, body: str) -> str:
    """A section of a page; nothing if there is nothing to say in it."""
    return f"## {title}\n\n{body.strip()}" if body.strip() else ""


def table(head: Sequence[str], rows: Iterable[Sequence[str]], note: str) -> str:
    """A table, with the note that says what is in it above."""
    lines = [head, ["---"] * len(head), *rows]
    drawn = "\n".join("| " + " | ".join(line) + " |" for line in lines)
    return f"{note.strip()}\n\n{drawn}"


def with_interval(interval: Interval, form: str) -> str:
    """An estimate and the ends of its interval, each in the format ``form``."""
    return f"{interval.value:{form}} ({interval.low:{form}} to {interval.high:{form}})"


def mean_cell(values: Sequence[float], form: str) -> str:
    """The mean of the runs in bold, with its 95 % Student-t interval if there are several."""
    if len(values) < 2:
        return f"**{values[0]:{form}}** (one run)"
    interval = mean_interval(values)
    return f"**{interval.value:{form}}** ({interval.low:{form}} to {interval.high:{form}})"


def tries_cell(counts: Iterable[Sequence[int]]) -> str:
    """Success in per cent over several [successes, tries], with both sums."""
    done, tried = (sum(column) for column in zip(*counts, strict=True))
    return f"{100 * done / tried:.1f} ({done} of {tried})"
