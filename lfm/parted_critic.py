"""A critic whose reading falls into parts, so that several can read at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import chain

from lfm.critics.base import Advance, Critic, Window, WindowFeedback, unfollowed
from lfm.workers import Workers

_EPISODES = 16
"""In a part: enough that sending them costs little beside reading them."""


@dataclass(frozen=True)
class Reading:
    """The job of reading windows.

    Attributes:
        make: makes the critic.
    """

    make: Callable[[], Critic]

    @contextmanager
    def open(self) -> Iterator[Callable[[Sequence[Window]], list[WindowFeedback]]]:
        """Read here; see :class:`lfm.workers.Job`."""
        with closing(self.make()) as critic:
            yield critic.critique


class PartedCritic:
    """A critic that reads episode by episode, and says the same of one whatever others it read.

    Args:
        make: makes the critic, where it is to read.
        workers: who reads.
        name: of the critic.
        privileged: whether it is.
    """

    def __init__(
        self, make: Callable[[], Critic], workers: Workers, name: str, *, privileged: bool
    ) -> None:
        self.name = name
        self.privileged = privileged
        self._job = Reading(make)
        self._workers = workers

    def critique(
        self, windows: Sequence[Window], advance: Advance = unfollowed
    ) -> list[WindowFeedback]:
        """Feedback for each window, in order; all windows of an episode are in the same part."""
        of_episode: dict[str, list[int]] = {}
        for number, window in enumerate(windows):
            of_episode.setdefault(window.trajectory.trajectory_id, []).append(number)
        episodes = list(of_episode.values())
        parts = [
            list(chain.from_iterable(episodes[start : start + _EPISODES]))
            for start in range(0, len(episodes), _EPISODES)
        ]
        found: dict[int, WindowFeedback] = {}
        sent = [[windows[at] for at in part] for part in parts]
        with closing(self._workers.do(self._job, sent)) as read:
            for part, feedback in read:
                found.update(zip(parts[part], feedback, strict=True))
                advance(len(feedback))
        return [found[number] for number in range(len(windows))]

    def close(self) -> None:
        """Whoever read has closed it."""
