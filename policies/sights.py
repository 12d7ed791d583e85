"""What an observation lists, one by one: "On your left: a bank, a cafe." are two sights.

Each *sight* is a thing behind the colon of a line together with the words before it, or a line that
lists nothing. Read apart, it is clear which of the things is on the left, and which of them the
instruction speaks of.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from policies.clues import Thing, leading
from policies.layout import (
    MOST_CHANGES,
    MOST_TIMES,
    Bags,
    Layout,
    age_bucket,
    pack,
    share_bucket,
)
from policies.leg_rows import LegEncoder
from policies.traffic import flows
from policies.words import Vocabulary, cut_words, is_content, stem


class Sight(NamedTuple):
    """Words of a line up to its colon, and of one thing behind it (none if it lists nothing).

    Attributes:
        where: the words up to the colon.
        name: of the thing.
        kind: what it is, where that is said besides: "Blue Bottle (cafe)".
    """

    where: tuple[str, ...]
    name: tuple[str, ...]
    kind: tuple[str, ...] = ()

    @property
    def subject(self) -> tuple[str, ...]:
        """What makes it the same again from step to step, wherever it stands; numbers left out."""
        return self.name + self.kind or tuple(word for word in self.where if not word.isdigit())


@lru_cache(maxsize=50_000)
def stems_of(name: tuple[str, ...]) -> tuple[str, ...]:
    """The stems of the content words of a name, each once, in order."""
    # Not a set, whose order differs between processes: sums of floats depend on it.
    return tuple(dict.fromkeys(stem(word) for word in name if is_content(word)))


@lru_cache(maxsize=50_000)
def read_sights(observation: str) -> tuple[Sight, ...]:
    """The sights of an observation, in order."""
    return tuple(sight for line in observation.split("\n") for sight in _of_line(line))


def _of_line(line: str) -> Iterator[Sight]:
    where, _, listed = line.partition(":")
    words = cut_words(where)
    for item in listed.split(","):
        name, _, kind = item.partition("(")
        sight = Sight(words, cut_words(name), cut_words(kind))
        if any(sight):
            yield sight


class SightEncoder:
    """Follows one episode and encodes its sights.

    A sight carries, besides its words, how much of its name the instruction has and where, how
    often it has come up in the episode, and how often since the agent last did another thing than
    before: "the second light" is the second to come up after a turn. Where the instruction is
    followed leg by leg (:mod:`policies.legs`), it carries whether it is spoken of now.

    Args:
        vocabulary: the words that have a row.
        layout: where the rows are; of a version that reads sights.
        instruction: what the agent was asked to do.
        words: of the instruction, those that are read.
    """

    def __init__(
        self, vocabulary: Vocabulary, layout: Layout, instruction: str, words: Sequence[str]
    ) -> None:
        self._vocabulary = vocabulary
        self._layout = layout
        self._asked: dict[str, list[int]] = {}
        for at, word in enumerate(words):
            if is_content(word):
                self._asked.setdefault(stem(word), []).append(at)
        self.named: set[str] = set()
        """Stems of the instruction that a name in sight has had."""
        self._fixed: dict[Sight, tuple[list[int], list[int]]] = {}
        self._ever: Counter[tuple[str, ...]] = Counter()
        self._lately: Counter[tuple[str, ...]] = Counter()
        self._present: frozenset[tuple[str, ...]] = frozenset()
        self._action = ""
        self._changes = 0
        self._since = 0
        self._last: dict[tuple[str, ...], tuple[Sight, int]] = {}
        """Things that the instruction speaks of, as they were last seen, and when that was."""
        self.leg: LegEncoder | None = None
        """What follows the instruction leg by leg, where that is read."""
        if layout.legs:
            self.leg = LegEncoder(layout.leg, instruction, self._asked, len(words))

    def act(self, action: str) -> list[int]:
        """Take note of an action; how often they changed, and how long ago, as rows."""
        self._since += 1
        if action != self._action:
            self._action = action
            self._changes += 1
            self._since = 0
            self._lately.clear()
        if self.leg is not None:
            self.leg.act(action)
        return [
            self._layout.changes + min(self._changes, MOST_CHANGES - 1),
            self._layout.since_change + age_bucket(self._since, 0),
        ]

    def see(self, observation: str) -> Bags:
        """The bags of all that is in sight; what stays in sight comes up once."""
        sights = read_sights(observation)
        subjects = [sight.subject for sight in sights]
        fresh = frozenset(subjects) - self._present
        self._ever.update(fresh)
        self._lately.update(fresh)
        if self.leg is not None:
            plain = (word for sight in sights if not sight.name for word in sight.where)
            come = (stems_of(each) for each in dict.fromkeys(subjects) if each in fresh)
            things = [
                Thing(stems_of(sight.name), stems_of(sight.kind), sight.where)
                for sight in sights
                if sight.name
            ]
            self.leg.see(plain, leading(observation), things, come, flows(observation))
        self._present = frozenset(subjects)
        bags = [self._bags(sight) for sight in sights]
        return pack(bag for pair in (*bags, *self._gone(sights)) for bag in pair)

    def _gone(self, sights: Sequence[Sight]) -> Iterator[tuple[list[int], list[int]]]:
        """The bags of things that are no longer in sight, as they were last seen.

        Only of those that the present leg tells of: "stop just past the bank".
        """
        if self.leg is None:
            return
        now = self.leg.now
        for subject, (sight, then) in self._last.items():
            if subject not in self._present and self.leg.tells(stems_of(subject)):
                rows, found = self._bags(sight)
                yield [*rows, self._layout.leg.gone + age_bucket(now, then)], found
        for sight in sights:
            if any(each in self._asked for each in stems_of(sight.name + sight.kind)):
                self._last[sight.subject] = (sight, now)

    def _bags(self, sight: Sight) -> tuple[list[int], list[int]]:
        layout, most = self._layout, MOST_TIMES - 1
        subject = sight.subject
        rows, asked = self._fixed.get(sight) or self._fix(sight)
        known = [
            layout.ever + min(self._ever[subject], most),
            layout.lately + min(self._lately[subject], most),
        ]
        if self.leg is not None:
            known += self.leg.sight(stems_of(sight.name), stems_of(sight.kind))
        return rows + known, asked

    def _fix(self, sight: Sight) -> tuple[list[int], list[int]]:
        """What does not change within the episode: words, and which of them were asked for."""
        layout = self._layout
        rows = [layout.sight + self._vocabulary[word] for part in sight for word in part]
        shares = [(layout.share, stems_of(sight.name))]
        if self.leg is not None:
            shares.append((layout.leg.kind_share, stems_of(sight.kind)))
        for row, stems in shares:
            known = [each for each in stems if each in self._asked]
            rows.append(row + share_bucket(len(known), len(stems)))
        found = [each for each in stems_of(sight.name + sight.kind) if each in self._asked]
        self.named.update(found)
        self._fixed[sight] = rows, [-1 - at for each in found for at in self._asked[each]]
        return self._fixed[sight]
