"""How directions are said: eight sectors of 45 degrees around the heading."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from envs.touchdown.landmarks.base import Landmark

TOWARDS = (
    "straight ahead",
    "slightly to the right",
    "to the right",
    "back to the right",
    "back",
    "back to the left",
    "to the left",
    "slightly to the left",
)
"""Where a street leads, clockwise from ahead."""

BESIDE = (
    "Ahead",
    "Slightly right",
    "On your right",
    "Behind you on the right",
    "Behind you",
    "Behind you on the left",
    "On your left",
    "Slightly left",
)
"""Where something stands, in the same order."""

IN_SIGHT = (6, 7, 0, 1, 2)
"""The sectors that are not behind, from left to right."""


def sector(turn: float) -> int:
    """Which of the eight sectors a turn from the heading, in degrees, lies in."""
    return int((turn % 360 + 22.5) // 45) % 8


def by_sector(landmarks: Iterable[Landmark], heading: float) -> dict[int, list[str]]:
    """What stands in each sector in which there is anything; what has the same name once."""
    found: dict[int, list[str]] = {}
    for phrase, bearing in landmarks:
        there = found.setdefault(sector(bearing - heading), [])
        if phrase not in there:
            there.append(phrase)
    return found


def meeting(ways: int) -> str:
    """The line that says how many ways meet at a crossing."""
    return f"There is a {ways}-way intersection."


def listed(words: Sequence[str]) -> str:
    """The words as people list them: ``a, b and c``."""
    return " and ".join((", ".join(words[:-1]), words[-1])) if len(words) > 1 else words[0]
