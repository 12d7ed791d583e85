"""Who does work that falls into parts: this process, or others (:mod:`lfm.ray_workers`).

What comes of a part depends on the job and the part alone. So it does not matter where it is done,
in which order, or how often somebody who began it was killed: it is the same, and counts once.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import AbstractContextManager
from typing import Protocol, TypeVar

A = TypeVar("A")
B = TypeVar("B")
Part = TypeVar("Part", contravariant=True)
Result = TypeVar("Result", covariant=True)


class Job(Protocol[Part, Result]):
    """Work that falls into parts; it has to be possible to pickle it, and the parts."""

    def open(self) -> AbstractContextManager[Callable[[Part], Result]]:
        """Prepare, where the work is done; gives the function that does a part.

        The function is called for any of the parts, in any order, one at a time.
        """
        ...


class Workers(Protocol):
    """Those who do it."""

    def do(self, job: Job[A, B], parts: Sequence[A]) -> Generator[tuple[int, B]]:
        """Do all parts.

        Args:
            job: what to do.
            parts: of the job.

        Yields:
            The index of a part and what came of it, each once, in whatever order they are done.

        Raises:
            Exception: whatever the job raised; parts that are not done then stay undone.
        """
        ...


class Here:
    """This process, which does one part after the other."""

    def do(self, job: Job[A, B], parts: Sequence[A]) -> Generator[tuple[int, B]]:
        """Do all parts, in their order; see :meth:`Workers.do`."""
        with job.open() as work:
            for number, part in enumerate(parts):
                yield number, work(part)
