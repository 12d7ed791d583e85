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
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import permutations
from typing import NamedTuple

from envs.record import Step, Trajectory
from policies.crossings import told_crossings
from policies.learned import Examples, Targets, ends_by_itself
from policies.legs import read_legs
from policies.looks import LATELY, Looks, Name, Seen, Template, Where, clash, fill, spoken_of
from policies.splicing import Cut, cuts, joined

RELOCATED = 0.3
"""Part of the episodes of a training in whose place another end is told of."""
_AT_ONCE = 2
"""Steps behind a turn before which no walk is made to end."""
_MEASURED = re.compile(
    r"\b(?:half|halfway|quarter|middle|way down|end of|blocks?|buildings?|turning|[0-9]/[0-9])\b",
    re.IGNORECASE,
)
"""Says where to stop by how far it is, which another place would make wrong."""
_AT_CROSSING = re.compile(r"light|intersection|crossing|corner", re.IGNORECASE)


class Look(NamedTuple):
    """What an end and a place have to share.

    Attributes:
        things: where each thing is, from the last observation back.
        crossings: how many were come to since the last turn.
        ways: whether there was a crossing, and where its lights were, in the same observations;
            empty where the end speaks of none.
    """

    things: Looks
    crossings: int
    ways: tuple[tuple[bool, Where], ...] = ()


class _End(NamedTuple):
    """How to stop is told."""

    text: Template
    look: Look
    step: Step


class _Place(NamedTuple):
    """Where a walk can end: what is told up to its last turn, so many steps, the things there."""

    episode: Trajectory
    targets: Targets
    characters: int
    steps: int
    names: tuple[Name, ...]


class Relocations:
    """Ends of demonstrations, and the places that they can be told of.

    Args:
        examples: the episodes that are learned from.
    """

    def __init__(self, examples: Examples) -> None:
        shown = [
            (episode, targets, cuts(episode), Seen(episode))
            for episode, targets in examples
            # Where a policy stopped that was trying is not where to stop.
            if ends_by_itself(episode) and episode.steps[-1].log_prob is None
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
        if clash(names, [told, *(part for part in end.text if isinstance(part, str))]):
            return None
        last = replace(end.step, admissible=episode.steps[steps].admissible)
        return (
            replace(
                episode,
                instruction=joined(told, fill(end.text, names)),
                steps=(*episode.steps[:steps], last),
            ),
            [*targets[:steps], last.action],
        )


def _end(episode: Trajectory, found: Mapping[int, Cut], seen: Seen) -> _End | None:
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
    told_of = spoken_of(text, seen, begin, at)
    if told_of is None or not told_of[0]:
        return None
    things, parts = told_of
    ways = seen.ways(at)
    if cut is not None and last.crossings.reached == told.reached:
        crossings = seen.crossings(begin + 1, len(seen))
    else:  # what is told before is left out, with the crossings that it tells of
        crossings = int(told.reached > 0 and any(crossing for crossing, _ in ways))
    look = Look(things, crossings, ways if _AT_CROSSING.search(text) else ())
    return _End(parts, look, episode.steps[-1])


def _stretches(
    episode: Trajectory, found: Mapping[int, Cut], seen: Seen
) -> Iterator[tuple[Cut, int]]:
    """Where the walk could end: the turn before, and how many steps it has then."""
    turns = sorted(found)
    begins = [found[turn] for turn in turns]
    if len(found) == len(read_legs(episode.instruction)) - 1:
        begins.insert(0, Cut(0, 0))
    ends = [*(cut.steps for cut in begins[1:]), len(seen) + 1]
    for cut, end in zip(begins, ends, strict=bool(begins)):
        for at in range(cut.steps + _AT_ONCE, end - 1):
            yield cut, at


def _looks(
    seen: Seen, begin: int, at: int, sizes: set[int]
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
