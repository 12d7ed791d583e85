"""Where everything that is read of an episode has its row: the embedding table and its bags."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from policies.words import UNKNOWN

FEATURES = 2
"""What is read of a text.

1, all but what lines say; 2, that as well; 3, sights one by one too; 4, and which leg of the
instruction the agent is in; 5, and what of it has come, as clues.
"""

AGES = (0, 1, 2, 3, 5, 8, 14)
AGE_BUCKETS = len(AGES) + 2
TRIED_BUCKETS = 4
SLOTS = 3
NUMBERS = 3
"""Numbers of an instruction that others are compared with."""
RANKS = 3
MOST_TIMES = 8
"""Buckets of how often a sight has come up; the last is for so often or more."""
SHARES = 5
"""Buckets of how much of a name the instruction has, from nothing to all of it."""
MOST_LEGS = 6
"""Buckets of how many turns of an instruction are to come; the last is for so many or more."""
MOST_CROSSINGS = 6
"""Buckets of how many crossings a leg tells of; the last is for so many or more."""
AHEAD = 3
"""Crossings ahead, or behind, from which on they are no longer counted."""
AHEAD_BUCKETS = 2 * AHEAD + 1
"""Of how many crossings are ahead: none in the middle."""
FAR = 2
"""Crossings ahead, or behind, from which on clues no longer count them."""
CLUES = {
    # How many names have not come up, of those told of the leg's end, before that, behind "last".
    "names_closing": 5,
    "names_before": 5,
    "names_behind": 5,
    # The thing that is told last of those that have come up: where it is, or for how long it has
    # been out of sight; crossings ahead since it was last in sight, and since it came into sight.
    "last": 5 + AGE_BUCKETS,
    "ahead_of_last": 2 * FAR + 2,
    "ahead_from_last": 2 * FAR + 2,
    # The one that is told most clearly of the leg's end: where, how clearly, since when.
    "closing": 5 + AGE_BUCKETS,
    "closing_share": 4,
    "closing_beside": AGE_BUCKETS,
    "closing_seen": AGE_BUCKETS,
    # How long ago the leg began, streets crossed, did so before that, lights were in sight.
    "since_leg": AGE_BUCKETS,
    "since_crossing": AGE_BUCKETS,
    "since_one_before": AGE_BUCKETS,
    "since_light": AGE_BUCKETS,
    # What is seen of the ways.
    "light": 5,
    "ways": 6,
    "straight": 2,
    "open": 4,
    "other_open": 2,
    # What the leg tells, and where in the instruction it is.
    "named": 4,
    "leg": 3,
    "to_come": 4,
    "ahead": AHEAD_BUCKETS,
    "ahead_else": AHEAD_BUCKETS,
    "ahead_passed": AHEAD_BUCKETS,
    "reached": MOST_CROSSINGS,
}
"""Clues (:mod:`policies.clues`), and how many values each of them has."""
CLUE_KINDS = 3
"""Actions that clues are read for: to turn to the side that is told, to the other, to stop."""
MOST_CHANGES = 16
"""Buckets of how often an action was another than the one before it."""

Ints = npt.NDArray[np.int32]


class Bags(NamedTuple):
    """Rows of bags: ``lengths`` has one entry a bag, ``indices`` all their members in order.

    A member below zero is word ``-1 - member`` of the instruction, otherwise a table row.
    """

    indices: Ints
    lengths: Ints


class StepBags(NamedTuple):
    """A step: its ``step_bags``, and ``sight_bags`` for each sight that it brought."""

    bags: Bags
    sights: Bags


class LegLayout:
    """Where the rows are of what an instruction says that is followed leg by leg.

    Args:
        begin: the first of them.

    Attributes:
        end: what comes after the last.
    """

    def __init__(self, begin: int) -> None:
        self.side = begin
        """To which side the turn is that the present leg ends with: none, left, right."""
        self.to_come = self.side + 3
        self.told_now = self.to_come + MOST_LEGS
        """How much of a name the present leg has, as of ``share``."""
        self.told = self.told_now + SHARES
        """A name that another leg has: an earlier one, a later one."""
        self.met = self.told + 2
        self.as_told = self.met + MOST_TIMES
        """An action that turns: to no side that is told, to the one that is, to the other; and the
        same where what is seen has no word of that side."""
        self.crossings = self.as_told + 6
        self.ahead = self.crossings + MOST_CROSSINGS
        """How many crossings are ahead up to the one that a leg tells to come to, counted as it
        names them and as it does not, then the same up to the last that it tells to pass."""
        self.since_crossing = self.ahead + 4 * AHEAD_BUCKETS
        self.due = self.since_crossing + AGE_BUCKETS
        """The first two of ``ahead`` of an action that turns: each for the first three of
        ``as_told``."""
        self.gone = self.due + 6 * AHEAD_BUCKETS
        """A thing that the present leg tells of and that is no longer in sight: for how long."""
        self.kind_share = self.gone + AGE_BUCKETS
        """Of the kind of a thing, where that is said besides its name: as of ``share``."""
        self.kind_now = self.kind_share + SHARES
        self.closing = self.kind_now + SHARES
        """How much of a name the words have that tell of the end of the present leg."""
        self.kind_closing = self.closing + SHARES
        self.aside = self.kind_closing + SHARES
        """A thing that is spoken of for who has gone wrong."""
        self.traffic = self.aside + 1
        """A way that goes not with the traffic, or with it, where that is said."""
        self.end = self.traffic + 2


class ClueLayout:
    """Where the rows of clues are.

    Args:
        begin: the first of them.
        size: words of the vocabulary.

    Attributes:
        end: what comes after the last.
    """

    def __init__(self, begin: int, size: int) -> None:
        self._begin = begin
        self._size = size
        self._of_kind = 1 + sum(CLUES.values())
        self._first = dict(zip(CLUES, accumulate(CLUES.values(), initial=1), strict=False))
        self.back = begin + CLUE_KINDS * self._of_kind
        """An action that goes back."""
        self._words = self.back + 1
        self.end = self._words + 2 * CLUE_KINDS * size

    def rows(self, kind: int, values: Mapping[str, int]) -> list[int]:
        """An action of a kind, and the value of each clue."""
        begin = self._begin + kind * self._of_kind
        return [begin, *(begin + self._first[clue] + value for clue, value in values.items())]

    def word(self, kind: int, closing: bool, word: int) -> int:
        """A word that the leg has, or of what tells of its end."""
        return self._words + (2 * kind + closing) * self._size + word


class Layout:
    """Where each kind of thing to look up lies in the embedding table, and how many bags there are.

    Attributes:
        action_bags: of an action: verb, object, what a preposition leads in; in sight with the
            object, with the latter; since version 2 what lines say of the object, of the latter.
        choice_bags: of an action that can be chosen: the same; since version 5 its clues as well.
        step_bags: of a step: those of its action, the words of the observation, and its words from
            the instruction; since version 2 the words of the lines that were there before as well;
            since version 4 the present leg, and what it speaks of that has come up in it.
        sight_bags: of a sight: its words, what of it the instruction speaks of.
        most_words: words of an instruction that are read; what comes after them is left out.
        first_step: position of the first step; words that come before it have those up to it.
    """

    def __init__(self, vocabulary_size: int, features: int = FEATURES) -> None:
        size = vocabulary_size
        self.word = 0
        """(slot, word) -> row ``word + slot * size + index``."""
        self.seen_word = self.word + SLOTS * size
        self.last_verb = self.seen_word + size
        self.acted_age = self.last_verb + SLOTS * size
        self.seen_age = self.acted_age + SLOTS * AGE_BUCKETS
        self.tried = self.seen_age + SLOTS * AGE_BUCKETS
        self.gap = self.tried + TRIED_BUCKETS
        """An object that is still to be chosen, then the same for what a preposition leads in."""
        self.said = self.gap + SLOTS - 1
        self.around = self.said + size
        self.still = self.around + size
        self.compared = self.still + size
        """(number of the instruction, below or equal or above)."""
        self.ranked = self.compared + 3 * NUMBERS
        """A thing of whose kind less, as much, or more has been measured of another."""
        self.size = size
        self.lines = features > 1
        """Whether lines are read; the rows for it come last."""
        self.sight = self.ranked + RANKS
        self.share = self.sight + size
        self.ever = self.share + SHARES
        self.lately = self.ever + MOST_TIMES
        self.changes = self.lately + MOST_TIMES
        self.since_change = self.changes + MOST_CHANGES
        self.sights = features > 2
        """Whether sights are read one by one; the rows for it come last."""
        self.leg = LegLayout(self.since_change + AGE_BUCKETS)
        self.legs = features > 3
        """Whether the instruction is followed leg by leg; the rows for it come last."""
        self.clue = ClueLayout(self.leg.end, size)
        self.clues = features > 4
        """Whether clues are read; the rows for it come last."""
        ends = {1: self.gap, 2: self.sight, 3: self.leg.side, 4: self.leg.end, 5: self.clue.end}
        self.rows = ends[features]
        self.sight_bags = 2
        self.action_bags = 7 if self.lines else 5
        self.choice_bags = self.action_bags + self.clues
        self.step_bags = self.action_bags + (3 if self.lines else 2) + (2 if self.legs else 0)
        self.most_words = 160 if self.lines else 64
        self.first_step = self.most_words if self.sights else 0

    def without_names(self, names: Ints) -> Ints:
        """Row -> row, where the rows of some words (indices) become those of an unknown word."""
        rows = np.arange(self.rows, dtype=np.int32)
        starts = [self.seen_word, *(self.word + slot * self.size for slot in range(SLOTS))]
        if self.lines:
            starts += [self.said, self.around, self.still]
        if self.sights:
            starts.append(self.sight)
        for start in starts:
            rows[start + names] = start + UNKNOWN
        return rows


def age_bucket(now: int, then: int | None) -> int:
    """0 for never, then finer for what was recent."""
    if then is None:
        return 0
    age = now - then
    for bucket, limit in enumerate(AGES, start=1):
        if age <= limit:
            return bucket
    return AGE_BUCKETS - 1


def share_bucket(part: int, whole: int) -> int:
    """How much of a whole a part is: 0 for nothing, the last for all; nothing of nothing is 0."""
    return -(-part * (SHARES - 1) // max(1, whole))


def join(bags: Iterable[Bags]) -> Bags:
    """Rows of several into one."""
    parts = list(bags)
    if not parts:
        return Bags(np.zeros(0, np.int32), np.zeros(0, np.int32))
    return Bags(
        np.concatenate([part.indices for part in parts]),
        np.concatenate([part.lengths for part in parts]),
    )


def pack(bags: Iterable[Sequence[int]]) -> Bags:
    """Lists of members as bags."""
    flat: list[int] = []
    lengths: list[int] = []
    for bag in bags:
        flat.extend(bag)
        lengths.append(len(bag))
    return Bags(np.array(flat, np.int32), np.array(lengths, np.int32))
