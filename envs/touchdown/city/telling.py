"""Choosing what to say of a route, so that it is the only one that can be meant."""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from envs.touchdown.city.kinds import KINDS, PARK
from envs.touchdown.city.meaning import (
    JUST,
    SOON,
    TOO_FAR,
    Move,
    Note,
    Past,
    Sight,
    Stop,
    Through,
    Turn,
    matches,
    reached,
)
from envs.touchdown.city.walks import (
    AHEAD,
    END,
    FOUR_WAY,
    INTERSECTION,
    LEFT,
    LIGHT,
    RIGHT,
    THREE_WAY,
    Line,
    Pass,
    Walks,
)

TRIES = 8
"""Ways to tell a part of a route that are tried before another route is drawn."""

MOST_COUNTED = 4
"""Intersections that an instruction lets someone count, at most."""

_TOPIC = {
    "start": "start",
    "along": "way",
    "corner": "end",
    "just past": "end",
    "just before": "end",
    "opposite": "end",
    "soon": "end",
    "beyond": "beyond",
}
"""What a note is about; of a move one thing of each is said."""

_UNNAMED, _BOTH = 0.16, 0.28
"""Chance to call a place that has a name by a noun, and, more than that, by both."""

_AS_SEEN = 0.5
"""Chance to call a kind of place as observations do, without a look at other nouns."""


class Leg(NamedTuple):
    """A part of a route that leads straight on.

    Attributes:
        line: on which it is.
        begin: the step where it begins.
        end: the step where one turns or stops.
        side: to which side one turns; empty at the goal.
    """

    line: Line
    begin: int
    end: int
    side: str


def legs(walks: Walks, panos: Sequence[int]) -> list[Leg]:
    """The parts of a route between its turns."""
    found: list[Leg] = []
    start = 0
    while True:
        line, begin = walks.spot(panos[start], panos[start + 1])
        turn = next(
            (
                step
                for step in line.intersections
                if begin < step < begin + len(panos) - 1 - start
                and (step == line.end or line.panos[step + 1] != panos[start + step - begin + 1])
            ),
            None,
        )
        if turn is None:
            return [*found, Leg(line, begin, begin + len(panos) - 1 - start, "")]
        start += turn - begin
        right = panos[start + 1] in walks.branches(line, turn, RIGHT)
        found.append(Leg(line, begin, turn, RIGHT if right else LEFT))


class Teller:
    """Tells how to walk a route.

    Args:
        walks: of the city.
        rng: draws what is said.
        panos: of the route.
    """

    def __init__(self, walks: Walks, rng: random.Random, panos: Sequence[int]):
        self.walks, self.rng = walks, rng
        self.legs = legs(walks, panos)
        self._told: list[list[Move]] = []
        self._goal = -1
        """The place that tells where to stop."""

    @property
    def moves(self) -> list[Move]:
        """What is said, for all legs together."""
        return [move for told in self._told for move in told]

    def tell(self) -> bool:
        """Choose moves that lead along these legs and nowhere else; whether some were found."""
        self._told = []
        for leg in reversed(self.legs):  # where to stop is the hardest to tell
            draft = self._turn if leg.side else self._stop
            drafts = (draft(leg) for _ in range(TRIES))
            told = next((each for each in drafts if each and self._leads(leg, each)), None)
            if told is None:
                return False
            self._told.insert(0, told)
        return True

    def add_note(self) -> bool:
        """Say one thing more that is true, of a new landmark; whether there was one."""
        number = self.rng.randrange(len(self.legs))
        leg, told = self.legs[number], self._told[number]
        note = self._note(leg, first=number == 0)
        if note is None or (note.sight and _spoken(note.sight) in _landmarks(self.moves)):
            return False
        k = {"along": self.rng.randrange(len(told)), "start": 0}.get(note.what, len(told) - 1)
        move = told[k]
        if isinstance(move, Past) or _TOPIC[note.what] in {
            _TOPIC[each.what] for each in move.notes
        }:
            return False
        more = [*told[:k], replace(move, notes=(*move.notes, note)), *told[k + 1 :]]
        true = self._leads(leg, more)
        if true:
            self._told[number] = more
        return true

    def _leads(self, leg: Leg, moves: Sequence[Move]) -> bool:
        return reached(self.walks, leg.line, leg.begin, moves) == {leg.end}

    # Where to turn

    def _turn(self, leg: Leg) -> list[Move] | None:
        """A way to say where to turn, which may turn out to be wrong."""
        drafts = (self._counted, self._through, self._cornered, self._passed)
        return self.rng.choices(drafts, (18, 18, 36, 28))[0](leg) or self._counted(leg)

    def _counted(self, leg: Leg) -> list[Move] | None:
        options = (LIGHT, LIGHT, INTERSECTION, leg.side, THREE_WAY, FOUR_WAY, END, END)
        junction = self._junction(leg, options)
        nth = self._count(leg, junction, leg.end)
        return [Turn(leg.side, junction, nth)] if nth <= MOST_COUNTED else None

    def _through(self, leg: Leg) -> list[Move] | None:
        """Some intersections to go through, and then the next."""
        kind = self.rng.choice((INTERSECTION, LIGHT))
        count = self._count(leg, kind, leg.end - 1)
        if not 1 <= count <= MOST_COUNTED:
            return None
        then = self._junction(leg, (kind, kind, INTERSECTION, LIGHT, END))
        return [Through(count, kind), self._turn_at_next(leg, then)]

    def _cornered(self, leg: Leg) -> list[Move] | None:
        note = self._corner(leg)
        junction = self._junction(leg, (INTERSECTION, LIGHT))
        return [Turn(leg.side, junction, 0, (note,))] if note else None

    def _passed(self, leg: Leg) -> list[Move] | None:
        """Something to pass, and then the next intersection."""
        last = max((k for k in leg.line.intersections if k < leg.end), default=leg.begin)
        passed = self._beside(leg, max(last - 2, leg.begin + 1), leg.end - 1)
        if passed is None:
            return None
        then = self._junction(leg, (INTERSECTION, LIGHT, LIGHT))
        return [Past(self._sight(leg, passed)), self._turn_at_next(leg, then)]

    def _turn_at_next(self, leg: Leg, junction: str) -> Turn:
        note = self._corner(leg) if self.rng.random() < 0.25 else None
        return Turn(leg.side, junction, 1, (note,) if note else ())

    def _junction(self, leg: Leg, options: Sequence[str]) -> str:
        """What the intersection at the end of a leg is called, among the options that it fits."""
        fitting = [each for each in options if leg.end in self.walks.counted(leg.line, each)]
        return self.rng.choice(fitting or [INTERSECTION])

    def _count(self, leg: Leg, junction: str, upto: int) -> int:
        """Intersections of a kind on a leg, as far as some step."""
        steps = self.walks.counted(leg.line, junction)
        return bisect_right(steps, upto) - bisect_right(steps, leg.begin)

    # Where to stop

    def _stop(self, leg: Leg) -> list[Move] | None:
        """A way to say where to stop, which may turn out to be wrong."""
        before: list[Move] = []
        if self.rng.random() < 0.6:
            kind = self.rng.choice((INTERSECTION, LIGHT))
            count = self._count(leg, kind, leg.end - 1)
            if 1 <= count <= MOST_COUNTED:
                before = [Through(count, kind)]
                begin = max(reached(self.walks, leg.line, leg.begin, before))
                leg = leg._replace(begin=begin)
        first = self.rng.choices(range(3), (74, 16, 10))[0]
        drafts = (self._stop_at_place, self._stop_at_crossing, self._stop_after_steps) * 2
        stops = (draft(leg) for draft in drafts[first : first + 2])
        stop = next((each for each in stops if each), None)
        return [*before, stop] if stop else None

    def _stop_at_place(self, leg: Leg) -> Stop | None:
        options = list(self._stands(leg))
        if not options:
            return None
        how, passed = self.rng.choice(options)
        self._goal = passed.place
        sight = self._sight(leg, passed)
        note = self._end_note(leg) if self.rng.random() < 0.4 else None
        if note and note.sight and _spoken(note.sight) == _spoken(sight):
            return None
        after = self._beside(leg, leg.end + 1, leg.end + 1) if how == "past" else None
        if after and passed.at[-1] >= leg.begin and self.rng.random() < 0.5:
            return Stop("between", sight, other=self._sight(leg, after))
        return Stop(how, sight, notes=(note,) if note else ())

    def _stands(self, leg: Leg) -> Iterator[tuple[str, Pass]]:
        """How the end of a leg can be told by something beside the line."""
        line, step = leg.line, leg.end
        for passed in line.starting.get(step, ()):
            if self.walks.places[passed.place].kind == PARK:
                yield "begins", passed
            elif passed.at == (step,):
                yield from (("beside", passed),) * 3
        for passed in line.ending.get(step, ()):
            if self.walks.places[passed.place].kind == PARK:
                yield "ends", passed
        if step - 1 >= leg.begin:
            yield from (("past", passed) for passed in line.ending.get(step - 1, ()))
        yield from (("before", passed) for passed in line.starting.get(step + 1, ()))

    def _stop_at_crossing(self, leg: Leg) -> Stop | None:
        options = [
            (how, leg.end + off)
            for how, off in (("in", 0), ("short", 1), ("over", -1))
            if leg.end + off in leg.line.intersections and leg.end + off > leg.begin
        ]
        if not options:
            return None
        how, at = self.rng.choice(options)
        junction = self._junction(leg._replace(end=at), (INTERSECTION, LIGHT, LIGHT))
        nth = self._count(leg, junction, at)
        return Stop(how, junction=junction, nth=nth) if nth <= MOST_COUNTED else None

    def _stop_after_steps(self, leg: Leg) -> Stop | None:
        count = leg.end - leg.begin
        return Stop("steps", count=count) if count <= SOON else None

    # Landmarks

    def _note(self, leg: Leg, first: bool) -> Note | None:
        """Something that may be said besides of a leg."""
        if first and self.rng.random() < 0.3:
            passed = self._beside(leg, leg.begin, leg.begin + 2)
            return Note("start", self._noted(passed)) if passed else None
        if self.rng.random() < 0.45:
            passed = self._beside(leg, leg.begin + 1, leg.end - 1)
            return Note("along", self._noted(passed)) if passed else None
        return self._corner(leg) if leg.side else self._end_note(leg)

    def _end_note(self, leg: Leg) -> Note | None:
        """Something more about where to stop."""
        what, low, high = self.rng.choice(
            (
                ("just past", max(leg.begin, leg.end - JUST), leg.end - 1),
                ("just past", max(leg.begin, leg.end - JUST), leg.end - 1),
                ("just before", leg.end + 1, leg.end + JUST),
                ("opposite", leg.end - 1, leg.end + 1),
                ("beyond", leg.end + 1, leg.end + TOO_FAR),
                ("soon", 0, 0),
            )
        )
        if what == "soon":
            return Note("soon") if leg.end - leg.begin <= SOON else None
        passed = self._beside(leg, low, high)
        if passed is None or passed.place == self._goal:
            return None
        return Note(what, self._noted(passed, what == "opposite"))

    def _corner(self, leg: Leg) -> Note | None:
        corners = self.walks.corners(leg.line, leg.end)
        if not corners:
            return None
        found = self.rng.choice(corners)
        side = found.corner
        if side != AHEAD:
            side = self.rng.choice((side, side, side.split()[-1], side.split()[-1], ""))
        return Note("corner", self._spoken_of(found.place, side))

    def _beside(self, leg: Leg, low: int, high: int) -> Pass | None:
        """Something that one passes in some of the steps of a line."""
        found = [
            each
            for step in range(low, high + 1)
            for each in leg.line.starting.get(step, ())
            if each.at[-1] <= high
        ]
        return self.rng.choice(found) if found else None

    def _noted(self, passed: Pass, sided: bool = True) -> Sight:
        """A place beside a line as a landmark of a note."""
        side = passed.side if sided or self.rng.random() < 0.75 else ""
        return self._spoken_of(passed.place, side)

    def _sight(self, leg: Leg, passed: Pass) -> Sight:
        """A place beside a line as a landmark, perhaps as the first or second of its kind."""
        sight = self._noted(passed, sided=False)
        if sight.name or self.rng.random() < 0.5:
            return sight
        same = [
            each.place
            for each in matches(self.walks, leg.line, leg.begin, sight)
            if each.at <= passed.at
        ]
        return sight._replace(nth=len(same)) if len(same) <= MOST_COUNTED else sight

    def _spoken_of(self, number: int, side: str) -> Sight:
        place = self.walks.places[number]
        nouns = KINDS[place.kind].nouns
        noun = nouns[0] if self.rng.random() < _AS_SEEN else self.rng.choice(nouns)
        how = self.rng.random()
        if not place.name or how < _UNNAMED:
            return Sight("", noun, side)
        repeated = any(word in place.name.lower() for each in nouns for word in each.split())
        return Sight(place.name, noun if how < _BOTH and not repeated else "", side)


def _landmarks(moves: Sequence[Move]) -> set[str]:
    """What the landmarks are called that are spoken of."""
    sights = [note.sight for move in moves for note in move.notes]
    sights += [move.sight for move in moves if isinstance(move, Past | Stop)]
    return {_spoken(sight) for sight in sights if sight}


def _spoken(sight: Sight) -> str:
    return sight.name or sight.noun
