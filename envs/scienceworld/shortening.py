"""What of a script's moves an agent needs, that sees the room after every action."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

_WAIT, _WAIT1 = "wait", "wait1"
_WAIT_TIME, _WAIT1_TIME = 11, 2
_FEW = 3
"""Looks and readings in a row that are still no waiting."""
_MOST_WATCHED = 3
"""Longest watching of a block on an inclined plane, in ``wait``."""
_WAITS, _LOOKS = {_WAIT, _WAIT1}, ("look at ", "look in ")
DROPPABLE = re.compile(r"(?:activate|close|deactivate|go to|move|open|pick up|pour|put down) ")
"""Actions that can be left out where they change nothing."""

_WAY = re.compile(r"(?:open (?:.* )?door\b|go to |teleport to )")


@dataclass(frozen=True, slots=True)
class Move:
    """One thing that a script does.

    Attributes:
        said: its sentence, and the number that answers the parser's question about it.
        action: the same as one canonical action; None if there is none.
        time: how far it moved the simulator's clock; 0 if it was not understood.
        idle: nothing in sight or in reach changed.
        told: the reply says only what is in sight anyway.
        place: where the agent is then.
        reading: the reply is what a thermometer says.
        numbers: of the objects in the action, in ascending order.
    """

    said: tuple[str, ...]
    action: str | None
    time: int
    idle: bool = False
    told: bool = False
    place: str = ""
    reading: bool = False
    numbers: tuple[int, ...] = ()


class Style(NamedTuple):
    """How much is left out of a script.

    Attributes:
        name: of the style.
        idle: whether actions that change nothing are left out.
        taps: whether taps are turned off again.
        waits: how waiting is said: in the fewest actions, for exactly as long, or as it was.
    """

    name: str
    idle: bool
    taps: bool
    waits: Callable[[int], list[str]] | None


def _coarse(time: int) -> list[str]:
    if time <= 2 * _WAIT1_TIME:
        return [_WAIT1] * -(-time // _WAIT1_TIME)
    return [_WAIT] * -(-time // _WAIT_TIME)


def _exact(time: int) -> list[str]:
    whole, rest = divmod(time, _WAIT_TIME)
    return [_WAIT] * whole + [_WAIT1] * -(-rest // _WAIT1_TIME)


STYLES = (
    Style("short", True, False, _coarse),
    Style("taps", True, True, _coarse),
    Style("exact", True, True, _exact),
    Style("idle, short", False, True, _coarse),
    Style("idle, exact", False, True, _exact),
    Style("waits as they are", True, True, None),
    Style("canonical", False, True, None),
)
"""Tried in this order until one leads to success."""


def straightened(moves: Sequence[Move], description: str) -> list[Move]:
    """Leave out loops on the way to a place that the task names: there is nothing to look for.

    Args:
        moves: all moves, from the start.
        description: what the task asks for.
    """
    found: list[Move] = []
    for travels, run in itertools.groupby(moves, _is_travel):
        way = list(run)
        named = way[-1].place in description.lower()
        found += _without_loops(way, found[-1].place if found else "") if travels and named else way
    return found


def _is_travel(move: Move) -> bool:
    return _WAY.match(move.action or "") is not None


def _without_loops(way: Sequence[Move], origin: str) -> list[Move]:
    """The legs of a way, each with the doors opened for it, without those that lead in a circle."""
    legs: list[tuple[str, list[Move]]] = [(origin, [])]
    doors: list[Move] = []
    for move in way:
        doors.append(move)
        if move.place == legs[-1][0]:
            continue
        known = [place for place, _ in legs]
        if move.place in known:
            del legs[known.index(move.place) + 1 :]
        else:
            legs.append((move.place, doors))
        doors = []
    return [move for _, leg in legs for move in leg] + doors


def shorten(moves: Sequence[Move], style: Style) -> list[Move]:
    """Leave out what an agent that sees the room after every action has no use for.

    Waiting stays waiting, and the last reading before the next decision stays. Two blocks that
    slide down two planes are watched for the same time, so that they can be compared.
    """
    left = [move for move in moves if move.time]
    if style.idle:
        left = [move for move in _there_already(left) if not _is_useless(move)]
    if not style.taps:
        left = list(_taps_left_on(left))
    if style.waits is None:
        return left
    runs = [(passive, list(run)) for passive, run in itertools.groupby(left, _is_passive)]
    watched = [_time(run) for passive, run in runs if passive and _is_watching(run)]
    found: list[Move] = []
    for number, (passive, run) in enumerate(runs):
        if not passive:
            found += run
        elif _is_watching(run):
            count = min(_MOST_WATCHED, max(1, min(watched) // _WAIT_TIME))
            found += [_waiting(_WAIT)] * count
        else:
            found += _shorter(run, style.waits, number == len(runs) - 1)
    return found


def _is_useless(move: Move) -> bool:
    return move.idle and DROPPABLE.match(move.action or "") is not None


def _there_already(moves: Sequence[Move]) -> Iterator[Move]:
    """The moves; to put a thing where it was put before is idle, whatever else happens then."""
    standing: set[tuple[int, ...]] = set()
    for move in moves:
        verb = (move.action or "").partition(" ")[0]
        if verb == "move":
            yield replace(move, idle=move.idle or move.numbers in standing)
        else:
            yield move
        if verb in ("move", "pick", "put"):
            standing = {pair for pair in standing if not set(pair) & set(move.numbers)}
        if verb == "move":
            standing.add(move.numbers)


def _taps_left_on(moves: Sequence[Move]) -> Iterator[Move]:
    """The moves without turning taps off, or on again."""
    running: set[str] = set()
    for move in moves:
        if move.action == "deactivate sink" or (
            move.action == "activate sink" and move.place in running
        ):
            continue
        if move.action == "activate sink":
            running.add(move.place)
        yield move


def _is_passive(move: Move) -> bool:
    """Whether an agent does it to let time pass, or to see or measure something."""
    action = move.action or ""
    return action in _WAITS or move.reading or (move.told and action.startswith(_LOOKS))


def _is_watching(run: Sequence[Move]) -> bool:
    return len(run) > _FEW and all((move.action or "").startswith(_LOOKS) for move in run)


def _shorter(run: Sequence[Move], waits: Callable[[int], list[str]], last: bool) -> list[Move]:
    readings = [move for move in run if move.reading]
    waited = any(move.action in _WAITS for move in run)
    if len(run) <= _FEW and not (waited or last):
        return readings
    kept = [] if last else readings[-1:]
    return [*map(_waiting, waits(_time(run) - _time(kept))), *kept]


def _time(run: Sequence[Move]) -> int:
    return sum(move.time for move in run)


def _waiting(action: str) -> Move:
    return Move((action,), action, _WAIT1_TIME if action == _WAIT1 else _WAIT_TIME)
