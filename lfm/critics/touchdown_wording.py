"""Reasons in plain English for a step of a walk, as a person would give them.

They count intersections as instructions do, from the last turn on. There are few forms, so that a
model can learn to give them (:mod:`lfm.reasons`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from lfm.critics.touchdown_way import BACK, LEFT, RIGHT, STRAIGHT, Turn

_ORDINALS = (
    *("", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth"),
)
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


class Kind(Enum):
    """What a step was, whatever the way asks for."""

    NOTHING = "not possible"
    STOP = "said to have arrived"
    TURN = "turned in place"
    WALK = "moved to the next panorama"


@dataclass(frozen=True, slots=True)
class Deed:
    """One step of a walk, with what the wording depends on.

    Attributes:
        kind: see :class:`Kind`.
        where: the direction that was taken: of a turn from the heading before it, of a walk from
            the heading on arrival.
        turned: a walk that was a turn too, not one in the direction that was faced.
        crossing: more than two ways lead out of the panorama.
        number: which intersection since the last turn it is; 0 if none, or not reached that way.
        asked: the direction that the way asks for, counted as ``where``; empty at its end.
        on_way: the agent is on the route.
        fresh: it has not moved yet.
        facing: it has turned in this place before.
        left: panoramas before the end of the route, from where it is on it.
        beyond: panoramas after the end of the route, where it has passed that; else 0.
        turn: the next turn of the route, after this place.
    """

    kind: Kind
    where: str = ""
    turned: bool = False
    crossing: bool = False
    number: int = 0
    asked: str = ""
    on_way: bool = True
    fresh: bool = False
    facing: bool = False
    left: int = 0
    beyond: int = 0
    turn: Turn | None = None


def say_why_productive(deed: Deed) -> str:
    """Why the step was as told; for a mistaken critic, why one might think so."""
    if deed.kind is Kind.NOTHING:
        return "tried what might lead on"
    if deed.kind is Kind.STOP:
        end = "where" if deed.on_way and not deed.left else "next to where"
        return f"stopped {end} the way ends"
    if not deed.on_way:
        back = "back to the place to stop" if deed.beyond else "back from the wrong street"
        return f"{_did(deed)} to come {back}"
    if deed.kind is Kind.TURN and deed.fresh:
        return f"{_did(deed)} at the start, to face the way"
    if deed.kind is Kind.TURN and (deed.facing or not deed.crossing):
        return f"{_did(deed)} to face the way"
    if deed.crossing and _enters(deed):
        return f"{_did(deed)}, as told"
    if deed.crossing:
        return f"{_did(deed)}{_at(deed)}, as told"
    if deed.left == 1:
        return f"{_did(deed)} to the place to stop"
    return f"{_did(deed)} towards the {'next turn' if deed.turn else 'place to stop'}"


def say_why_not(deed: Deed) -> str:
    """Why the step was not as told; for a mistaken critic, why one might think so."""
    if deed.kind is Kind.NOTHING:
        return "nothing changed: that is not possible here"
    if deed.kind is Kind.STOP:
        return _say_why_no_stop(deed)
    if not deed.on_way:
        along = "along" if deed.kind is Kind.WALK else "on"
        wrong = "past the place to stop" if deed.beyond else f"{along} a wrong street"
        return f"{_did(deed)} {wrong}"
    if not deed.left:
        walked = deed.kind is Kind.WALK
        return "walked past the place to stop" if walked else f"{_did(deed)} instead of stopping"
    if deed.crossing:
        return f"{_did(deed)}{_at(deed)}, {_instead(deed)}"
    if deed.kind is Kind.TURN:
        return f"{_did(deed)}, away from the way"
    return f"{_did(deed)} in the wrong direction"


def _say_why_no_stop(deed: Deed) -> str:
    if deed.on_way and deed.left:
        return f"stopped {_panoramas(deed.left)} early"
    if deed.beyond:
        return f"stopped {_panoramas(deed.beyond)} too late"
    return "stopped, although the way may go on" if deed.on_way else "stopped away from the way"


def _instead(deed: Deed) -> str:
    """What the way asks for at a crossing."""
    turn = deed.turn
    if deed.asked == deed.where:
        return "which may not be what is told"
    if deed.asked == STRAIGHT:
        early = turn and deed.number and turn.where == deed.where and turn.number > deed.number
        if turn and early:
            return f"instead of the {_ordinal(turn.number)}"
        return "where the way goes straight on"
    if deed.asked == BACK:
        return "where the way goes back"
    turns = deed.kind is Kind.TURN or (deed.turned and deed.where != BACK)
    return f"instead of {'' if turns else 'turning '}{deed.asked}"


def _did(deed: Deed) -> str:
    """The step in the past tense."""
    if deed.kind is Kind.TURN:
        return "turned around" if deed.where == BACK else f"turned {deed.where}"
    if deed.where == BACK:
        return "went back"
    if deed.where == STRAIGHT or not deed.crossing:
        return "walked straight on" if deed.crossing else "walked on"
    return (
        f"walked into the street on the {deed.where}" if _enters(deed) else f"turned {deed.where}"
    )


def _enters(deed: Deed) -> bool:
    """Whether it only goes where it had turned to before."""
    return deed.kind is Kind.WALK and deed.where in (LEFT, RIGHT) and not deed.turned


def _at(deed: Deed) -> str:
    return (
        f" at the {_ordinal(deed.number)} intersection" if deed.number else " at the intersection"
    )


def _ordinal(number: int) -> str:
    return _ORDINALS[number] if number < len(_ORDINALS) else f"{number}th"


def _panoramas(count: int) -> str:
    number = _NUMBERS[count] if count < len(_NUMBERS) else "many"
    return f"{number} panorama{'' if count == 1 else 's'}"
