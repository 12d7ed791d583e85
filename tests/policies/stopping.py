"""Training that is interrupted, as by a kill."""

from __future__ import annotations

from collections.abc import Mapping

from policies.imitation import Follow


class Killed(BaseException):
    """Training was interrupted."""


def kill_at(updates: int) -> Follow:
    """What to follow training with, so that it is interrupted after so many updates; 0 = never."""

    def follow(done: int, losses: Mapping[str, float]) -> None:
        if done == updates:
            raise Killed

    return follow
