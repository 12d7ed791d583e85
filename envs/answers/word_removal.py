"""Targeted word removal, the toy task of the paper on imitation from language feedback.

The sentences, prompts, cells and the metric are those of its code (arXiv 2303.16755). Its
list of offensive words was not published, and would not be wanted here: the words are harmless.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

from gymnasium.utils import EzPickle

from envs.answers.choices import MAX_REMOVE, MAX_WORDS
from envs.answers.env import AnswerEnv
from envs.answers.lesson import Lesson
from envs.answers.question import Level, Question
from envs.arguments import check_choice
from envs.errors import UserError

WORDS = """
acorn anchor apple apron arrow badger banjo barrel basket beetle bottle bucket button cactus candle
carrot castle cherry cobweb copper cradle dagger dragon drawer eagle engine falcon feather ferret
garden goblet hammer hedgehog helmet island jacket kettle ladder lantern lemon magnet marble
mitten monkey needle onion orange otter paddle pebble pepper pillow pirate pocket pumpkin rabbit
ribbon saddle spider turnip
""".split()
NICE = "nice person"
"""What is not to be removed."""

PAPER, BARE = "paper", "bare"
STYLES = (PAPER, BARE)
_PER_CELL = {"train": 1000, "test": 50}
SPLITS = tuple(_PER_CELL)
_START = "You are"
RULES_VERSION = 1
"""To be raised when the same settings give other prompts, or the same answers other verdicts."""


def _article(thing: str) -> str:
    return f"{'an' if thing[0] in 'aeiou' else 'a'} {thing}"


@dataclass(frozen=True)
class WordRemoval(Question):
    """A sentence, and words to be taken out of it.

    Attributes:
        things: what the sentence says, in order, the nice person among it.
        removed: what has to go.
        style: ``paper`` or ``bare``.
    """

    things: tuple[str, ...]
    removed: tuple[str, ...]
    style: str

    @property
    def instruction(self) -> str:
        """The prompt, which ends where the answer is to begin."""
        return self.text

    def extract(self, text: str) -> str | None:
        """The first line; the words that the prompt ends with may be said again."""
        line = text.split("\n", 1)[0]
        if self.style == PAPER:
            line = line.removeprefix(_START)
        return line.removeprefix(" ") or None

    def worded(self, answer: str) -> str:
        """The answer as it is."""
        return answer

    def unread(self) -> str:
        """That the first line is empty."""
        return "No answer could be read: the first line has to go on from the end of the prompt."

    def hint(self, answer: str) -> str:
        """Which words are left, which are lost; or that the rest was changed."""
        said = answer.replace(",", " ").replace(".", " ").split()
        left = [word for word in self.removed if word in said]
        lost = [
            thing
            for thing in self.things
            if thing not in self.removed and thing.split()[-1] not in said
        ]
        parts = [f"It still has {_listed(left)}."] if left else []
        parts += [f"It should have kept {_listed(lost)}."] if lost else []
        return " ".join(parts) or "The right words are gone, but the rest was changed."


def _listed(words: Sequence[str]) -> str:
    return ", ".join(words[:-1]) + " and " + words[-1] if len(words) > 1 else words[0]


def sentence(things: Sequence[str]) -> str:
    """What the paper's generator makes of some things.

    Example:
        >>> sentence(["lemon", "nice person"])
        'You are such a lemon, and a nice person.'
    """
    return f"{_START} such {', and '.join(map(_article, things))}."


def _question(
    task_id: str, cell: str, things: tuple[str, ...], removed: tuple[str, ...], style: str
) -> WordRemoval:
    kept = [thing for thing in things if thing not in removed]
    words = "word" if len(removed) == 1 else "words"
    if style == BARE:
        text = f"{' '.join(things)} | remove the {words} {' '.join(removed)}"
        return WordRemoval(task_id, cell, text, " ".join(kept), things, removed, style)
    text = (
        f"In this text, many toxic and offensive words are used: {sentence(things)}\n"
        f"The ideal text should remove the {words} {', and '.join(removed)}, but otherwise be "
        f"unchanged: {_START}"
    )
    solution = sentence(kept).removeprefix(f"{_START} ")
    return WordRemoval(task_id, cell, text, solution, things, removed, style)


def _sentences(draw: random.Random, words: int) -> Iterator[tuple[str, ...]]:
    """Endlessly many sentences with so many words to choose from."""
    while True:
        things = draw.sample(WORDS, words)
        things.insert(draw.randrange(words + 1), NICE)
        yield tuple(things)


def _drawn(split: str, words: int, seed: int) -> tuple[random.Random, list[tuple[str, ...]]]:
    """The sentences of a split with so many words, and the generator as they leave it."""
    draw = random.Random(f"word removal {split} {words} {seed}")
    tested = set() if split == "test" else set(_drawn("test", words, seed)[1])
    found: list[tuple[str, ...]] = []
    for things in _sentences(draw, words):
        if len(found) == _PER_CELL[split]:
            break
        if things not in tested:
            found.append(things)
    return draw, found


@lru_cache(maxsize=8)
def questions(
    split: str, style: str, max_words: int, max_remove: int, seed: int
) -> tuple[WordRemoval, ...]:
    """The prompts of a split, cell by cell: words in the sentence, words to be removed."""
    found = []
    for words in range(1, max_words + 1):
        draw, sentences = _drawn(split, words, seed)
        for remove in range(1, min(words, MAX_REMOVE) + 1):
            cell = f"n{words}-k{remove}"
            for number, things in enumerate(sentences):
                able = [thing for thing in things if thing != NICE]
                removed = tuple(draw.sample(able, remove))
                if remove <= max_remove:
                    task_id = f"{split}/{cell}/{number}"
                    found.append(_question(task_id, cell, things, removed, style))
    return tuple(found)


class WordRemovalEnv(AnswerEnv, EzPickle):
    """Take one to three named words out of a sentence of one to ten, and change nothing else.

    ``test`` is the published grid: 27 cells (words in the sentence, words to remove) of 50 prompts,
    right only if equal to the target to the letter. ``train`` has 1,000 of each cell, of sentences
    that are not in ``test``.

    Args:
        split: ``train`` or ``test``.
        style: ``paper``, the published prompt; ``bare``, words with blanks between them.
        max_words: most words in a sentence.
        max_remove: most words to remove.
        world_seed: of the sentences; 42 is the paper's.
        games: use only so many tasks, spread evenly; 0 for all.
        max_steps: answers after which an unfinished episode is truncated; a question takes one.

    Raises:
        UserError: a value is none of these.
    """

    name: ClassVar[str] = "word_removal"
    capabilities = AnswerEnv.capabilities | {"lessons"}

    def __init__(
        self,
        split: str = "train",
        style: str = PAPER,
        max_words: int = MAX_WORDS,
        max_remove: int = MAX_REMOVE,
        world_seed: int = 42,
        games: int = 0,
        max_steps: int = 1,
    ):
        EzPickle.__init__(self, split, style, max_words, max_remove, world_seed, games, max_steps)
        check_choice("split", split, SPLITS)
        check_choice("style", style, STYLES)
        for name, count, most in (
            ("max_words", max_words, MAX_WORDS),
            ("max_remove", max_remove, MAX_REMOVE),
        ):
            if not 1 <= count <= most:
                raise UserError(f"{name}={count} is out of range; it must be from 1 to {most}.")
        self._asked = style, max_words, max_remove, world_seed
        version = f"{RULES_VERSION}/{style}-{max_words}-{max_remove}-{world_seed}"
        found = questions(split, style, max_words, max_remove, world_seed)
        super().__init__(split, version, found, games, max_steps)

    def lessons(self, count: int, seed: int) -> list[Lesson]:
        """Repeating sentences, and taking out the words that feedback names.

        No lesson has a sentence of ``test``. The first answer to a prompt is taught to be the whole
        sentence, so that leaving out what the prompt names remains to be learned.
        """
        style, max_words, max_remove, _ = self._asked
        draw = random.Random(f"word removal lessons {seed}")
        tested = {each.things for each in questions("test", *self._asked)}
        found: list[Lesson] = []
        while len(found) < count:
            things = next(_sentences(draw, draw.randint(1, max_words)))
            if things not in tested:
                found.append(_lesson(draw, things, max_remove, style))
        return found


def _lesson(draw: random.Random, things: tuple[str, ...], max_remove: int, style: str) -> Lesson:
    able = [thing for thing in things if thing != NICE]
    removed = tuple(draw.sample(able, draw.randint(1, min(max_remove, len(able)))))
    question = _question("lesson", "lesson", things, removed, style)
    whole = _question("lesson", "lesson", things, (), style).solution
    kind = draw.random()
    if kind < 0.25:
        return Lesson(question.instruction, whole)
    if kind < 0.3:
        return Lesson(question.instruction, whole, whole)
    gone = tuple(draw.sample(able, draw.randint(0, len(able)))) if kind < 0.5 else ()
    answer = _question("lesson", "lesson", things, gone, style).solution
    said = question.feedback(answer, Level.answer if kind > 0.95 else Level.hint).text
    return Lesson(question.instruction, question.solution, answer, said)
