"""An episode as indices: what happened, what may be done now, and how the two are bound together.

Every text becomes a few *bags* of rows of one embedding table. Besides its words an action carries
what makes it recognisable in a room nobody has seen before: which of its words the instruction
contains, how long ago each thing it names was acted on and seen, what was last done to it, and
which words of the instruction were in sight when it was. Nothing here is particular to one
environment; acting and training run the same code, one step at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from policies.words import (
    UNKNOWN,
    Mention,
    Vocabulary,
    is_content,
    mentions,
    parse_action,
    split_words,
)

ACTION_BAGS = 5
"""Verb, object, what a preposition leads in, in sight with the object, in sight with the latter."""
STEP_BAGS = ACTION_BAGS + 2
"""The action's bags, the words of the observation, and its words from the instruction."""

MOST_WORDS = 64
"""Words of an instruction that are read; what comes after them is left out."""

_AGES = (0, 1, 2, 3, 5, 8, 14)
_AGE_BUCKETS = len(_AGES) + 2
_TRIED_BUCKETS = 4
_SLOTS = 3

Ints = npt.NDArray[np.int32]


class Bags(NamedTuple):
    """Rows of bags: ``lengths`` has one entry a bag, ``indices`` all their members in order.

    A member below zero is word ``-1 - member`` of the instruction, otherwise a table row.
    """

    indices: Ints
    lengths: Ints


class Layout:
    """Where each kind of thing to look up lies in the embedding table."""

    def __init__(self, vocabulary_size: int) -> None:
        size = vocabulary_size
        self.word = 0
        """(slot, word) -> row ``word + slot * size + index``."""
        self.seen_word = self.word + _SLOTS * size
        self.last_verb = self.seen_word + size
        self.acted_age = self.last_verb + _SLOTS * size
        self.seen_age = self.acted_age + _SLOTS * _AGE_BUCKETS
        self.tried = self.seen_age + _SLOTS * _AGE_BUCKETS
        self.rows = self.tried + _TRIED_BUCKETS
        self.size = size

    def without_names(self, names: Ints) -> Ints:
        """Row -> row, where the rows of some words (indices) become those of an unknown word."""
        rows = np.arange(self.rows, dtype=np.int32)
        for start in (self.seen_word, *(self.word + slot * self.size for slot in range(_SLOTS))):
            rows[start + names] = start + UNKNOWN
        return rows


def _age_bucket(now: int, then: int | None) -> int:
    """0 for never, then finer for what was recent."""
    if then is None:
        return 0
    age = now - then
    for bucket, limit in enumerate(_AGES, start=1):
        if age <= limit:
            return bucket
    return _AGE_BUCKETS - 1


def _stem(word: str) -> str:
    """Plural and singular alike, so that "mugs" of an instruction finds "mug 1" in a room."""
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def join(bags: Iterable[Bags]) -> Bags:
    """Rows of several into one."""
    parts = list(bags)
    if not parts:
        return Bags(np.zeros(0, np.int32), np.zeros(0, np.int32))
    return Bags(
        np.concatenate([part.indices for part in parts]),
        np.concatenate([part.lengths for part in parts]),
    )


def _pack(bags: Iterable[Sequence[int]]) -> Bags:
    flat: list[int] = []
    lengths: list[int] = []
    for bag in bags:
        flat.extend(bag)
        lengths.append(len(bag))
    return Bags(np.array(flat, np.int32), np.array(lengths, np.int32))


class EpisodeEncoder:
    """Follows one episode and encodes its steps and choices.

    Args:
        vocabulary: the words that have a row.
        instruction: what the agent was asked to do; its first :data:`MOST_WORDS` words are read.
        first_observation: what was seen before the first action.
    """

    def __init__(self, vocabulary: Vocabulary, instruction: str, first_observation: str) -> None:
        self._vocabulary = vocabulary
        self._layout = Layout(len(vocabulary))
        words = split_words(instruction)[:MOST_WORDS]
        # An instruction without a word is read as one unknown word: attention needs something.
        rows = [vocabulary[word] for word in words] or [UNKNOWN]
        self.instruction: Ints = np.array(rows, np.int32)
        self._asked = {_stem(word): at for at, word in enumerate(words) if is_content(word)}
        self._now = 0
        self._acted: dict[str, int] = {}
        self._last_verb: dict[str, int] = {}
        self._seen: dict[str, int] = {}
        self._seen_with: dict[str, list[int]] = {}
        self._tried: dict[str, int] = {}
        self._fixed: dict[str, tuple[list[int], ...]] = {}
        nothing: list[list[int]] = [[] for _ in range(ACTION_BAGS)]
        self.first_step = _pack(nothing + self._see(first_observation, ()))

    def names(self) -> Ints:
        """The words of the instruction that name numbered things met so far, as indices."""
        kinds = {_stem(thing.partition(" ")[0]) for thing in self._seen if " " in thing}
        found = [self.instruction[at] for word, at in self._asked.items() if word in kinds]
        return np.array(found, np.int32)

    def choices(self, actions: Iterable[str]) -> Bags:
        """The bags of each action, as it looks now; ``ACTION_BAGS`` a row."""
        dynamic: dict[tuple[str, int], tuple[list[int], list[int]]] = {}
        return _pack(bag for action in actions for bag in self._choice(action, dynamic))

    def step(self, action: str, observation: str) -> Bags:
        """Take note of a step; returns its bags, ``STEP_BAGS`` of one row."""
        chosen = self._choice(action, {})
        phrase = parse_action(action)
        self._now += 1
        self._tried[action] = self._tried.get(action, 0) + 1
        self._acted[phrase.verb] = self._now
        verb = self._vocabulary[phrase.verb]
        for mention, _ in phrase.mentions:
            self._acted[mention.thing] = self._now
            self._last_verb[mention.thing] = verb
        named = [mention for mention, _ in phrase.mentions]
        return _pack(chosen + self._see(observation, named))

    def _choice(
        self, action: str, dynamic: dict[tuple[str, int], tuple[list[int], list[int]]]
    ) -> list[list[int]]:
        fixed = self._fixed.get(action) or self._fix(action)
        bags = [*map(list, fixed), [], []]
        phrase = parse_action(action)
        layout = self._layout
        bags[0].append(layout.tried + min(self._tried.get(action, 0), _TRIED_BUCKETS - 1))
        verb_age = _age_bucket(self._now, self._acted.get(phrase.verb))
        bags[0].append(layout.acted_age + verb_age)
        for mention, slot in phrase.mentions:
            key = (mention.thing, slot)
            state = dynamic.get(key)
            if state is None:
                state = dynamic[key] = self._memory_of(mention, slot)
            bags[slot].extend(state[0])
            bags[2 + slot].extend(state[1])
        return bags

    def _fix(self, action: str) -> tuple[list[int], ...]:
        """What does not change within the episode: words, and which of them were asked for."""
        bags: tuple[list[int], ...] = ([], [], [])
        size = self._layout.size
        for word, slot in parse_action(action).words:
            bags[slot].append(self._layout.word + slot * size + self._vocabulary[word])
            asked = self._asked.get(_stem(word))
            if asked is not None:
                bags[slot].append(-1 - asked)
        self._fixed[action] = bags
        return bags

    def _memory_of(self, mention: Mention, slot: int) -> tuple[list[int], list[int]]:
        """How long ago the thing was acted on and seen, by which verb, and beside what."""
        thing, layout = mention.thing, self._layout
        rows = [
            layout.acted_age + slot * _AGE_BUCKETS + _age_bucket(self._now, self._acted.get(thing)),
            layout.seen_age + slot * _AGE_BUCKETS + _age_bucket(self._now, self._seen.get(thing)),
        ]
        verb = self._last_verb.get(thing)
        if verb is not None:
            rows.append(layout.last_verb + slot * layout.size + verb)
        return rows, self._seen_with.get(thing, [])

    def _see(self, observation: str, named: Sequence[Mention]) -> list[list[int]]:
        """Remember what is in sight; returns the observation's two bags."""
        words = split_words(observation)
        stems = {_stem(word) for word in words}
        in_sight = [(word, -1 - at) for word, at in self._asked.items() if word in stems]
        for mention in (*mentions(observation), *named):
            self._seen[mention.thing] = self._now
            own = {_stem(word) for word in mention.words}
            self._seen_with[mention.thing] = [at for word, at in in_sight if word not in own]
        base = self._layout.seen_word
        return [
            [base + self._vocabulary[word] for word in words if not word.isdigit()],
            [at for _, at in in_sight],
        ]
