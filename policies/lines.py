"""What a line of an observation says of the things that it names.

A room is told in prose: "a sink, which is turned off. In the sink is: a jug (containing water)."
The words behind a thing, up to the next thing of a list, are its state and its contents; the start
of the line, the thing before the bracket and the heading of an indented line say where it is.
Lines come back from step to step, so each distinct one is read once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from policies.words import PREPOSITIONS, cut_words, is_content, pair_with_numbers, stem

MOST_SAID = 12
"""Words kept of what a line says of a thing."""
MOST_AROUND = 10
"""Words kept of where a line says that a thing is."""

_NUMBER = r"(?<![a-z0-9])-[0-9]+(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]+)?"
_PIECE = re.compile(rf"{_NUMBER}|[a-z]+|[(),.:;]")
_MARKS = frozenset("(),.:;")
_ARTICLES = frozenset({"a", "an", "the"})
_IDLE = _ARTICLES | frozenset("is are it and of which that you your".split())
_MEASURING = frozenset("about approximately exactly measures reads".split())
"""Content words that a quantity may stand behind."""
_HEAD = 6
"""Words of the start of a line, of its heading, of what a bracket belongs to."""
_LONGEST_NAME = 6


class Said(NamedTuple):
    """What a line says of a thing: words, words of where it is, and quantities."""

    words: tuple[str, ...]
    around: tuple[str, ...]
    quantities: tuple[float, ...]


class Line:
    """A line of an observation.

    Attributes:
        key: the heading it stands under, and its text.
        words: as :func:`policies.words.split_words` cuts them.
        stems: the stems of its words.
        things: what it names, as :func:`policies.words.mentions` finds them.
        quantities: its numbers that are not part of a name.
        subject: the thing that it begins with, up to the first mark; articles left out.
    """

    def __init__(self, heading: str, text: str) -> None:
        self.key = (heading, text)
        self.words = cut_words(text)
        self.stems = frozenset(map(stem, self.words))
        self.things = tuple(mention.thing for mention in pair_with_numbers(self.words))
        self._pieces = _PIECE.findall(text.lower())
        pieces = self._pieces
        self.quantities = tuple(
            float(pieces[at]) for at in range(len(pieces)) if _is_quantity(pieces, at)
        )
        marks = [at for at, piece in enumerate(pieces) if piece in _MARKS]
        first = pieces[: marks[0]] if marks else pieces
        self.subject = " ".join(piece for piece in first if piece not in _ARTICLES)
        self._names: tuple[str, ...] | None = None
        self._said: dict[str, Said] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """Every sequence of words in the line that may be a thing's name, without articles."""
        if self._names is None:
            self._names = tuple(dict.fromkeys(_names(self._pieces)))
        return self._names

    def said_of(self, name: str) -> Said:
        """What the line says of one of :attr:`names`."""
        said = self._said.get(name)
        if said is None:
            said = self._said[name] = self._find(name.split(" "))
        return said

    def _find(self, name: list[str]) -> Said:
        words: list[str] = []
        around: list[str] = []
        quantities: list[float] = []
        for start, end in _places(self._pieces, name):
            clause = range(end, _end_of_clause(self._pieces, start, end))
            words += [self._pieces[at] for at in clause]
            quantities += [
                float(self._pieces[at]) for at in clause if _is_quantity(self._pieces, at)
            ]
            around += _holder(self._pieces, start)
        around += _PIECE.findall(self.key[0].lower())
        own = frozenset(name)
        return Said(
            _telling(words, own)[:MOST_SAID], _telling(around, own)[:MOST_AROUND], tuple(quantities)
        )


@lru_cache(maxsize=8192)
def read_line(heading: str, text: str) -> Line:
    """The line, read."""
    return Line(heading, text)


def read_lines(observation: str) -> Iterator[Line]:
    """The lines of an observation; an indented one is under the last heading ("You see:")."""
    heading = ""
    for text in observation.split("\n"):
        if not text.strip():
            heading = ""
        elif text[0].isspace():
            yield read_line(heading, text)
        else:
            yield read_line("", text)
            heading = text if text.rstrip().endswith(":") else ""


@lru_cache(maxsize=50_000)
def names_of(thing: str) -> tuple[str, ...]:
    """How a thing may be named in a line: by its whole name, or else by the end of it.

    What is called "water in metal pot" may be told as "a metal pot (containing water)".
    """
    words = [word for word in _PIECE.findall(thing.lower()) if word not in _ARTICLES | _MARKS]
    starts = [0, *(at + 1 for at, word in enumerate(words) if at and word in PREPOSITIONS)]
    return tuple(" ".join(words[start:]) for start in starts if words[start:])


@lru_cache(maxsize=4096)
def numbers_in(text: str) -> tuple[float, ...]:
    """The distinct numbers of a text, in order; "-2.5" is one."""
    return tuple(dict.fromkeys(float(number) for number in re.findall(_NUMBER, text.lower())))


def _is_number(piece: str) -> bool:
    return piece[-1].isdigit()


def _is_quantity(pieces: list[str], at: int) -> bool:
    """Whether a piece is a number that does not belong to a name such as "pot 3"."""
    piece = pieces[at]
    if not _is_number(piece):
        return False
    before = pieces[at - 1] if at else ""
    named = before.isalpha() and is_content(before) and before not in _MEASURING
    return not (piece.isdigit() and named)


def _names(pieces: list[str]) -> Iterator[str]:
    """Names begin with a content word, end with one or a number, and cross no mark."""
    run: list[str] = []
    for piece in [*pieces, "."]:
        if piece not in _MARKS:
            if piece not in _ARTICLES:
                run.append(piece)
            continue
        ends = [_is_number(word) or is_content(word) for word in run]
        for start, word in enumerate(run):
            if ends[start] and not _is_number(word):
                for end in range(start, min(len(run), start + _LONGEST_NAME)):
                    if ends[end]:
                        yield " ".join(run[start : end + 1])
        run = []


def _places(pieces: list[str], name: list[str]) -> Iterator[tuple[int, int]]:
    """Start and end of every place where the name stands, articles left out."""
    kept = [at for at, piece in enumerate(pieces) if piece not in _ARTICLES]
    for first in range(len(kept) - len(name) + 1):
        if all(pieces[kept[first + at]] == word for at, word in enumerate(name)):
            yield kept[first], kept[first + len(name) - 1] + 1


def _end_of_clause(pieces: list[str], start: int, end: int) -> int:
    """Where the words about the thing at ``start`` end.

    All of a line is about the thing that it begins with. What is said of another ends with its
    sentence or bracket, or where the next thing of a list begins.
    """
    if all(piece in _ARTICLES for piece in pieces[:start]):
        return len(pieces)
    depth = 0
    for at in range(end, len(pieces)):
        piece = pieces[at]
        if piece in "()":
            depth += 1 if piece == "(" else -1
        following = pieces[at + 1] if at + 1 < len(pieces) else "."
        listed = piece == "," and (following in _ARTICLES or following == "and")
        if depth < 0 or (depth == 0 and (piece in ".;" or listed)):
            return at
    return len(pieces)


def _holder(pieces: list[str], start: int) -> list[str]:
    """The words before the bracket that the thing is in, and those that begin the line."""
    found: list[str] = []
    depth = 0
    for at in range(start - 1, -1, -1):
        depth += {")": 1, "(": -1}.get(pieces[at], 0)
        if depth < 0:
            first = at
            while first and pieces[first - 1] not in _MARKS:
                first -= 1
            found += pieces[max(first, at - _HEAD) : at]
            break
    marks = [at for at, piece in enumerate(pieces[: start + 1]) if piece in _MARKS]
    return found + pieces[: min(marks[0], _HEAD + 2)] if marks else found


def _telling(pieces: list[str], own: frozenset[str]) -> tuple[str, ...]:
    """The words that say something, each once."""
    return tuple(
        dict.fromkeys(
            piece
            for piece in pieces
            if piece not in _IDLE and piece not in own and piece not in _MARKS
            if not _is_number(piece)
        )
    )


def _kind(name: str) -> str:
    """What a thing shares with others of its kind: its first two words, if there is a third."""
    words = name.split(" ")
    return " ".join(words[:2]) if len(words) > 2 else ""


class Sighting(NamedTuple):
    """The line in which a thing was last seen, how it is named there, and at what time."""

    line: Line
    name: str
    time: int


class LineMemory:
    """The lines of an episode: which of them are new, and where each thing was last seen."""

    def __init__(self) -> None:
        self._where: dict[str, Line] = {}
        self._times: dict[tuple[str, str], int] = {}
        self._present: dict[tuple[str, str], Line] = {}
        self._measured: dict[str, dict[str, float]] = {}
        """Kind of thing -> thing -> the last quantity that a line which begins with it told."""

    def see(self, lines: Sequence[Line], now: int) -> tuple[list[Line], list[Line]]:
        """Remember an observation.

        Returns:
            Its first line and those that the last observation did not have; the others.
        """
        fresh = [line for at, line in enumerate(lines) if not at or line.key not in self._present]
        still = [line for line in lines[1:] if line.key in self._present]
        # Of two lines the later one counts: the answer to an action comes before the room.
        for line in lines:
            self._where.update(dict.fromkeys(line.names, line))
            kind = _kind(line.subject)
            if kind and line.quantities:
                self._measured.setdefault(kind, {})[line.subject] = line.quantities[-1]
        self._present = {line.key: line for line in lines}
        self._times.update(dict.fromkeys(self._present, now))
        return fresh, still

    def find(self, thing: str) -> Sighting | None:
        """Where the thing was last seen; None if it was not.

        What no line names is looked for in the line in sight that has all of its words ("kitchen
        door": "a door to the kitchen"), and at last by its last word ("steel table": "a table").
        """
        names = names_of(thing)
        for name in names:
            line = self._where.get(name)
            if line is not None:
                return self._sighting(line, name)
        words = names[0].split(" ") if names else []
        for line in sorted(self._present.values(), key=lambda each: len(each.words)):
            if line.stems.issuperset(map(stem, words)):
                for word in reversed(words):
                    if word in line.names:
                        return self._sighting(line, word)
        last = self._where.get(words[-1]) if words else None
        return None if last is None else self._sighting(last, words[-1])

    def ranks(self, thing: str) -> Iterator[int]:
        """How what was last measured of the thing stands to what was of each other of its kind.

        0 for less, 1 for as much, 2 for more; nothing if it, or no other, was measured. Of two
        slopes down which a block has slid for as long, one is the steeper.
        """
        for name in names_of(thing)[:1]:
            measured = self._measured.get(_kind(name), {})
            others = [value for other, value in measured.items() if other != name]
            own = measured.get(name)
            if own is not None:
                yield from sorted({1 + (own > other) - (own < other) for other in others})

    def _sighting(self, line: Line, name: str) -> Sighting:
        return Sighting(line, name, self._times[line.key])
