"""The leg of an instruction that an episode is in, as rows: what it tells, what of it has come."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import product

from policies.clues import Clues, Thing, Ways
from policies.layout import (
    AHEAD,
    AHEAD_BUCKETS,
    MOST_CROSSINGS,
    MOST_LEGS,
    MOST_TIMES,
    ClueLayout,
    LegLayout,
    age_bucket,
    share_bucket,
)
from policies.legs import Legs
from policies.traffic import goes_with
from policies.turning import SIDES, STOP, goes_back, side_of
from policies.words import UNKNOWN, Vocabulary

CROSSING = "intersection"
"""Word of the line that says that streets cross."""
LIGHT = "light"
"""Stem of what stands at many of them."""
CLOSE = 2
"""Steps within which two crossings are those of one street, whose lanes are apart, and before which
the light of a crossing was in sight."""

_LARGE = frozenset("4 5 6 7 8".split())
"""Numbers of ways that an intersection has where streets cross and none just ends."""
_LONG_AGO = -100


class LegEncoder:
    """Follows one episode through the legs of its instruction (:mod:`policies.legs`).

    Args:
        layout: where the rows are.
        instruction: what the agent was asked to do.
        asked: places in the instruction of the stems of its words, of those that are read.
        words: how many of its words are read.

    Attributes:
        now: how often something was seen.
    """

    def __init__(
        self, layout: LegLayout, instruction: str, asked: Mapping[str, Sequence[int]], words: int
    ) -> None:
        self._layout = layout
        self._asked = asked
        self._words = words
        self._legs = Legs(instruction)
        self._present = self._legs.words(words)
        """Words of the present leg, by their places."""
        self._clues = Clues(self._legs, asked, self._present)
        self._found: dict[str, int] | None = None
        """The clues, once they were asked for."""
        self._met: Counter[tuple[str, ...]] = Counter()
        self._said: dict[tuple[tuple[str, ...], tuple[str, ...]], list[int]] = {}
        """What the present leg says of things that were in sight, as rows."""
        self._open: frozenset[str] = frozenset()
        self._flows: frozenset[str] = frozenset()
        self.now = 0
        self._light = _LONG_AGO
        """When one was last in sight."""
        self._came = [_LONG_AGO, _LONG_AGO]
        """When a street last crossed the way, and when one did that has lights or leads both ways,
        where people expect lights."""
        self._crossed = [0, 0]
        """How many of them the present leg has come to."""

    def act(self, action: str) -> None:
        """Take note of an action."""
        if self._legs.act(action):
            self._present = self._legs.words(self._words)
            self._clues.begin(self._present)
            self._met.clear()
            self._said.clear()
            self._crossed = [0, 0]

    def see(
        self,
        words: Iterable[str],
        leading: Sequence[str],
        things: Sequence[Thing],
        fresh: Iterable[tuple[str, ...]],
        flows: frozenset[str],
    ) -> None:
        """Take note of what is in sight.

        Args:
            words: of lines that list nothing, such as those that say where streets lead.
            leading: where they lead, one by one.
            things: in sight.
            fresh: those of the things that have come into sight.
            flows: directions that are with the traffic; none if that is not said.
        """
        plain = frozenset(words)
        self._open = plain.intersection(SIDES)
        self._flows = flows
        self._met.update(fresh)
        self.now += 1
        lights = [thing.where for thing in things if LIGHT in thing.name]
        if lights:
            self._light = self.now
        crossing = CROSSING in plain
        another = crossing and self.now - self._came[0] > CLOSE
        if crossing:
            self._cross(0)
            if self.now - self._light <= CLOSE or not _LARGE.isdisjoint(plain):
                self._cross(1)
        number = max((int(word) for word in plain if word.isdigit()), default=0)
        ways = Ways(leading, number, crossing, another, lights)
        self._found = None
        self._clues.see((thing for thing in things if LIGHT not in thing.name), ways)

    def _cross(self, by: int) -> None:
        self._crossed[by] += self.now - self._came[by] > CLOSE
        self._came[by] = self.now

    def bags(self) -> list[list[int]]:
        """Two bags: what the present leg tells; what of it has come up in it, and how often."""
        layout, legs = self._layout, self._legs
        told = [
            layout.side + ("", *SIDES).index(legs.side),
            layout.to_come + min(legs.left, MOST_LEGS - 1),
            layout.crossings + min(legs.crossings.reached * legs.counted, MOST_CROSSINGS - 1),
            layout.since_crossing + age_bucket(self.now, self._came[0]),
            *(layout.ahead + AHEAD_BUCKETS * by + ahead for by, ahead in enumerate(self._ahead())),
            *(-1 - at for at in self._present),
        ]
        met = list[int]()
        for stems, times in self._met.items():
            found = [
                at for each in stems for at in self._asked.get(each, ()) if at in self._present
            ]
            if found:
                met += [layout.met + min(times, MOST_TIMES - 1), *(-1 - at for at in found)]
        return [told, met]

    def choice(self, action: str) -> list[int]:
        """Whether an action turns as is told, and whether it goes with the traffic.

        To that side, at that crossing, into a street.
        """
        told = self._turning(action)
        if self._flows:
            told.append(self._layout.traffic + goes_with(action, self._flows))
        return told

    def _turning(self, action: str) -> list[int]:
        side = side_of(action)
        if not side:
            return []
        told = 0 if not self._legs.side else 1 if side == self._legs.side else 2
        rows = [self._layout.as_told + told + (0 if side in self._open else 3)]
        due = [
            AHEAD_BUCKETS * (3 * by + told) + ahead for by, ahead in enumerate(self._ahead()[:2])
        ]
        return rows + [self._layout.due + each for each in due]

    def clues(self, action: str, layout: ClueLayout, vocabulary: Vocabulary) -> list[int]:
        """The clues (:mod:`policies.clues`) as rows, for an action that turns or stops."""
        side = side_of(action)
        if action != STOP and not side:
            return [layout.back] if goes_back(action) else []
        kind = 2 if action == STOP else int(side != self._legs.side)
        rows = layout.rows(kind, self._values() | (self._clues.side(side) if side else {}))
        parts = zip((True, False), self._legs.nameless(self._present), strict=True)
        for closing, words in parts:
            known = dict.fromkeys(vocabulary[word] for word in words)
            rows += [layout.word(kind, closing, word) for word in known if word != UNKNOWN]
        return rows

    def _values(self) -> dict[str, int]:
        """The clues that are the same for all actions."""
        if self._found is None:
            ahead, otherwise, passed, _ = self._ahead()
            self._found = {
                **self._clues.values(),
                "ahead": ahead,
                "ahead_else": otherwise,
                "ahead_passed": passed,
                "reached": min(self._legs.crossings.reached, MOST_CROSSINGS - 1),
            }
        return self._found

    def _ahead(self) -> list[int]:
        """Buckets of how many crossings are ahead: up to the one reached, to the last one passed.

        Each is counted as the leg names crossings, by streets or by lights, and as it does not.
        """
        crossed = reversed(self._crossed) if self._legs.lights else self._crossed
        return [
            max(-AHEAD, min(told - each, AHEAD)) + AHEAD
            for told, each in product(reversed(self._legs.crossings), [*crossed])
        ]

    def tells(self, stems: Sequence[str]) -> bool:
        """Whether the present leg has one of some stems."""
        return any(self._legs.when(self._asked[each]) == 0 for each in stems if each in self._asked)

    def sight(self, name: tuple[str, ...], kind: tuple[str, ...]) -> list[int]:
        """What the instruction says of a thing, as rows.

        How much of its name and of its kind the present leg has, and of these what tells of the
        leg's end; or whether an earlier or later leg has some of it; or whether it is but spoken of
        for who has gone wrong.

        Args:
            name: its stems.
            kind: stems of what it is, where that is said besides.
        """
        rows = self._said.get((name, kind))
        if rows is None:
            rows = self._said[name, kind] = self._say(name, kind)
        return rows

    def _say(self, name: Sequence[str], kind: Sequence[str]) -> list[int]:
        layout, rows = self._layout, list[int]()
        for part, now, closing in (
            (name, layout.told_now, layout.closing),
            (kind, layout.kind_now, layout.kind_closing),
        ):
            asked = [self._asked[each] for each in part if each in self._asked]
            told = [places for places in asked if self._legs.when(places) == 0]
            rows.append(now + share_bucket(len(told), len(part)))
            ends = sum(self._legs.closes(places) for places in told)
            rows.append(closing + share_bucket(ends, len(part)))
            if asked and not told:
                nearest = min((self._legs.when(places) for places in asked), key=abs)
                rows.append(layout.told + (nearest > 0))
            if asked and all(self._legs.is_aside(places) for places in asked):
                rows.append(layout.aside)
        return rows
