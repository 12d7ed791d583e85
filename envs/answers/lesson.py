"""Lessons: what a writer is taught before it answers, where it begins from random weights."""

from __future__ import annotations

from typing import NamedTuple


class Lesson(NamedTuple):
    """How to answer, or to answer again; nothing of it is a task of any split.

    Attributes:
        instruction: what is asked.
        target: the answer to learn.
        answer: the answer given before; None where none was.
        feedback: what was said of that one; None where nothing was.
    """

    instruction: str
    target: str
    answer: str | None = None
    feedback: str | None = None
