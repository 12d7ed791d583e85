"""What has come of what a leg of an instruction tells, and what has not.

"Go past the bank, through one more light and turn left at Joe's Pizza": who has passed the bank and
a light and has not met Joe's Pizza goes on. So names that have not come up say that it is too
early, and of the things that have the one that is told last says from where on crossings count.

A clue is a small number, such as how many names have not come up; none knows a name. So what is
learned from clues holds in streets that nobody has seen, whatever stands along them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from policies.layout import FAR, age_bucket
from policies.legs import Legs
from policies.turning import SIDES

_KNOWN = 0.5
"""Share of a name, or of a kind, from which on a leg speaks of the thing."""
_AWAY = 4
"""Where a thing is that is no longer in sight."""
_BESIDE = 2
"""Where a thing is that is on a side."""

_LEAD = re.compile(r"\bleads? (.*)")
_WAY = re.compile(r"(?:slightly |back )?to the (?:left|right)|straight ahead|back(?! to)")
_SQUARE = {"back": 1, "slightly": 2, "to": 3}
"""How near a way to a side is to a right angle, by its first word."""

Key = tuple[tuple[str, ...], tuple[str, ...]]


class Thing(NamedTuple):
    """Something in sight.

    Attributes:
        name: stems of its name.
        kind: stems of what it is, where that is said besides.
        where: words that say where it is.
    """

    name: tuple[str, ...]
    kind: tuple[str, ...]
    where: tuple[str, ...]


class Ways(NamedTuple):
    """What is seen of the ways.

    Attributes:
        leading: where streets lead, one by one.
        number: how many meet here; 0 where that is not said.
        crossing: whether streets cross here.
        fresh: whether that is another crossing than the last.
        lights: where traffic lights are: the words of each.
    """

    leading: Sequence[str]
    number: int
    crossing: bool
    fresh: bool
    lights: Sequence[Sequence[str]]


class _Met(NamedTuple):
    """A thing that the leg speaks of.

    Attributes:
        place: the last word that does.
        last: when it was last in sight.
        first: when it came into sight.
        beside: when it was last on a side.
        where: it was then.
        closing: how much of it is told of the end of the leg.
    """

    place: int
    last: int
    first: int
    beside: int | None
    where: int
    closing: float


class Clues:
    """Follows an episode through the legs of its instruction.

    Args:
        legs: of the instruction.
        asked: places in the instruction of the stems of its words.
        words: of the first leg.
    """

    def __init__(
        self, legs: Legs, asked: Mapping[str, Sequence[int]], words: Sequence[int]
    ) -> None:
        self._legs = legs
        self._asked = asked
        self._now = 0
        self._crossings: list[int | None] = [None, None]
        """When there was one, the last two times."""
        self._light: int | None = None
        self._ways = Ways((), 0, False, False, ())
        self.begin(words)

    def begin(self, words: Sequence[int]) -> None:
        """Another leg begins, which has these words."""
        self._words = words
        self._begun = self._now
        self._met: dict[Key, _Met] = {}
        self._said: dict[Key, tuple[int, float] | None] = {}
        self._stems: set[str] = set()
        self._crossed: list[int] = []
        self._names = self._legs.names(words)

    def see(self, things: Iterable[Thing], ways: Ways) -> None:
        """Take note of what is in sight."""
        self._now += 1
        self._ways = ways
        if ways.lights:
            self._light = self._now
        if ways.crossing:
            self._crossings = [self._crossings[1], self._now]
        if ways.fresh:
            self._crossed.append(self._now)
        for thing in things:
            self._stems.update(thing.name, thing.kind)
            self._meet(thing)

    def _meet(self, thing: Thing) -> None:
        key = thing.name, thing.kind
        if key not in self._said:
            self._said[key] = self._say(thing)
        said = self._said[key]
        if said is None:
            return
        where = _where(thing.where)
        before = self._met.get(key)
        first = self._now if before is None else before.first
        beside = None if before is None else before.beside
        if where == _BESIDE:
            beside = self._now
        self._met[key] = _Met(said[0], self._now, first, beside, where, said[1])

    def _say(self, thing: Thing) -> tuple[int, float] | None:
        """The last word of the leg that is of a thing, and how much of it is of the leg's end."""
        for stems in (thing.name, thing.kind):
            told = [[at for at in self._asked.get(each, ()) if at in self._words] for each in stems]
            known = [places for places in told if places]
            if known and len(known) >= _KNOWN * len(stems):
                closing = sum(self._legs.closes(places) for places in known) / len(stems)
                return max(map(max, known)), closing
        return None

    def values(self) -> dict[str, int]:
        """Clues of :data:`policies.layout.CLUES`, but for :meth:`side` and counted crossings."""
        legs, now = self._legs, self._now
        unmet = [[at for at in names if legs.stems[at] not in self._stems] for names in self._names]
        found = {
            "names_closing": _unmet(self._names[0], unmet[0]),
            "names_before": _unmet(self._names[1], unmet[1]),
            "since_leg": age_bucket(now, self._begun),
            "since_crossing": age_bucket(now, self._crossings[1]),
            "since_one_before": age_bucket(now, self._crossings[0]),
            "since_light": age_bucket(now, self._light),
            "light": min((1 + _where(each) for each in self._ways.lights), default=0),
            "ways": min(self._ways.number, 5),
            "straight": "straight ahead" in self._ways.leading,
            "named": 2 * legs.lights + legs.counted,
            "leg": min(legs.now, 2),
            "to_come": min(legs.left, 3),
        }
        found |= self._behind(unmet)
        found |= self._closing()
        return {clue: int(value) for clue, value in found.items()}

    def _behind(self, unmet: Sequence[Sequence[int]]) -> dict[str, int]:
        """From the thing on that is told last of those that were met."""
        last = max(self._met.values(), key=lambda each: each[:2], default=None)
        if last is None:
            return dict.fromkeys(("last", "names_behind", "ahead_of_last", "ahead_from_last"), 0)
        told = self._legs.crossings_behind(last.place).reached
        return {
            "last": self._place(last),
            "names_behind": 1 + min(sum(at > last.place for each in unmet for at in each), 3),
            "ahead_of_last": 1 + _clipped(told - sum(at > last.last for at in self._crossed)),
            "ahead_from_last": 1 + _clipped(told - sum(at >= last.first for at in self._crossed)),
        }

    def _closing(self) -> dict[str, int]:
        """Of the thing that is told most clearly of the leg's end, the last one in sight."""
        met = [each for each in self._met.values() if each.closing]
        if not met:
            return dict.fromkeys(("closing", "closing_share", "closing_beside", "closing_seen"), 0)
        best = max(met, key=lambda each: (each.closing, each.last, each.place))
        return {
            "closing": self._place(best),
            "closing_share": 1 + (best.closing >= _KNOWN) + (best.closing >= 1),
            "closing_beside": age_bucket(self._now, best.beside),
            "closing_seen": age_bucket(self._now, best.first),
        }

    def _place(self, met: _Met) -> int:
        """Where a thing is, or for how long it has been out of sight."""
        if met.last == self._now:
            return 1 + met.where
        return _AWAY + age_bucket(self._now, met.last)

    def side(self, side: str) -> dict[str, int]:
        """Whether streets lead to a side: at a right angle, slightly, back; and to the other."""
        other = SIDES[side == SIDES[0]]
        ways = [way for way in self._ways.leading if side in way]
        return {
            "open": max((_SQUARE[way.split(" ")[0]] for way in ways), default=0),
            "other_open": int(any(other in way for way in self._ways.leading)),
        }


def leading(observation: str) -> list[str]:
    """Where streets lead: "to the left, straight ahead and slightly to the right" are three."""
    found = _LEAD.search(observation)
    return [] if found is None else _WAY.findall(found[1])


def _unmet(names: Sequence[int], unmet: Sequence[int]) -> int:
    return 1 + min(len(unmet), 3) if names else 0


def _clipped(ahead: int) -> int:
    return max(-FAR, min(ahead, FAR)) + FAR


def _where(words: Sequence[str]) -> int:
    """Ahead, slightly to a side, on a side, or elsewhere."""
    if "ahead" in words:
        return 0
    return 1 if "slightly" in words else 2 if "on" in words else 3
