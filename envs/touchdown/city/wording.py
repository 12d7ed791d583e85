"""Putting what an instruction means into words."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from envs.touchdown.city import phrases
from envs.touchdown.city.meaning import (
    Move,
    Note,
    Past,
    Sight,
    Stop,
    Through,
    Turn,
)
from envs.touchdown.city.phrases import pick
from envs.touchdown.city.walks import END, INTERSECTION, LEFT, LIGHT, RIGHT

SENTENCES = (2, 3, 4), (1, 4, 5)
"""Sentences of an instruction, and how often."""

_NUMBERS = ("", "one", "two", "three", "four", "five")
_ORDINALS = ("", "first", "second", "third", "fourth", "fifth")
_SHORT_ORDINALS = ("", "1st", "2nd", "3rd", "4th", "5th")
_DIGITS = 0.25
"""Chance to write a number in digits."""

_ALONE = 0.38
"""Chance that something more is said in a sentence of its own."""

_OPENED = 0.22
_SUBORDINATE = 0.35
_FRONTED = 0.4


@dataclass(slots=True)
class _Part:
    """A move in words.

    Attributes:
        text: imperative, e.g. ``turn left at the second light``.
        first: the same for the beginning of a sentence.
        after: for the beginning of a sentence that goes on, e.g. ``after passing a bank, ``.
        before: sentences that come before it.
        besides: sentences that come after it.
    """

    text: str
    first: str = ""
    after: str = ""
    before: list[str] = field(default_factory=list)
    besides: list[str] = field(default_factory=list)


def say(rng: random.Random, moves: Sequence[Move]) -> str:
    """An instruction of two to four sentences."""
    return _Speaker(rng).say(moves)


class _Speaker:
    """Says one instruction.

    Args:
        rng: draws the words.
    """

    def __init__(self, rng: random.Random):
        self.rng = rng
        self._own = 0
        """Sentences so far that say something besides."""
        self._split = False
        """Whether one of them stands between two moves."""

    def say(self, moves: Sequence[Move]) -> str:
        parts = []
        before: Move | None = None
        for move in moves:
            parts.append(self._part(move, before))
            before = move
        sentences: list[str] = []
        for group in self._grouped(parts):
            sentences += group[0].before
            opening = bool(sentences) and self.rng.random() < _OPENED
            sentences.append(self._joined(group, opening))
            sentences += group[-1].besides
        return " ".join(f"{each[0].upper()}{each[1:]}." for each in sentences)

    def _grouped(self, parts: list[_Part]) -> list[list[_Part]]:
        """Parts of one sentence each: the shortest neighbours are joined until they are few."""
        groups = [[part] for part in parts]
        most = max(1, self.rng.choices(*SENTENCES)[0] - self._own)
        while len(groups) > most:
            joints = [
                (len(groups[k]) + len(groups[k + 1]), self.rng.random(), k)
                for k in range(len(groups) - 1)
                if not groups[k][-1].besides and not groups[k + 1][0].before
            ]
            if not joints:
                break
            k = min(joints)[2]
            groups[k : k + 2] = [groups[k] + groups[k + 1]]
        return groups

    def _joined(self, group: list[_Part], opening: bool) -> str:
        said = [part.text for part in group]
        if len(group) > 1 and group[0].after and self.rng.random() < _SUBORDINATE:
            said[:2] = [group[0].after + said[1]]
            opening = False
        elif group[0].first and self.rng.random() < _FRONTED:
            said[0] = group[0].first
            opening = False
        while len(said) > 1:
            joints = phrases.JOINED_BY_COMMAS if "," in "".join(said) else phrases.JOINED
            count = min(3, len(said))
            said[:count] = [pick(self.rng, joints[count]).format(*said[:count])]
        return pick(self.rng, phrases.OPENINGS) + said[0] if opening else said[0]

    # Moves

    def _part(self, move: Move, before: Move | None) -> _Part:
        if isinstance(move, Through):
            part = self._through(move)
        elif isinstance(move, Past):
            part = self._past(move)
        elif isinstance(move, Turn):
            part = self._turn(move, before)
        else:
            part = self._stop(move, before)
        for note in move.notes:
            if not (note.what == "corner" and isinstance(move, Turn) and move.nth == 0):
                self._note(part, note, move)
        return part

    def _through(self, move: Through) -> _Part:
        junction = self._one_of(phrases.JUNCTIONS[move.junction])
        words = {
            "j": junction,
            "js": phrases.PLURALS.get(junction, junction + "s"),
            "n": self._number(move.count),
        }
        one = move.count == 1
        text = self._fill(phrases.THROUGH_ONE if one else phrases.THROUGH, words)
        return _Part(
            text, after=self._fill(phrases.AFTER_ONE if one else phrases.AFTER_SEVERAL, words)
        )

    def _past(self, move: Past) -> _Part:
        words = self._landmark(move.sight)
        known = move.sight.name or move.sight.nth
        text = self._fill(phrases.PAST_KNOWN if known else phrases.PAST, words)
        return _Part(text, after=self._fill(phrases.AFTER_PASSING, words))

    def _turn(self, move: Turn, before: Move | None) -> _Part:
        words = {"to": move.side, "nth": self._ordinal(move.nth)}
        if move.junction in (LEFT, RIGHT):
            return _Part(self._fill(phrases.TAKE_BRANCH, words))
        words["turn"] = self._fill(phrases.TURN, words)
        words["place"] = self._place(move, before)
        return _Part(
            f"{words['turn']} {self._fill(phrases.AT, words)}",
            first=self._fill(phrases.FIRST_AT, words),
        )

    def _stop(self, move: Stop, before: Move | None) -> _Part:
        if move.how == "steps":
            steps = phrases.STEPS.get(move.count, phrases.MORE_STEPS)
            said = self._fill(steps, {"n": self._number(move.count)})
            return _Part(self._fill(phrases.STOP_STEPS, {"steps": said}))
        if move.sight:
            words = self._landmark(move.sight)
            if move.other:
                other = self._landmark(move.other)
                words |= {"y": other["x"], "yside": other["side"]}
            return _Part(self._fill(phrases.STOPS[move.how], words))
        place = self._place(move, before)
        if move.junction == LIGHT and move.how == "in":
            place = self._fill(phrases.LIGHT_PLACE, {"place": place})
        return _Part(self._fill(phrases.STOPS[move.how], {"place": place}))

    def _place(self, move: Turn | Stop, before: Move | None) -> str:
        """An intersection: by its number, its corner, or what it is."""
        if move.junction == END:
            return self._fill(phrases.END, {})
        words = {"j": self._one_of(phrases.JUNCTIONS[move.junction])}
        if move.nth == 0:
            sight = next(note.sight for note in move.notes if note.what == "corner" and note.sight)
            ways: tuple[str, ...] = phrases.WITH_CORNER
            if not sight.side and move.junction == INTERSECTION:
                ways = phrases.CORNER_OF
            return self._fill(ways, words | self._landmark(sight))
        words["nth"] = self._ordinal(move.nth)
        if move.nth > 1:
            return self._fill(phrases.NTH, words)
        if before is None:
            return self._fill(phrases.FIRST, words)
        same = isinstance(before, Through) and before.junction == move.junction
        return self._fill(phrases.NEXT_SAME if same else phrases.NEXT, words)

    # What is said besides

    def _note(self, part: _Part, note: Note, move: Move) -> None:
        words = self._landmark(note.sight) if note.sight else {}
        splits = note.what != "start" and not isinstance(move, Stop)
        alone = self._own < 2 and not (splits and self._split)
        if alone and (note.what in ("start", "beyond") or self.rng.random() < _ALONE):
            said = self._fill(phrases.ALONE[note.what], words)
            (part.before if note.what == "start" else part.besides).append(said)
            self._own += 1
            self._split |= splits
        elif note.what == "start":
            part.text = f"{self._fill(phrases.TOO[note.what], words)}, {part.text}"
            part.first = part.after = ""
        else:
            before = note.what == "along" and not isinstance(move, Through)
            said = self._fill(phrases.TOO["before" if before else note.what], words)
            part.text += said
            part.first = part.first and part.first + said
            part.after = ""

    # Words

    def _landmark(self, sight: Sight) -> dict[str, str]:
        """A landmark with the article that it has when it is known, and when it is new."""
        if sight.name:
            known = new = f"the {sight.name.removeprefix('The ')} {sight.noun}"
            if not sight.noun:
                known = new = sight.name
        elif sight.nth:
            known = new = f"the {self._ordinal(sight.nth)} {sight.noun}"
        else:
            known = f"the {sight.noun}"
            new = f"{'an' if sight.noun[0].lower() in 'aeiou' else 'a'} {sight.noun}"
        side = sight.side.rpartition(" ")[2]
        beside = phrases.SIDES if side == sight.side and side else ()
        words = {"x": known, "a": new, "to": side}
        words["side"] = f" {self._fill(beside, words)}" if beside else ""
        words["corner"] = f" {self._fill(phrases.CORNERS[sight.side], words)}"
        return words

    def _number(self, number: int) -> str:
        return str(number) if self.rng.random() < _DIGITS else _NUMBERS[number]

    def _ordinal(self, number: int) -> str:
        short = self.rng.random() < _DIGITS
        return (_SHORT_ORDINALS if short else _ORDINALS)[number]

    def _one_of(self, words: Sequence[str]) -> str:
        return words[int(self.rng.random() * len(words))]

    def _fill(self, templates: tuple[str, ...], words: dict[str, str]) -> str:
        return pick(self.rng, templates).format_map(words)
