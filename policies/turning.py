"""Turns as a walker takes them, whatever its actions are called.

By turns (``left``) an agent turns on the spot. By directions it moves: a crossing is several
panoramas, and who turns to the left there may go ``slightly to the right`` and then ``back to the
left``, or ``slightly to the left`` twice; who goes straight on may change lanes by ``slightly to
the left``, ``to the right`` and ``slightly to the left``. So directions are added up: a turn is
what comes to a right angle within a few moves.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from functools import lru_cache

from policies.words import cut_words

SIDES = ("left", "right")
"""Words of actions that turn."""
STOP = "stop"
"""The action that says that one has arrived."""
SQUARE = 90
"""Degrees that make a turn."""
_NEAR = 3
"""Moves within which directions are added up."""
_SLIGHT, _BACK = 45, 135
"""Degrees of directions that are not square to the walker's."""
_BEHIND = frozenset(("around", "back", "behind"))


@lru_cache(maxsize=10_000)
def angle_of(action: str) -> int:
    """The degrees by which an action turns, to the right above 0; 0 if to no side, or to both."""
    words = cut_words(action)
    sides = [word for word in words if word in SIDES]
    if len(sides) != 1:
        return 0
    behind = not _BEHIND.isdisjoint(words)
    degrees = _BACK if behind else _SLIGHT if "slightly" in words else SQUARE
    return -degrees if sides[0] == SIDES[0] else degrees


def side_of(action: str) -> str:
    """The side to which an action turns, however slightly; empty if to none."""
    angle = angle_of(action)
    return SIDES[angle > 0] if angle else ""


def goes_back(action: str) -> bool:
    """Whether an action goes back where one came from."""
    return not _BEHIND.isdisjoint(cut_words(action)) and not angle_of(action)


class Turning:
    """Follows the actions of a walker."""

    def __init__(self) -> None:
        self._lately: deque[int] = deque(maxlen=_NEAR)
        self._action = ""

    def act(self, action: str) -> str:
        """Take note of an action; the side of the turn that it completes, empty if it does not.

        Turning on the spot to the same side again is no other turn, but a sharper one.
        """
        repeated = action == self._action and action in SIDES
        self._action = action
        if repeated:
            return ""
        self._lately.append(angle_of(action))
        turned = sum(self._lately)
        if abs(turned) < SQUARE:
            return ""
        self._lately.clear()
        return SIDES[turned > 0]


def turns(actions: Sequence[str]) -> Iterator[tuple[int, str]]:
    """The turns of a walk: where the last action of each is, and to which side it was."""
    turning = Turning()
    for at, action in enumerate(actions):
        side = turning.act(action)
        if side:
            end = at
            while action in SIDES and end + 1 < len(actions) and actions[end + 1] == action:
                end += 1
            yield end, side
