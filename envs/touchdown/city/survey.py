"""How varied the instructions of a made-up city are."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from statistics import mean

from envs.touchdown.city.city import City, ToldRoute
from envs.touchdown.city.kinds import KINDS
from envs.touchdown.city.meaning import Move, Past, Turn

_WORD = re.compile(r"[A-Za-z0-9&'-]+")
_SENTENCE_END = re.compile(r"(?<=\.) ")
_SIDES = ("left", "right")
_NUMBERS = "one two three four 1 2 3 4 first second third fourth 1st 2nd 3rd 4th".split()


@dataclass(frozen=True, slots=True)
class Survey:
    """Figures of a set of instructions.

    Attributes:
        routes: how many.
        panos: mean number of panoramas.
        turns: routes by number of turns.
        words: mean number of words.
        sentences: mean number of sentences.
        vocabulary: different words.
        patterns: different instructions, once names, kinds of places, sides and numbers are
            replaced by what they are.
        sentence_patterns: different sentences, likewise.
        commonest: share of the commonest pattern of a sentence among all sentences.
        by_landmark: share of the turns that are told by a landmark and not by counting from the
            start of the street.
    """

    routes: int
    panos: float
    turns: dict[int, int]
    words: float
    sentences: float
    vocabulary: int
    patterns: int
    sentence_patterns: int
    commonest: float
    by_landmark: float


def survey(city: City, routes: Sequence[ToldRoute]) -> Survey:
    """Count what there is in some of a city's routes."""
    names = {place.name for place in city.surroundings.places if place.name}
    patterns = _patterns([route.instruction for route in routes], names)
    sentences = [sentence for pattern in patterns for sentence in _SENTENCE_END.split(pattern)]
    words = [_WORD.findall(route.instruction.lower()) for route in routes]
    turns = [turn for route in routes for turn in _turns(route)]
    return Survey(
        routes=len(routes),
        panos=mean(len(route.panos) for route in routes),
        turns=dict(sorted(Counter(len(_turns(route)) for route in routes).items())),
        words=mean(map(len, words)),
        sentences=len(sentences) / len(routes),
        vocabulary=len(set().union(*words)),
        patterns=len(set(patterns)),
        sentence_patterns=len(set(sentences)),
        commonest=Counter(sentences).most_common(1)[0][1] / len(sentences),
        by_landmark=mean(turns),
    )


def _turns(route: ToldRoute) -> list[bool]:
    """Of each turn, whether a landmark tells where it is."""
    before: list[Move | None] = [None, *route.moves]
    return [
        move.nth == 0 or isinstance(earlier, Past)
        for earlier, move in zip(before, route.moves, strict=False)
        if isinstance(move, Turn)
    ]


def _patterns(texts: Sequence[str], names: Collection[str]) -> list[str]:
    """Texts without names, kinds of places, sides and numbers."""
    nouns = [noun for kind in KINDS.values() for noun in kind.nouns]
    known = [*names, *(name.removeprefix("The ") for name in names)]
    for words, instead in (
        (known, "NAME"),
        (nouns, "KIND"),
        (_NUMBERS, "NUMBER"),
        (_SIDES, "SIDE"),
    ):
        longest_first = "|".join(map(re.escape, sorted(words, key=len, reverse=True)))
        expression = re.compile(rf"\b(?:an? )?(?:{longest_first})(?!\w)", re.IGNORECASE)
        texts = [expression.sub(instead, text) for text in texts]
    return list(texts)
