"""What an instruction means, apart from its words, and the routes that it can mean.

An instruction is a row of moves. Each leads along the line on which one walks to certain steps of
it; what else is said of the way ("passing a bank on your left") leaves out those steps for which
it is not true. :func:`denoted` follows all moves over the whole city and returns every route that
agrees with them: an instruction describes its route if that is the only one.

Where a sentence can be read in two ways, both readings count. So a landmark that is named without
a number means each one of its kind down to the end of the street, not just the first.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from envs.touchdown.city.kinds import PARK
from envs.touchdown.city.walks import Line, Pass, Walks

SOON = 4
"""Steps after a turn that are soon after it."""

JUST = 3
"""Steps that are still "just past" something."""

TOO_FAR = 8
"""Steps after the goal in which one sees that one has gone too far."""


_NEAR = {
    "just past": (-JUST, -1),
    "just before": (1, JUST),
    "opposite": (-1, 1),
    "beyond": (1, TOO_FAR),
}
"""Where a landmark is that tells where to stop: first and last step, from there."""


class Sight(NamedTuple):
    """A landmark as it is spoken of.

    Attributes:
        name: its name, or empty.
        noun: what kind of thing it is, or empty.
        side: ``left``, ``right``, at an intersection also ``near left`` and the like or ``ahead``,
            or empty.
        nth: which of those that come by it is, from 1; 0 for any.
    """

    name: str
    noun: str
    side: str = ""
    nth: int = 0


class Note(NamedTuple):
    """Something else that is said of a way or of its end.

    Attributes:
        what: ``start`` (beside where one is), ``along`` (passed on the way), ``corner`` (at the
            intersection), and of the place to stop ``just past``, ``just before``, ``opposite``,
            ``beyond`` (if one gets there, one has gone too far) or ``soon`` (after the turn).
        sight: of what; None for ``soon``.
    """

    what: str
    sight: Sight | None = None


@dataclass(frozen=True, slots=True)
class Through:
    """Go straight on through so many intersections of a kind."""

    count: int
    junction: str
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Past:
    """Go straight on past something."""

    sight: Sight
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Turn:
    """Go straight on to an intersection and turn there.

    Attributes:
        side: ``left`` or ``right``.
        junction: what kind of intersection it is.
        nth: which of its kind, from 1; 0 if it is told by the notes.
        notes: what else is said of it.
    """

    side: str
    junction: str
    nth: int
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Stop:
    """Go straight on to where one stops.

    Attributes:
        how: ``beside``, ``past`` or ``before`` something, where something long ``begins`` or
            ``ends``, ``between`` two things, after some ``steps``, ``in`` an intersection, one
            step ``short`` of it or one step ``over`` it.
        sight: of what.
        other: between it and what.
        junction: what kind of intersection.
        nth: which of its kind, from 1; 0 if it is told by the notes.
        count: how many steps.
        notes: what else is said of it.
    """

    how: str
    sight: Sight | None = None
    other: Sight | None = None
    junction: str = ""
    nth: int = 0
    count: int = 0
    notes: tuple[Note, ...] = ()


Move = Through | Past | Turn | Stop


class _State(NamedTuple):
    """Where one of the routes has come to."""

    line: Line
    entered: int
    """The step at which it came into the line."""
    step: int
    """The step up to which it is told."""
    walked: tuple[int, ...]
    """The panoramas before the line."""


def denoted(
    walks: Walks, start: int, onwards: int, moves: Sequence[Move]
) -> frozenset[tuple[int, ...]]:
    """All routes that agree with an instruction.

    Args:
        walks: of the city.
        start: the panorama where it begins.
        onwards: the next panorama, to which one looks there.
        moves: turns, with what is between them, and a stop at the end.

    Returns:
        The panoramas of each, from the start to where it says to stop.
    """
    line, step = walks.spot(start, onwards)
    states = [_State(line, step, step, ())]
    routes: set[tuple[int, ...]] = set()
    for move in moves:
        later: list[_State] = []
        for state in states:
            line, entered, step, walked = state
            for reached in follow(walks, line, step, move):
                if isinstance(move, Stop):
                    routes.add((*walked, *line.panos[entered : reached + 1]))
                elif isinstance(move, Turn):
                    before = (*walked, *line.panos[entered:reached])
                    for branch in walks.branches(line, reached, move.side):
                        other, there = walks.spot(line.panos[reached], branch)
                        later.append(_State(other, there, there, before))
                else:
                    later.append(state._replace(step=reached))
        states = later
    return frozenset(routes)


def reached(walks: Walks, line: Line, step: int, moves: Iterable[Move]) -> frozenset[int]:
    """The steps of one line to which moves can lead, one after the other."""
    steps = frozenset([step])
    for move in moves:
        steps = frozenset(to for each in steps for to in follow(walks, line, each, move))
    return steps


def follow(walks: Walks, line: Line, step: int, move: Move) -> set[int]:
    """The steps of a line to which a move can lead from one of its steps."""
    if isinstance(move, Through):
        found: Iterable[int] = crossings(walks, line, step, move.junction, move.count)
    elif isinstance(move, Past):
        found = _past(walks, line, step, move.sight)
    elif isinstance(move, Turn):
        found = (
            each
            for each in crossings(walks, line, step, move.junction, move.nth)
            if walks.branches(line, each, move.side)
        )
    else:
        found = (each for each in _stops(walks, line, step, move) if step < each <= line.end)
    steps = set(found)
    for note in move.notes:
        steps = {each for each in steps if _true(walks, line, step, each, note)}
    return steps


def crossings(walks: Walks, line: Line, step: int, junction: str, nth: int) -> list[int]:
    """Intersections of a kind after a step: all of them, or with ``nth`` that one."""
    found = walks.counted(line, junction)
    first = bisect_right(found, step)
    return found[first + nth - 1 : first + nth] if nth else found[first:]


def matches(walks: Walks, line: Line, step: int, sight: Sight) -> Iterator[Pass]:
    """What a landmark can be among the places that one passes from a step on."""
    counted = started = 0
    for each in walks.called(line, sight.name, sight.noun):
        if each.at[-1] < step or sight.side not in ("", each.side):
            continue
        counted += 1
        started += each.at[0] <= step  # may or may not be counted: one stands in front of it
        if not sight.nth or counted - started <= sight.nth <= counted:
            yield each


def _past(walks: Walks, line: Line, step: int, sight: Sight) -> Iterator[int]:
    """Where one has passed something: in front of it, or even just before, as people say it."""
    for each in matches(walks, line, step, sight):
        begin = each.at[-1] if walks.places[each.place].kind == PARK else each.at[0]
        yield from range(max(step, begin - 1), each.at[-1] + 1)


def _stops(walks: Walks, line: Line, step: int, move: Stop) -> Iterator[int]:
    if move.how == "steps":
        yield step + move.count
    elif move.how in ("in", "short", "over"):
        off = {"in": 0, "short": -1, "over": 1}[move.how]
        for each in crossings(walks, line, step, move.junction, move.nth):
            yield each + off
    elif move.sight:
        for passed in matches(walks, line, step, move.sight):
            if move.how == "between" and move.other:
                yield from _between(walks, line, step, passed, move.other)
            else:
                yield from _at(passed, walks.places[passed.place].kind == PARK, move.how)


def _between(walks: Walks, line: Line, step: int, one: Pass, other: Sight) -> Iterator[int]:
    for each in matches(walks, line, step, other):
        if each.at[0] - one.at[-1] <= JUST:
            yield from range(one.at[-1] + 1, each.at[0])


def _at(passed: Pass, long: bool, how: str) -> Iterator[int]:
    first, last = passed.at[0], passed.at[-1]
    if how == "beside":
        yield from passed.at
    elif how in ("begins", "ends"):
        yield first if how == "begins" else last
    elif how == "past":
        yield from [last + 1] if long else (each + 1 for each in passed.at)
    else:
        yield from [first - 1] if long else (each - 1 for each in passed.at)


def _true(walks: Walks, line: Line, step: int, to: int, note: Note) -> bool:
    """Whether a note can be true of the way from one step to another."""
    if note.sight is None:
        return to - step <= SOON
    if note.what == "corner":
        name, noun, side, _ = note.sight
        return any(
            each.corner.endswith(side) and walks.is_called(each.place, name, noun)
            for each in walks.corners(line, to)
        )
    if note.what in ("start", "along"):
        low, high = (step - 1, step + 2) if note.what == "start" else (step, to)
    else:
        first, last = _NEAR[note.what]
        low, high = to + first, to + last
        if note.what == "just past":
            low = max(step, low)
    return any(
        each.at[0] <= high and each.at[-1] >= low for each in matches(walks, line, low, note.sight)
    )
