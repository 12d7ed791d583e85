"""How many crossings a part of an instruction tells of: "pass two lights, turn at the next".

What is counted are streets that cross the way. People name them by their lights, as intersections,
as the end of a block, or give a number only ("at the second, turn left").
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import takewhile
from typing import NamedTuple

ORDINALS = {
    word: number
    for number, words in enumerate(
        ("first 1st", "second 2nd", "third 3rd", "fourth 4th", "fifth 5th"), start=1
    )
    for word in words.split()
}
"""Words that say which of several is meant."""
_NUMBERS = {"both": 2, "couple": 2, "two": 2, "three": 3, "four": 4, "five": 5}
_NUMBERS |= {str(number): number for number in range(2, 6)}
_NEXT = frozenset(("next", "following", "another", "one", "upcoming"))
_BETWEEN = frozenset(
    "a an the of more other additional and set sets series double single busy large small big major"
    " traffic stop street side left right immediate quick consecutive".split()
)
"""Other words that come right before what is named, or between it and its number."""
_SENTENCE = re.compile(r"[^.!?]+")
_WRONG = re.compile(r"\b(?:too far|go(?:ne)? back|missed)\b", re.IGNORECASE)
_STREET_NAME = re.compile(r"\b[0-9]+(?:st|nd|rd|th) (?:St|Ave)")
"""Not the fourth of something: "4th Street Deli"."""
_NO_COUNT = re.compile(r"\b\w+[- ]way\b|\b[0-9]+/[0-9]+")
"""What counts none: "a 4-way intersection" is one, "1/2 to the light" comes to one."""
_PIECE = re.compile(r"[a-z]+|[0-9]+(?:st|nd|rd|th)?|[.,;!?]")
_CROSSING = re.compile(r"(?:(?:stop)?light|signal|intersection|junction|cross(?:road|walk))s?")
_STREET = re.compile(r"(?:(?:side)?street|road|avenue|corner|block)s?")
"""They cross the way only where they are counted, or where they are crossed."""
_CROSSED = frozenset(("cross", "crossing"))
_PASSING = _CROSSED | frozenset(("through", "past", "pass", "passing", "passed", "ignore"))
_ARRIVING = frozenset(("to", "at", "reach", "reaching", "until", "till", "come", "hit", "before"))
_AFTER_A_NUMBER = frozenset(
    ("left", "right", "one", "make", "take", "turn", "go", "you", "with", "and")
)
"""Words that show that "the second" is all that is said of a crossing."""
_FAR = 5
"""Words that are looked through for what a number counts."""


class Crossings(NamedTuple):
    """Streets that cross a part of the way.

    Attributes:
        passed: how many are to be gone through.
        reached: which one is come to in the end; as many as are passed if it is none of its own.
    """

    passed: int
    reached: int


def asides(text: str) -> list[tuple[int, int]]:
    """Where sentences begin and end that are for who has gone wrong: "you have gone too far"."""
    return [found.span() for found in _SENTENCE.finditer(text) if _WRONG.search(found[0])]


def told_crossings(text: str) -> Crossings:
    """The crossings that a text tells of.

    "The second light" is the second from where the text begins and "the next light" one more than
    before. A light that is come to after one was passed is another.
    """
    for begin, end in reversed(asides(text)):
        text = text[:begin] + text[end:]
    pieces = _PIECE.findall(_NO_COUNT.sub(" ", _STREET_NAME.sub(" ", text).lower()))
    told, before = Crossings(0, 0), list[str]()
    for at, piece in enumerate(pieces):
        if piece in ("it", "them") and not _PASSING.isdisjoint(before[-1:]):
            told = Crossings(told.reached, told.reached)
        elif _is_crossing(piece, before, pieces[at + 1 : at + 1 + _FAR]):
            told = _further(told, [*before, piece])
            before = []
        elif piece[0].isalnum():
            before.append(piece)
        elif piece != ",":
            before = []
    return told


def _is_crossing(piece: str, before: Sequence[str], after: Sequence[str]) -> bool:
    """Whether a piece of a text is where a crossing is named."""
    if piece in ORDINALS:
        behind = list(takewhile(str.isalnum, after))
        named = any(_CROSSING.fullmatch(word) or _STREET.fullmatch(word) for word in behind)
        return not named and (not behind or behind[0] in _AFTER_A_NUMBER)
    if piece in ("left", "right"):
        return before[-1:] == ["next"]
    if piece == "one":
        next_one = before[-1:] in (["next"], ["following"])
        return next_one or (after[:1] == ["after"] and after[1:2] != ["another"])
    if not _STREET.fullmatch(piece):
        return bool(_CROSSING.fullmatch(piece))
    near = before[-3:]
    return (
        any(word in ORDINALS or word in _NUMBERS for word in near)
        or not _CROSSED.isdisjoint(near[-2:])
        or (piece == "block" and near == ["end", "of", "the"])
        or (piece == "corner" and not {"to", "next"}.isdisjoint(near[-2:]))
    )


def _further(told: Crossings, words: Sequence[str]) -> Crossings:
    """The crossings up to one that these words lead to, of which the last names it."""
    at = len(words) - 1
    while at and _says_which(words[at - 1]):
        at -= 1
    which = words[at:]
    ordinals = [ORDINALS[word] for word in which if word in ORDINALS]
    numbers = [_NUMBERS[word] for word in which if word in _NUMBERS]
    more = not _NEXT.isdisjoint(which)
    behind = words[at - 1 : at] == ["after"]
    verbs = [word for word in words[:at] if word in _PASSING or word in _ARRIVING]
    passing = bool(verbs) and verbs[-1] in _PASSING
    if ordinals:
        number, passing = ordinals[-1] + (told.passed if more else 0), passing or behind
    elif numbers:
        number, passing = told.reached + numbers[-1], True
    elif more:
        number = told.reached + 1
    elif behind and told.passed:
        number = told.passed
    else:
        number = max(told.reached, told.passed + 1)
    if passing:
        passed = max(told.passed, number)
    elif ordinals and verbs[-1:] == ["at"]:  # "go through two lights and turn at the second"
        passed = min(told.passed, number - 1)
    else:
        passed = told.passed
    return Crossings(passed, max(told.reached, number))


def _says_which(word: str) -> bool:
    return word in _BETWEEN or word in _NEXT or word in ORDINALS or word in _NUMBERS
