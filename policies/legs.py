"""An instruction as legs: what it tells up to each of its turns, and what it tells after the last.

"Go through one light and turn left at the bank. Stop at the cafe." has two legs, of which the first
ends with a turn to the left. Who has turned once is in the second, where no bank is spoken of. So
the turns that were taken say which of the words matter now, in streets that nobody has seen before.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from policies.crossings import ORDINALS, Crossings, asides, told_crossings
from policies.turning import Turning
from policies.words import cut_words, stem, word_starts

_BETWEEN = (
    rf"(?:(?:an?|the|to|your|one|{'|'.join(ORDINALS)}|next|final|last|another|following|possible|immediate"
    r"|quick|sharp|hard|slight)\s+)*"
)
_TOLD = re.compile(
    r"\b(?:(?<!a left )(?<!a right )turn|mak|tak|hang|go|bear|veer|head"
    r"|(?<!left )(?<!right )(?:and|then))\w*\s+"
    rf"{_BETWEEN}(?:(?:street|road|turn|corner)\s+(?:on|to)\s+(?:the|your)\s+)?(left|right)\b",
    re.IGNORECASE,
)
"""A turn in an instruction: "make the next right", "take the first street on your left"."""
_SENTENCE = re.compile(r"[.!?;](?=\s)\s*")
_CLAUSE = re.compile(r",|\b(?:and|then)\b", re.IGNORECASE)
_THEN = r"(?:,|\band\b|\bthen\b)[\s,]*(?:(?:then|you|will)\s+)*"
_STOP = r"(?<!bus )\bstop(?:ping)?\b(?!\s*(?:light|sign))"
_GOING_ON = re.compile(
    rf"(?:{_THEN})?{_STOP}|{_THEN}(?:go|walk|proceed|continu|head|pass|travel|keep|mov|follow"
    r"|take\s+(?:a|one|two)\s+(?:\w+\s+){0,2}step)",
    re.IGNORECASE,
)
"""What is done after a turn, in the sentence that tells it."""
_END = re.compile(rf"{_STOP}|\bdestination\b|\bgoal\b|\barriv(?:e|ing)\b", re.IGNORECASE)
_LIGHT = re.compile(r"light|\bsignal", re.IGNORECASE)


class Turn(NamedTuple):
    """A turn that is told: its characters, and to which side it is."""

    start: int
    end: int
    side: str


class Leg(NamedTuple):
    """A part of an instruction.

    Attributes:
        end: of its characters.
        side: to which the turn is that it ends with; empty if no turn follows.
        crossings: streets it tells of that cross the way.
        lights: whether it names them by their lights.
        close: of its characters, the first of what tells of its end: the sentence of its turn, or
            what follows "stop".
        counted: whether it tells of crossings; a turn that is told without is at the first one or
            at a later one.
    """

    end: int
    side: str
    crossings: Crossings
    lights: bool
    close: int
    counted: bool


def told_turns(instruction: str) -> list[Turn]:
    """The turns that an instruction tells, in order."""
    return [Turn(*found.span(), found[1].lower()) for found in _TOLD.finditer(instruction)]


def read_legs(instruction: str) -> list[Leg]:
    """The legs of an instruction; one more than it tells turns.

    A leg goes on to the end of the sentence that tells its turn, where landmarks stand as well as
    before it, or to the clause of that sentence that tells to go on, to turn again or to stop.
    """
    turns = told_turns(instruction)
    begins = [turn.start for turn in turns[1:]] + [len(instruction)]
    ends = [
        _end(instruction, turn, begin)
        for turn, begin in zip(turns, begins, strict=False)  # one more if there is no turn
    ]
    parts = pairwise([0, *ends, len(instruction)])
    told = [*turns, None]
    return [
        _leg(instruction, begin, end, turn) for (begin, end), turn in zip(parts, told, strict=True)
    ]


def _leg(text: str, begin: int, end: int, turn: Turn | None) -> Leg:
    """The leg between two characters, and the turn that it ends with."""
    part = text[begin:end]
    passed, reached = told_crossings(part)
    counted = reached > 0
    lights = _LIGHT.search(part) is not None
    if turn is None:
        return Leg(end, "", Crossings(passed, reached), lights, _stop(text, begin), counted)
    reached = max(reached, passed + 1)  # who passes one and turns has come to another
    close = _sentence(text, begin, turn.start)
    return Leg(end, turn.side, Crossings(passed, reached), lights, close, counted)


def _sentence(text: str, begin: int, at: int) -> int:
    """Where the sentence of a character begins, or what of it comes from ``begin`` on."""
    return max((found.end() for found in _SENTENCE.finditer(text, begin, at)), default=begin)


def _stop(text: str, begin: int) -> int:
    """Where it begins to be told where to stop: the last sentence, if it is not told to stop."""
    found = _END.search(text, begin)
    return _sentence(text, begin, len(text)) if found is None else found.start()


def _end(text: str, turn: Turn, begin: int) -> int:
    """Where the leg of a turn ends; ``begin`` is where the next turn is told, or the text ends."""
    sentence = _SENTENCE.search(text, turn.end)
    if sentence is not None and sentence.end() <= begin and sentence.end() < len(text):
        end, next_turn = sentence.end(), False
    else:
        end, next_turn = begin, begin < len(text)
    going_on = _GOING_ON.search(text, turn.end, end)
    if going_on is not None:
        return going_on.start()
    if not next_turn:
        return end
    clauses = [found.start() for found in _CLAUSE.finditer(text, turn.end, end)]
    return clauses[-1] if clauses else turn.end


class Legs:
    """Follows an episode through the legs of its instruction.

    Args:
        instruction: what the agent was asked to do.

    Attributes:
        now: number of the present leg, from 0; the last one does not end.
        stems: of all words of the instruction.
    """

    def __init__(self, instruction: str) -> None:
        self._legs = read_legs(instruction)
        self._instruction = instruction
        starts = word_starts(instruction)
        words = cut_words(instruction)
        self._ends = [start + len(word) for start, word in zip(starts, words, strict=True)]
        self._words = words
        self.stems = [stem(word) for word in words]
        self._names = [_is_name(instruction, start) for start in starts]
        self._of_words = _legs_of_words(starts, self._legs)
        aside = asides(instruction)
        self._aside = [any(begin <= at < end for begin, end in aside) for at in starts]
        self._closing = [
            start >= self._legs[leg].close and not beside
            for start, leg, beside in zip(starts, self._of_words, self._aside, strict=True)
        ]
        self._turning = Turning()
        self.now = 0

    @property
    def side(self) -> str:
        """Of the turn that the present leg ends with; empty if no more is told."""
        return self._legs[self.now].side

    @property
    def crossings(self) -> Crossings:
        """The crossings that the present leg tells of."""
        return self._legs[self.now].crossings

    @property
    def counted(self) -> bool:
        """Whether the present leg tells of crossings."""
        return self._legs[self.now].counted

    @property
    def lights(self) -> bool:
        """Whether the present leg names crossings by their lights."""
        return self._legs[self.now].lights

    @property
    def left(self) -> int:
        """How many turns are still to come."""
        return len(self._legs) - 1 - self.now

    def act(self, action: str) -> bool:
        """Take note of an action; whether it ended a leg.

        That is a turn to the side that is told. One to the other side follows a street that bends,
        or is the next one that is told, where the street bends for which this one was told.
        """
        side = self._turning.act(action)
        ahead = [leg.side for leg in self._legs[self.now : self.now + 2]]
        if not side or side not in ahead:
            return False
        self.now += 1 + ahead.index(side)
        return True

    def words(self, count: int) -> range:
        """Which of the first ``count`` words of the instruction the present leg has."""
        begin = bisect_left(self._of_words, self.now)
        return range(min(begin, count), min(bisect_right(self._of_words, self.now), count))

    def when(self, words: Sequence[int]) -> int:
        """When some words are told, at the nearest: 0 for now, below for earlier, above later."""
        return min((self._of_words[at] - self.now for at in words), key=abs)

    def closes(self, words: Sequence[int]) -> bool:
        """Whether some words are told of where the present leg ends."""
        return any(self._closing[at] and self._of_words[at] == self.now for at in words)

    def names(self, words: Sequence[int]) -> tuple[list[int], list[int]]:
        """Those of some words of the present leg that are of names: told of its end, and others."""
        return self._parted(at for at in words if self._names[at])

    def nameless(self, words: Sequence[int]) -> tuple[list[str], list[str]]:
        """Those that are of none, themselves."""
        closing, others = self._parted(at for at in words if not self._names[at])
        return [self._words[at] for at in closing], [self._words[at] for at in others]

    def _parted(self, words: Iterable[int]) -> tuple[list[int], list[int]]:
        found: tuple[list[int], list[int]] = ([], [])
        for at in words:
            if not self._aside[at]:
                found[not self._closing[at]].append(at)
        return found

    def crossings_behind(self, word: int) -> Crossings:
        """The crossings that the present leg tells of behind one of its words."""
        return told_crossings(self._instruction[self._ends[word] : self._legs[self.now].end])

    def is_aside(self, words: Sequence[int]) -> bool:
        """Whether some words are but for who has gone wrong."""
        return all(self._aside[at] for at in words)


def _is_name(text: str, start: int) -> bool:
    """Whether a word is written as names are: with a capital, though no sentence begins with it."""
    before = text[:start].rstrip(" \"'(")
    return text[start].isupper() and bool(before) and before[-1] not in ".!?"


def _legs_of_words(starts: Sequence[int], legs: Sequence[Leg]) -> list[int]:
    """The leg of each word, by where it begins."""
    found, leg = [], 0
    for start in starts:
        while start >= legs[leg].end and leg + 1 < len(legs):
            leg += 1
        found.append(leg)
    return found
