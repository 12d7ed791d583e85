"""Where things were in the last observations of a walk, and how a text names them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import chain

from envs.record import Trajectory
from policies.sights import read_sights, stems_of
from policies.words import cut_words, is_content, stem

LATELY = 4
"""Observations, the last ones, in which things have to be where they were."""
MOST_THINGS = 2
"""Things that a text may speak of to be told elsewhere."""
_APART = 2
"""Steps within which two crossings are one, and before which its light was in sight."""
_CROSSING = "intersection"
_LIGHT = "light"
_LARGE = re.compile(r"\b[4-8]-way")
_WORD = re.compile(r"[A-Za-z]+|[0-9]+")
_NO_NAMES = frozenset(("stop", "walk", "place", "traffic", _LIGHT))

Name = tuple[str, ...]
Where = tuple[str, ...]
"""Words that say where something is; none where it is out of sight."""
Looks = tuple[tuple[Where, ...], ...]
"""Where each of some things is, from the last observation back."""
Template = tuple[str | int, ...]
"""A text with the number of a thing in place of its name."""


class Seen:
    """What an episode saw before each of its steps.

    Attributes:
        crossing: whether there was a crossing.
    """

    def __init__(self, episode: Trajectory) -> None:
        texts = [episode.first_observation, *(step.observation for step in episode.steps[:-1])]
        self._things: list[dict[Name, Where]] = []
        self._lights: list[Where] = []
        self.crossing = [_CROSSING in text for text in texts]
        self._large = [_LARGE.search(text) is not None for text in texts]
        for text in texts:
            sights = [sight for sight in read_sights(text) if sight.name]
            self._things.append({s.name: s.where for s in sights if _LIGHT not in s.name})
            self._lights.append(next((s.where for s in sights if _LIGHT in s.name), ()))

    def __len__(self) -> int:
        return len(self.crossing)

    def names(self, begin: int, end: int) -> list[Name]:
        """The things in sight in some observations, each once."""
        return [*dict.fromkeys(chain.from_iterable(self._things[max(begin, 0) : end]))]

    def crossings(self, begin: int, end: int, lit: bool = False) -> int:
        """How many crossings are come to in some observations, or of these that have lights."""
        at = [number for number in range(begin, end) if self.crossing[number]]
        if lit:
            at = [number for number in at if self._large[number] or self._is_lit(number)]
        return sum(now - then > _APART for then, now in zip([-_APART - 1, *at], at, strict=False))

    def _is_lit(self, at: int) -> bool:
        return any(self._lights[max(at - _APART, 0) : at + 1])

    def where(self, at: int, name: Name) -> tuple[Where, ...]:
        """Where a thing is in an observation and those before it."""
        return tuple(self._things[each].get(name, ()) for each in _lately(at))

    def ways(self, at: int) -> tuple[tuple[bool, Where], ...]:
        """Whether an observation and those before it are at a crossing, and where lights are."""
        return tuple((self.crossing[each], self._lights[each]) for each in _lately(at))


def _lately(at: int) -> range:
    return range(at, max(at - LATELY, -1), -1)


def spoken_of(text: str, seen: Seen, begin: int, at: int) -> tuple[Looks, Template] | None:
    """How a text speaks of what was in sight from an observation on up to another.

    Args:
        text: a part of an instruction.
        seen: what was seen.
        begin: the first observation.
        at: the last one.

    Returns:
        Where each thing was in the last ones, and the text; None if it speaks of too many, or of
        one that was out of sight by then.
    """
    names = _named(text, seen.names(begin, at + 1))
    looks = tuple(seen.where(at, name) for name in names)
    parts = _around(text, names)
    if len(names) > MOST_THINGS or not all(map(any, looks)) or not {*range(len(names))} <= {*parts}:
        return None
    return looks, parts


def _named(text: str, names: Sequence[Name]) -> list[Name]:
    """Those of some names of which a text has a word."""
    stems = {stem(word) for word in cut_words(text) if is_content(word)} - _NO_NAMES
    return [name for name in names if not stems.isdisjoint(stems_of(name))]


def _around(text: str, names: Sequence[Name]) -> Template:
    """A text with numbers in place of the words that it has of names."""
    own = [frozenset(map(stem, name)) for name in names]
    words = [*_WORD.finditer(text)] if own else []
    parts: list[str | int] = []
    begin = at = 0
    while at < len(words):
        number, end = _longest(own, words, at)
        if any(_is_name(words[each][0]) for each in range(at, end)):
            parts += [text[begin : words[at].start()], number]
            begin = words[end - 1].end()
        at = max(end, at + 1)
    return (*parts, text[begin:])


def _longest(
    own: Sequence[frozenset[str]], words: Sequence[re.Match[str]], at: int
) -> tuple[int, int]:
    """Which name has most of the words from one on, and where they end."""
    ends = []
    for stems in own:
        end = at
        while end < len(words) and stem(words[end][0].lower()) in stems:
            end += 1
        ends.append(end)
    return max(range(len(own)), key=ends.__getitem__), max(ends)


def _is_name(word: str) -> bool:
    return is_content(word.lower()) and stem(word.lower()) not in _NO_NAMES


def fill(template: Template, names: Sequence[Name]) -> str:
    """The text, with names in the places of their numbers."""
    return "".join(part if isinstance(part, str) else " ".join(names[part]) for part in template)


def clash(names: Sequence[Name], texts: Sequence[str]) -> bool:
    """Whether one of some texts has a word of a name, so that it would speak of that thing."""
    known = {stem(word) for text in texts for word in cut_words(text)}
    return any(not known.isdisjoint(stems_of(name)) for name in names)
