"""The end of a walk, told of another place that it fits as well.

"Turn right. Stop just past the bank on your left." is right of a cafe in another street, too, if it
is told of the cafe, and if the agent had the cafe in its last steps where it had the bank. Two
thousand walks have two thousand ends, which are soon known by heart; but things stand along every
street, so that an end can be told of hundreds of places. The way there is that of another walk, and
what is told of it.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, permutations
from typing import NamedTuple

from envs.record import Step, Trajectory
from policies.crossings import told_crossings
from policies.learned import Examples, Targets
from policies.leg_rows import CLOSE, CROSSING, LIGHT
from policies.legs import read_legs
from policies.sights import read_sights, stems_of
from policies.splicing import Cut, cuts, joined
from policies.turning import STOP
from policies.words import cut_words, is_content, stem

RELOCATED = 0.3
"""Part of the episodes of a training in whose place another end is told of."""
LATELY = 4
"""Observations, the last ones, in which things have to be where they were."""
MOST_THINGS = 2
"""Things that an end may speak of."""
_AT_ONCE = 2
"""Steps behind a turn before which no walk is made to end."""
_MEASURED = re.compile(
    r"\b(?:half|halfway|quarter|middle|way down|end of|blocks?|buildings?|turning|[0-9]/[0-9])\b",
    re.IGNORECASE,
)
"""Says where to stop by how far it is, which another place would make wrong."""
_AT_CROSSING = re.compile(r"light|intersection|crossing|corner", re.IGNORECASE)
_WORD = re.compile(r"[A-Za-z]+|[0-9]+")
_NO_NAMES = frozenset(("stop", "walk", "place", "traffic", LIGHT))

Name = tuple[str, ...]
Where = tuple[str, ...]
"""Words that say where something is; none where it is out of sight."""


class Look(NamedTuple):
    """What an end and a place have to share.

    Attributes:
        things: where each thing is, from the last observation back.
        crossings: how many were come to since the last turn.
        ways: whether there was a crossing, and where its lights were, in the same observations;
            empty where the end speaks of none.
    """

    things: tuple[tuple[Where, ...], ...]
    crossings: int
    ways: tuple[tuple[bool, Where], ...] = ()


class _End(NamedTuple):
    """How to stop is told: text, with the number of a thing in place of its name."""

    text: tuple[str | int, ...]
    look: Look
    step: Step


class _Place(NamedTuple):
    """Where a walk can end: what is told up to its last turn, so many steps, the things there."""

    episode: Trajectory
    targets: Targets
    characters: int
    steps: int
    names: tuple[Name, ...]


class _Seen:
    """What an episode saw before each of its steps."""

    def __init__(self, episode: Trajectory) -> None:
        texts = [episode.first_observation, *(step.observation for step in episode.steps[:-1])]
        self._things: list[dict[Name, Where]] = []
        self._lights: list[Where] = []
        self.crossing = [CROSSING in text for text in texts]
        for text in texts:
            sights = [sight for sight in read_sights(text) if sight.name]
            self._things.append({s.name: s.where for s in sights if LIGHT not in s.name})
            self._lights.append(next((s.where for s in sights if LIGHT in s.name), ()))

    def __len__(self) -> int:
        return len(self.crossing)

    def names(self, begin: int, end: int) -> list[Name]:
        """The things in sight in some observations, each once."""
        return [*dict.fromkeys(chain.from_iterable(self._things[max(begin, 0) : end]))]

    def crossings(self, begin: int, end: int) -> int:
        """How many crossings are come to in some observations."""
        at = [number for number in range(begin, end) if self.crossing[number]]
        return sum(now - then > CLOSE for then, now in zip([-CLOSE - 1, *at], at, strict=False))

    def where(self, at: int, name: Name) -> tuple[Where, ...]:
        """Where a thing is in an observation and those before it."""
        return tuple(self._things[each].get(name, ()) for each in _lately(at))

    def ways(self, at: int) -> tuple[tuple[bool, Where], ...]:
        """The crossings in an observation and those before it; see :class:`Look`."""
        return tuple((self.crossing[each], self._lights[each]) for each in _lately(at))


def _lately(at: int) -> range:
    """An observation and those before it."""
    return range(at, max(at - LATELY, -1), -1)


class Relocations:
    """Ends of demonstrations, and the places that they can be told of.

    Args:
        examples: the episodes that are learned from.
    """

    def __init__(self, examples: Examples) -> None:
        shown = [
            (episode, targets, cuts(episode), _Seen(episode))
            for episode, targets in examples
            # Where a policy stopped that was trying is not where to stop.
            if episode.steps[-1].action == STOP and episode.steps[-1].log_prob is None
        ]
        ends = [end for episode, _, cut, seen in shown if (end := _end(episode, cut, seen))]
        wanted = {end.look for end in ends}
        sizes = {len(look.things) for look in wanted}
        self._places: dict[Look, list[_Place]] = {}
        for episode, targets, cut, seen in shown:
            for begun, at in _stretches(episode, cut, seen):
                for names, look in _looks(seen, begun.steps, at, sizes):
                    if look in wanted:
                        place = _Place(episode, targets, begun.characters, at, names)
                        self._places.setdefault(look, []).append(place)
        self._ends = [end for end in ends if end.look in self._places]

    def draw(self, episode: Trajectory, targets: Targets, seed: int) -> tuple[Trajectory, Targets]:
        """An episode and the actions to imitate in it, or now and then a relocated end instead."""
        draws = random.Random(seed)
        if not self._ends or draws.random() >= RELOCATED:
            return episode, targets
        return self._relocated(draws) or (episode, targets)

    def _relocated(self, draws: random.Random) -> tuple[Trajectory, Targets] | None:
        """An end that is told of another place; None if the name of a thing is told already."""
        end = draws.choice(self._ends)
        episode, targets, characters, steps, names = draws.choice(self._places[end.look])
        told = episode.instruction[:characters]
        rest = (told, *(part for part in end.text if isinstance(part, str)))
        known = {stem(word) for part in rest for word in cut_words(part)}
        if any(not known.isdisjoint(stems_of(name)) for name in names):
            return None
        said = "".join(
            part if isinstance(part, str) else _written(names[part]) for part in end.text
        )
        last = replace(end.step, admissible=episode.steps[steps].admissible)
        return (
            replace(
                episode,
                instruction=joined(told, said),
                steps=(*episode.steps[:steps], last),
            ),
            [*targets[:steps], last.action],
        )


def _end(episode: Trajectory, found: Mapping[int, Cut], seen: _Seen) -> _End | None:
    """How to stop is told, if that can be told of other places."""
    *before, last = read_legs(episode.instruction)
    turn = len(before) - 1
    cut = found.get(turn) if before else Cut(0, 0)
    behind, begin = (before[-1].end, 0) if cut is None else cut
    text = episode.instruction[max(behind, last.close) :]
    told = told_crossings(text)
    if _MEASURED.search(text) or told.reached > 1:
        return None
    at = len(seen) - 1
    names = _named(text, seen.names(begin, len(seen)))
    things = tuple(seen.where(at, name) for name in names)
    parts = _around(text, names)
    in_sight = all(any(where) for where in things)
    if not 0 < len(names) <= MOST_THINGS or not in_sight or not {*range(len(names))} <= {*parts}:
        return None
    ways = seen.ways(at)
    if cut is not None and last.crossings.reached == told.reached:
        crossings = seen.crossings(begin + 1, len(seen))
    else:  # what is told before is left out, with the crossings that it tells of
        crossings = int(told.reached > 0 and any(crossing for crossing, _ in ways))
    look = Look(things, crossings, ways if _AT_CROSSING.search(text) else ())
    return _End(parts, look, episode.steps[-1])


def _named(text: str, names: Sequence[Name]) -> list[Name]:
    """Those of some names of which a text has a word."""
    stems = {stem(word) for word in cut_words(text) if is_content(word)} - _NO_NAMES
    return [name for name in names if not stems.isdisjoint(stems_of(name))]


def _around(text: str, names: Sequence[Name]) -> tuple[str | int, ...]:
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


def _written(name: Name) -> str:
    """A name as people write it: with capitals, but for what is only a kind of thing."""
    return " ".join(name if name[0] in ("a", "an", "the") else map(str.capitalize, name))


def _stretches(
    episode: Trajectory, found: Mapping[int, Cut], seen: _Seen
) -> Iterator[tuple[Cut, int]]:
    """Where the walk could end: the turn before, and how many steps it has then."""
    begins = [found[turn] for turn in sorted(found)]
    if len(found) == len(read_legs(episode.instruction)) - 1:
        begins.insert(0, Cut(0, 0))
    ends = [*(cut.steps - 1 for cut in begins[1:]), len(seen)]
    for cut, end in zip(begins, ends, strict=False):  # one more if there is no cut
        for at in range(cut.steps + _AT_ONCE, end):
            yield cut, at


def _looks(
    seen: _Seen, begin: int, at: int, sizes: set[int]
) -> Iterator[tuple[tuple[Name, ...], Look]]:
    """How a place looks that a walk could end at, for each of the things there."""
    names = seen.names(at - LATELY + 1, at + 1)
    where = {name: seen.where(at, name) for name in names}
    crossings, ways = seen.crossings(begin + 1, at + 1), seen.ways(at)
    for size in sizes:
        for chosen in permutations(names, size):
            things = tuple(where[name] for name in chosen)
            yield chosen, Look(things, crossings)
            yield chosen, Look(things, crossings, ways)
