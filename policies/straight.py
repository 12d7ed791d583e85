"""Policies for streets that read no instruction: the floor under every result in Touchdown.

Long walks come near many places, so that a lenient protocol gives such walkers a success rate that
a result has to be compared with. They never stop, and walk until the episode is ended.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

from policies.base import Choice, Start
from policies.choosing import check_candidates
from policies.traffic import flows, goes_with
from policies.turning import STOP

_REVERSALS = ("turn_around", "back")
"""Actions that turn around in place, or go back; more words may tell where to."""


class StraightPolicy:
    """Goes straight on, and turns around where the street ends.

    It takes the first admissible action: environments of streets list the straightest first.
    """

    name = "straight"
    privileged = False

    def begin(self, starts: Sequence[Start]) -> StraightSession:
        """Begin a batch of episodes."""
        return StraightSession()


class StraightSession:
    """Episodes of :class:`StraightPolicy`."""

    def choose(self, rows: Sequence[int], admissible: Sequence[Sequence[str]]) -> list[Choice]:
        """The first action of each episode in ``rows`` that is no stop."""
        return [Choice(_walking(actions)[0], None) for actions in admissible]

    def observe(
        self, rows: Sequence[int], actions: Sequence[str], observations: Sequence[str]
    ) -> None:
        """It remembers nothing."""


class RandomWalkPolicy:
    """Any way but back, each episode from its own seed; back only where there is no other."""

    name = "random_walk"
    privileged = False

    def begin(self, starts: Sequence[Start]) -> RandomWalkSession:
        """Begin a batch of episodes."""
        return RandomWalkSession(starts)


class RandomWalkSession:
    """Episodes of :class:`RandomWalkPolicy`."""

    def __init__(self, starts: Sequence[Start]) -> None:
        self._generators = [random.Random(start.seed) for start in starts]

    def choose(self, rows: Sequence[int], admissible: Sequence[Sequence[str]]) -> list[Choice]:
        """Draw an action for each episode in ``rows``."""
        choices = []
        for row, actions in zip(rows, admissible, strict=True):
            ways = self._ways(row, _walking(actions))
            choices.append(Choice(self._generators[row].choice(ways), -math.log(len(ways))))
        return choices

    def observe(
        self, rows: Sequence[int], actions: Sequence[str], observations: Sequence[str]
    ) -> None:
        """Chance remembers nothing."""

    def _ways(self, row: int, walking: Sequence[str]) -> Sequence[str]:
        """What is drawn from."""
        return [each for each in walking if not _goes_back(each)] or walking


class TrafficWalkPolicy:
    """Any way with the traffic but back; where there is none, or it is not said, any way but back.

    At the start of an episode back is a way like the others.
    """

    name = "traffic_walk"
    privileged = False

    def begin(self, starts: Sequence[Start]) -> TrafficWalkSession:
        """Begin a batch of episodes."""
        return TrafficWalkSession(starts)


class TrafficWalkSession(RandomWalkSession):
    """Episodes of :class:`TrafficWalkPolicy`."""

    def __init__(self, starts: Sequence[Start]) -> None:
        super().__init__(starts)
        self._seen = [start.first_observation for start in starts]
        self._begun = [False] * len(starts)

    def observe(
        self, rows: Sequence[int], actions: Sequence[str], observations: Sequence[str]
    ) -> None:
        """Remember what is in sight."""
        for row, observation in zip(rows, observations, strict=True):
            self._seen[row] = observation
            self._begun[row] = True

    def _ways(self, row: int, walking: Sequence[str]) -> Sequence[str]:
        onward = super()._ways(row, walking) if self._begun[row] else walking
        directions = flows(self._seen[row])
        return [each for each in onward if goes_with(each, directions)] or onward


def _walking(actions: Sequence[str]) -> list[str]:
    """The actions that do not end the episode; all if there are no others."""
    check_candidates(actions)
    return [each for each in actions if each != STOP] or list(actions)


def _goes_back(action: str) -> bool:
    """Whether it leads back where one came from; ``back to the left`` is a sharp turn."""
    return any(
        action == each or action.startswith((f"{each},", f"{each} towards")) for each in _REVERSALS
    )
