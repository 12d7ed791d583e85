"""Words and the things they name: how text becomes indices.

Text is lower-cased and cut into words and numbers. A *thing* is what later text can point back to:
a word with the number behind it ("mug 2"), or a word alone.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

_TOKEN = re.compile(r"[a-z]+|[0-9]+")
PREPOSITIONS = frozenset("to from in on with into onto at under inside".split())
"""Words that lead in a place."""
_FUNCTION_WORDS = PREPOSITIONS | frozenset(
    "a an the some and it them of is are you your that then one for".split()
)

UNKNOWN = 1
"""Index of a word outside the vocabulary; 0 is padding."""


class Mention(NamedTuple):
    """One thing in a text."""

    thing: str
    words: tuple[str, ...]


class Phrase(NamedTuple):
    """An action text in three slots: its verb, what comes before a preposition, what after."""

    verb: str
    words: tuple[tuple[str, int], ...]
    """(word, slot), with slot 0 the verb, 1 its object, 2 what a preposition leads in."""
    mentions: tuple[tuple[Mention, int], ...]
    """(thing, slot) for slots 1 and 2."""


def cut_words(text: str) -> tuple[str, ...]:
    """The words and numbers of a text, lower-cased."""
    return tuple(_TOKEN.findall(text.lower()))


def word_starts(text: str) -> list[int]:
    """Where each of the words and numbers begins."""
    return [found.start() for found in _TOKEN.finditer(text.lower())]


split_words = lru_cache(maxsize=200_000)(cut_words)
"""The same, remembered: for texts that come again and again."""


def stem(word: str) -> str:
    """Plural and singular alike, so that "mugs" of an instruction finds "mug 1" in a room."""
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def is_content(word: str) -> bool:
    """Whether a word names something (is neither a number nor a function word)."""
    return word not in _FUNCTION_WORDS and not word.isdigit()


def pair_with_numbers(words: Iterable[str]) -> list[Mention]:
    """The things that are named by words in this order."""
    mentions: list[Mention] = []
    for word in words:
        if word.isdigit():
            if mentions and len(mentions[-1].words) == 1:
                name = mentions[-1].words[0]
                mentions[-1] = Mention(f"{name} {word}", (name, word))
        elif is_content(word):
            mentions.append(Mention(word, (word,)))
    return mentions


@lru_cache(maxsize=200_000)
def mentions(text: str) -> tuple[Mention, ...]:
    """The things a text names, in order."""
    return tuple(pair_with_numbers(split_words(text)))


@lru_cache(maxsize=200_000)
def parse_action(action: str) -> Phrase:
    """Cut an action text into its slots."""
    words = split_words(action)
    slots: list[tuple[str, int]] = []
    slot = 0
    for position, word in enumerate(words):
        if position and word in PREPOSITIONS:
            slot = 2
        elif position == 1:
            slot = 1
        slots.append((word, slot))
    found = [
        (mention, number)
        for number in (1, 2)
        for mention in pair_with_numbers(word for word, at in slots if at == number)
    ]
    return Phrase(words[0] if words else "", tuple(slots), tuple(found))


class Vocabulary:
    """A fixed list of words. Index 0 is padding, 1 any word that is not in it."""

    def __init__(self, words: Iterable[str]) -> None:
        self.words = tuple(words)
        self._index = {word: index for index, word in enumerate(self.words, start=2)}

    def __len__(self) -> int:
        return len(self.words) + 2

    def __getitem__(self, word: str) -> int:
        return self._index.get(word, UNKNOWN)

    @classmethod
    def of(cls, texts: Iterable[str], *, minimum: int = 1, numbers: int = 60) -> Vocabulary:
        """The words that occur at least ``minimum`` times in ``texts``, and small numbers."""
        counts = Counter(word for text in texts for word in cut_words(text))
        known = {word for word, count in counts.items() if count >= minimum}
        return cls(sorted(known | {str(number) for number in range(numbers)}))
