"""A post to be summarised, and what a summary of it is worth."""

from __future__ import annotations

import re
from dataclasses import dataclass

from envs.answers.question import Question, Verdict

MOST_WORDS = 48
"""Words after which a summary is cut off; the paper cuts after as many tokens."""

_END = re.compile(r"[.!?][\"')]*(?=\s|$)")
_WORD = re.compile(r"[a-z0-9']+")


def overlap(summary: str, reference: str) -> float:
    """ROUGE-L F1: how much of both is the longest sequence of words that they have in common.

    Source: Lin 2004. Words are compared in small letters, without stemming.

    Example:
        >>> overlap("the dog ran home", "The dog has run home.")
        0.6666666666666666
    """
    said, right = (_WORD.findall(each.lower()) for each in (summary, reference))
    row = [0] * (len(right) + 1)
    for word in said:
        before = row.copy()
        for at, other in enumerate(right, 1):
            row[at] = before[at - 1] + 1 if word == other else max(before[at], row[at - 1])
    return 2 * row[-1] / (len(said) + len(right)) if row[-1] else 0.0


@dataclass(frozen=True)
class Point:
    """Something that a summary has to say.

    Attributes:
        about: what it is, for who left it out.
        words: all of which a summary that says it has.
    """

    about: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class Summary(Question):
    """A post; its solution is the summary that a person, or its maker, wrote.

    Attributes:
        points: what has to be said, the most important first; none if nobody has listed it, and
            then no summary is ever called right.
    """

    points: tuple[Point, ...] = ()

    @property
    def instruction(self) -> str:
        """The paper's prompt, which ends where the summary is to begin."""
        return f"{self.text}\n\nTL;DR:"

    def extract(self, text: str) -> str | None:
        """The whole sentences among the first words of the first line."""
        line = text.strip().split("\n", 1)[0]
        words = re.findall(r"\S+", line)[:MOST_WORDS]
        kept = " ".join(words)
        ends = [match.end() for match in _END.finditer(kept)]
        return kept[: ends[-1]] if ends else None

    def worded(self, answer: str) -> str:
        """The summary as it is."""
        return answer

    def unread(self) -> str:
        """What a summary is."""
        return (
            f"No summary could be read: it needs a whole sentence within its first {MOST_WORDS} "
            "words, on the first line."
        )

    def missing(self, answer: str) -> list[Point]:
        """Points that a summary does not make."""
        said = set(_WORD.findall(answer.lower()))
        return [each for each in self.points if not said.issuperset(each.words)]

    def score(self, answer: str) -> float:
        """The share of the points that are made; without points the overlap with the solution."""
        if not self.points:
            return overlap(answer, self.solution)
        return 1.0 - len(self.missing(answer)) / len(self.points)

    def succeeds(self, score: float) -> bool:
        """Whether all points are made; without points nobody can tell."""
        return bool(self.points) and score == 1.0

    def judged(self, verdict: Verdict) -> str:
        """How many points, or how much overlap."""
        if not self.points:
            return f"Your summary has a ROUGE-L of {verdict.score:.2f} with a person's."
        made = round(verdict.score * len(self.points))
        return f"Your summary makes {made} of {len(self.points)} points."

    def hint(self, answer: str) -> str:
        """The most important point that is missing, as the paper's annotators name one."""
        missing = self.missing(answer)
        return f"It does not say {missing[0].about}." if missing else ""
