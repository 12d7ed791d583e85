"""A rule nobody tells: repeat a list of words without those that the rule forbids.

An agent that only repeats what it is told gets nowhere, and no number of tries that are kept or
thrown away shows it a word that it never leaves out; who reads the feedback is told which ones.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

from gymnasium.utils import EzPickle

from envs.answers.env import AnswerEnv
from envs.answers.lesson import Lesson
from envs.answers.question import Level, Question, Verdict
from envs.answers.word_removal import WORDS
from envs.arguments import check_choice

FORBIDDEN = 12
"""Words that the rule forbids, of the 60."""
MAX_WORDS, MOST_FORBIDDEN = 7, 3
"""Most words in a list, and most of them that are forbidden."""
CHANGE, KEEP = "change", "keep"
"""Types of tasks: some words are forbidden, or none."""
_COUNTS = {"train": 2000, "test": 300}
SPLITS = tuple(_COUNTS)
RULES_VERSION = 1
"""To be raised when the same settings give other lists, or the same answers other verdicts."""


@dataclass(frozen=True)
class HiddenRule(Question):
    """A list of words.

    Attributes:
        words: the list.
        forbidden: those of it that have to go. Privileged.
    """

    words: tuple[str, ...]
    forbidden: tuple[str, ...]

    @property
    def instruction(self) -> str:
        """The list, and no word about the rule."""
        return self.text

    def extract(self, text: str) -> str | None:
        """The words of the first line."""
        return " ".join(text.split("\n", 1)[0].split()) or None

    def worded(self, answer: str) -> str:
        """The answer as it is."""
        return answer

    def unread(self) -> str:
        """That there are no words."""
        return "No answer could be read: the first line has to have words."

    def judged(self, verdict: Verdict) -> str:
        """That it is wrong."""
        return "That is wrong."

    def hint(self, answer: str) -> str:
        """Which words to remove, and which to put back."""
        said = answer.split()
        return correction(
            [word for word in self.words if word in self.forbidden and word in said],
            [word for word in self.words if word not in self.forbidden and word not in said],
        )

    def misjudged(self, text: str, level: Level, draw: random.Random) -> str:
        """Of a right answer, that a word has to go that may stay."""
        verdict, kept = self.verify(text), self.solution.split()
        if level not in (Level.hint, Level.answer) or not (verdict.success and kept):
            return super().misjudged(text, level, draw)
        return f"{self.judged(verdict)} {correction([draw.choice(kept)], [])}"

    def measured(self, answers: Sequence[str | None]) -> dict[str, float]:
        """Whether the last one has a forbidden word of the list."""
        said = (answers[-1] or "").split()
        return {"emits_bad": float(any(word in said for word in self.forbidden))}


def correction(remove: Sequence[str], back: Sequence[str]) -> str:
    """What is said of a list that has too much or too little.

    Example:
        >>> correction(["lemon", "otter"], [])
        'Remove the words lemon otter.'
    """
    parts = [f"Remove the words {' '.join(remove)}."] if remove else []
    parts += [f"Put back the words {' '.join(back)}."] if back else []
    return " ".join(parts)


def forbidden_words(world_seed: int) -> frozenset[str]:
    """The rule of a world. Privileged."""
    return frozenset(random.Random(f"hidden rule {world_seed}").sample(WORDS, FORBIDDEN))


def _lists(draw: random.Random, rule: frozenset[str]) -> Iterator[tuple[str, ...]]:
    """Endlessly many lists, three of ten without a forbidden word."""
    bad, good = sorted(rule), sorted(set(WORDS) - rule)
    while True:
        count = 0 if draw.random() < 0.3 else draw.randint(1, MOST_FORBIDDEN)
        length = draw.randint(max(2, count + 1), MAX_WORDS)
        words = draw.sample(bad, count) + draw.sample(good, length - count)
        draw.shuffle(words)
        yield tuple(words)


@lru_cache(maxsize=8)
def questions(split: str, world_seed: int) -> tuple[HiddenRule, ...]:
    """The lists of a split; those of ``test`` are in no other."""
    rule = forbidden_words(world_seed)
    tested = () if split == "test" else questions("test", world_seed)
    seen = {each.words for each in tested}
    found: list[HiddenRule] = []
    for words in _lists(random.Random(f"hidden rule {split} {world_seed}"), rule):
        if len(found) == _COUNTS[split]:
            break
        if words not in seen:
            seen.add(words)
            found.append(_question(f"{split}/{len(found)}", words, rule))
    return tuple(found)


def _question(task_id: str, words: tuple[str, ...], rule: frozenset[str]) -> HiddenRule:
    forbidden = tuple(word for word in words if word in rule)
    solution = " ".join(word for word in words if word not in rule)
    kind = CHANGE if forbidden else KEEP
    return HiddenRule(task_id, kind, " ".join(words), solution, words, forbidden)


class HiddenRuleEnv(AnswerEnv, EzPickle):
    """Repeat a list of words without those that a rule forbids, which is never told.

    12 of 60 words are forbidden, up to three in a list. ``test`` has 300 lists, ``train`` 2,000
    others; their types are ``change`` and ``keep``. Besides match and score, ``emits_bad`` is
    published: whether the last answer has a forbidden word.

    Args:
        split: ``train`` or ``test``.
        world_seed: of the rule and the lists.
        games: use only so many tasks, spread evenly; 0 for all.
        max_steps: answers after which an unfinished episode is truncated; a question takes one.

    Raises:
        UserError: a value is none of these.
    """

    name: ClassVar[str] = "hidden_rule"
    capabilities = AnswerEnv.capabilities | {"lessons"}
    metrics = (*AnswerEnv.metrics, "emits_bad")

    def __init__(
        self, split: str = "train", world_seed: int = 42, games: int = 0, max_steps: int = 1
    ):
        EzPickle.__init__(self, split, world_seed, games, max_steps)
        check_choice("split", split, SPLITS)
        self._world_seed = world_seed
        version = f"{RULES_VERSION}/{world_seed}"
        super().__init__(split, version, questions(split, world_seed), games, max_steps)

    def lessons(self, count: int, seed: int) -> list[Lesson]:
        """Repeating lists, and doing what feedback says, by rules that are made up for one lesson.

        No lesson has a list of ``test``, and nothing in them depends on the hidden rule.
        """
        draw = random.Random(f"hidden rule lessons {seed}")
        tested = {each.words for each in questions("test", self._world_seed)}
        found: list[Lesson] = []
        while len(found) < count:
            words = tuple(draw.sample(WORDS, draw.randint(2, MAX_WORDS)))
            if words not in tested:
                found.append(_lesson(draw, words))
        return found


def _lesson(draw: random.Random, words: tuple[str, ...]) -> Lesson:
    text = " ".join(words)
    kind = draw.random()
    if kind < 0.25:
        return Lesson(text, text)
    if kind < 0.3:
        return Lesson(text, text, text)
    count = draw.randint(0, min(MOST_FORBIDDEN, len(words) - 1))
    question = _question("lesson", words, frozenset(draw.sample(words, count)))
    lost = draw.sample(words, draw.randint(1, min(2, len(words) - 1))) if kind < 0.5 else []
    answer = " ".join(word for word in words if word not in lost)
    level = Level.answer if kind > 0.95 else Level.hint
    return Lesson(text, question.solution, answer, question.feedback(answer, level).text)
