"""Spelling: find words made of seven letters, one of which each must have."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from envs.answers.games.words import WORDS
from envs.answers.question import Form, LineQuestion, Verdict
from envs.errors import UserError

_LETTERS = 7
_SHORTEST = 4
_FEWEST = 5
"""Words that a puzzle has to have."""
_PANGRAM = 7
_HINTS = 2
"""Beginnings of words not found that a hint names."""


def points(word: str) -> int:
    """What a word counts: 1 with four letters, else its length, and 7 more with all seven letters.

    Example:
        >>> points("lane"), points("cleaner"), points("learn")
        (1, 7, 5)
        >>> points("garment")
        14
    """
    plain = 1 if len(word) == _SHORTEST else len(word)
    return plain + (_PANGRAM if len(set(word)) == _LETTERS else 0)


@dataclass(frozen=True)
class Spelling(LineQuestion):
    """A puzzle; its solution is every word there is.

    Attributes:
        letters: the seven, the first of which each word must have.
        known: words that count, elsewhere too.
    """

    letters: str
    known: frozenset[str]

    @property
    def form(self) -> Form:
        """Words with commas between them."""
        return Form("able, bale, label", r"[A-Za-z]+(?:[ ,]+[A-Za-z]+)*,?")

    def score(self, answer: str) -> float:
        """Points of the words that count, of all points there are."""
        said = set(_said(answer))
        found = [word for word in said if self.fault(word) is None]
        whole = sum(map(points, _said(self.solution)))
        return sum(map(points, found)) / whole

    def fault(self, word: str) -> str | None:
        """What is wrong with a word; None if it counts."""
        if foreign := sorted(set(word) - set(self.letters)):
            return f"has {', '.join(foreign)}"
        if len(word) < _SHORTEST:
            return "is too short"
        if self.letters[0] not in word:
            return f"lacks {self.letters[0]}"
        return None if word in self.known else "is not in the list of words"

    def judged(self, verdict: Verdict) -> str:
        """How many points of how many."""
        return f"Your words have {verdict.score:.0%} of the points that there are."

    def hint(self, answer: str) -> str:
        """Which words do not count and why, and how some that are missing begin."""
        said = _said(answer)
        faults = [
            f"'{word}' {fault}" for word in dict.fromkeys(said) if (fault := self.fault(word))
        ]
        faults += [f"'{word}' is repeated" for word in dict.fromkeys(said) if said.count(word) > 1]
        missing = [word for word in _said(self.solution) if word not in said]
        starts = list(dict.fromkeys(word[:2] for word in missing))[:_HINTS]
        parts = [f"These do not count: {'; '.join(faults)}."] if faults else []
        parts += [f"There are more words, some beginning with {' and '.join(starts)}."]
        return " ".join(parts)


def _said(answer: str) -> list[str]:
    return answer.lower().replace(",", " ").split()


def read_words(path: str | None) -> tuple[str, ...]:
    """The words of a file, or the bundled ones.

    Args:
        path: a file with a word on each line; others than words of small letters are left out.

    Raises:
        UserError: there is no such file, or too few words in it for a puzzle.
    """
    if path is None:
        return tuple(WORDS)
    try:
        lines = Path(path).read_text("utf-8").split()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"words: cannot read {path} ({error}); name a file of words.") from error
    words = {each for each in lines if each.isascii() and each.isalpha() and each.islower()}
    return tuple(sorted(each for each in words if len(each) >= _SHORTEST))


@lru_cache(maxsize=4)
def _puzzles(words: Sequence[str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Letters, that which is needed first, and all words made of them."""
    letters_of = {word: frozenset(word) for word in words}
    found = []
    for letters in sorted(
        {"".join(sorted(set(each))) for each in words if len(set(each)) == _LETTERS}
    ):
        inside = [word for word in words if letters_of[word] <= set(letters)]
        for needed in letters:
            solution = tuple(word for word in inside if needed in word)
            if len(solution) >= _FEWEST:
                found.append((needed + letters.replace(needed, ""), solution))
    if not found:
        raise UserError(
            "words: no puzzle can be made of these words; name a file with some thousands of them."
        )
    return tuple(found)


@lru_cache(maxsize=4)
def _known(words: tuple[str, ...]) -> frozenset[str]:
    return frozenset(words)


def make(draw: random.Random, task_id: str, words: tuple[str, ...]) -> Spelling:
    """A puzzle of these words."""
    letters, solution = draw.choice(_puzzles(words))
    text = (
        f"Find as many English words as you can that are made of these letters: "
        f"{', '.join(letters)}.\nEach word needs at least four letters and has to contain "
        f"{letters[0]}; letters may be used more than once. A word of four letters counts 1 point, "
        "a longer one its number of letters, and one that uses all seven letters 7 more."
    )
    return Spelling(task_id, "spelling", text, ", ".join(solution), letters, _known(words))
