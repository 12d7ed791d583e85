"""An instruction as legs: what it tells up to each of its turns, and what it tells after the last.

"Go through one light and turn left at the bank. Stop at the cafe." has two legs, of which the first
ends with a turn to the left. Who has turned once is in the second, where no bank is spoken of. So
the turns that were taken say which of the words matter now, in streets that nobody has seen before.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from policies.words import cut_words, word_starts

SIDES = ("left", "right")
"""Words of actions that turn."""

_WHICH = {
    word: number
    for number, words in enumerate(
        ("first 1st", "second 2nd", "third 3rd", "fourth 4th", "fifth 5th"), start=1
    )
    for word in words.split()
}
_BETWEEN = (
    rf"(?:(?:an?|the|to|your|one|{'|'.join(_WHICH)}|next|final|last|another|following|possible|immediate"
    r"|quick|sharp|hard|slight)\s+)*"
)
_TOLD = re.compile(
    r"(?<!left )(?<!right )\b(?:turn|mak|tak|hang|go|bear|veer|head|and|then)\w*\s+"
    rf"{_BETWEEN}(?:(?:street|road|turn|corner)\s+(?:on|to)\s+(?:the|your)\s+)?(left|right)\b",
    re.IGNORECASE,
)
"""A turn in an instruction: "make the next right", "take the first street on your left"."""
_SENTENCE = re.compile(r"[.!?;](?=\s)\s*")
_CLAUSE = re.compile(r",|\b(?:and|then)\b", re.IGNORECASE)
_STOP = re.compile(r"\bstop\b", re.IGNORECASE)
_PIECE = re.compile(r"[a-z]+|[0-9]+(?:st|nd|rd|th)?|[.,;!?]")
_CROSSINGS = re.compile(r"(?:(?:stop)?light|intersection|signal|junction|cross(?:ing|road))s?")
_MANY = {"two": 2, "both": 2, "couple": 2, "three": 3, "four": 4, "five": 5}
_MANY |= {str(number): number for number in range(2, 6)}
_ONE_MORE = frozenset(("next", "following", "another", "one", "after"))
_BEFORE_IT = 5
"""Words before a crossing that say which it is."""
_SLIGHT = frozenset(("slightly", "behind", "back"))


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
        crossings: how many streets it tells of that cross the way, the last included; 0 for none.
    """

    end: int
    side: str
    crossings: int


def told_turns(instruction: str) -> list[Turn]:
    """The turns that an instruction tells, in order."""
    return [Turn(*found.span(), found[1].lower()) for found in _TOLD.finditer(instruction)]


def end_of_sentence(text: str, at: int) -> int | None:
    """Where the sentence that goes on at a character ends, its mark and blanks included."""
    found = _SENTENCE.search(text, at)
    return None if found is None else found.end()


def read_legs(instruction: str) -> list[Leg]:
    """The legs of an instruction; one more than it tells turns.

    A leg goes on to the end of the sentence that tells its turn, where landmarks stand as well as
    before it, or to the clause of that sentence that tells the next turn or where to stop.
    """
    turns = told_turns(instruction)
    begins = [turn.start for turn in turns[1:]] + [len(instruction)]
    ends = [
        _end(instruction, turn, begin)
        for turn, begin in zip(turns, begins, strict=False)  # one more if there is no turn
    ]
    parts = pairwise([0, *ends, len(instruction)])
    sides = [*(turn.side for turn in turns), ""]
    return [
        Leg(end, side, told_crossings(instruction[begin:end]))
        for (begin, end), side in zip(parts, sides, strict=True)
    ]


def told_crossings(text: str) -> int:
    """How many crossings a leg tells of: 3 in "pass two lights and turn left at the next light".

    "The second light" is the second of the leg, "the next light" one more than before, "a light"
    the first. On map2seq's routes that is the number of crossings up to the turn in four of five
    legs that tell of any.
    """
    found, before = 0, list[str]()
    for piece in _PIECE.findall(text.lower()):
        crossing = _CROSSINGS.fullmatch(piece)
        if crossing:
            found = _one_further(found, before[-_BEFORE_IT:])
        before = [] if crossing or not piece[0].isalnum() else [*before, piece]
    return found


def _one_further(found: int, before: Sequence[str]) -> int:
    """Crossings up to one with these words before it."""
    many = [_MANY[word] for word in before if word in _MANY]
    which = [_WHICH[word] for word in before if word in _WHICH]
    more = not _ONE_MORE.isdisjoint(before)
    if many:
        return found + many[-1]
    if which:
        return found + which[-1] if more else max(found, which[-1])
    return found + 1 if more else max(found, 1)


def _end(text: str, turn: Turn, begin: int) -> int:
    """Where the leg of a turn ends; ``begin`` is where the next turn is told, or the text ends."""
    sentence = end_of_sentence(text, turn.end)
    if sentence is not None and sentence <= begin and sentence < len(text):
        begin, ends = sentence, True
    else:
        ends = begin == len(text)
    stop = _STOP.search(text, turn.end, begin)
    if stop is not None:
        begin, ends = stop.start(), False
    if ends:
        return begin
    clauses = [found.start() for found in _CLAUSE.finditer(text, turn.end, begin)]
    return clauses[-1] if clauses else turn.end


@lru_cache(maxsize=10_000)
def side_of(action: str) -> str:
    """The side to which an action turns; empty if to none, or to both, or but slightly."""
    words = cut_words(action)
    sides = [word for word in words if word in SIDES]
    return sides[0] if len(sides) == 1 and not _SLIGHT.intersection(words) else ""


class Legs:
    """Follows an episode through the legs of its instruction.

    Args:
        instruction: what the agent was asked to do.

    Attributes:
        now: number of the present leg, from 0; the last one does not end.
    """

    def __init__(self, instruction: str) -> None:
        self._legs = read_legs(instruction)
        self._of_words = _legs_of_words(instruction, self._legs)
        self._action = ""
        self.now = 0

    @property
    def side(self) -> str:
        """Of the turn that the present leg ends with; empty if no more is told."""
        return self._legs[self.now].side

    @property
    def crossings(self) -> int:
        """How many crossings the present leg tells of."""
        return self._legs[self.now].crossings

    @property
    def left(self) -> int:
        """How many turns are still to come."""
        return len(self._legs) - 1 - self.now

    def act(self, action: str) -> bool:
        """Take note of an action; whether it turned, which going on to turn does not."""
        turned = bool(side_of(action)) and action != self._action
        self._action = action
        if turned:
            self.now = min(self.now + 1, len(self._legs) - 1)
        return turned

    def words(self, count: int) -> list[int]:
        """Which of the first ``count`` words of the instruction the present leg has."""
        return [at for at, leg in enumerate(self._of_words[:count]) if leg == self.now]

    def when(self, words: Sequence[int]) -> int:
        """When some words are told, at the nearest: 0 for now, below for earlier, above later."""
        return min((self._of_words[at] - self.now for at in words), key=abs)


def _legs_of_words(instruction: str, legs: Sequence[Leg]) -> list[int]:
    """The leg of each word."""
    found, leg = [], 0
    for start in word_starts(instruction):
        while start >= legs[leg].end and leg + 1 < len(legs):
            leg += 1
        found.append(leg)
    return found
