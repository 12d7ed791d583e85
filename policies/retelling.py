"""A walk, with other words for how to come to its turns: those of other walks that fit as well.

"Go through one light and turn left at the next" fits every turn to the left at the second light,
and "with the bank on the corner" those with a bank there, or with a cafe, if it is called a cafe.
So what is told of a leg can be told of any that turns to the same side behind as many crossings,
if there is something where its landmarks were. Two thousand walks have as many ways to say "left at
the second light", each at a place of its own, by which it is soon known by heart.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import permutations
from typing import NamedTuple

from envs.record import Trajectory
from policies.learned import Examples
from policies.legs import Leg, read_legs
from policies.looks import LATELY, Looks, Name, Seen, Template, clash, fill, spoken_of
from policies.splicing import Cut, cuts, joined

RETOLD = 0.5
"""Part of the legs that are told otherwise, of those that can be."""
_SHAPED = re.compile(
    r"\bT\b|\bY\b|curv|bend|fork|end of|dead|half|quarter|double|wide|large|big|split|merge|far\b"
    r"|immediate|quick|short|long|after that|there|same",
    re.IGNORECASE,
)
"""Says more of a leg than is compared, or goes on from what is told before."""


class _Key(NamedTuple):
    """What two legs have to share."""

    side: str
    crossings: int
    lit: int
    things: Looks
    """Where the things are that are told of, from the turn back."""


class _Retold(NamedTuple):
    """A leg that can be told otherwise: between which characters, and how."""

    begin: int
    end: int
    ways: list[tuple[_Key, tuple[Name, ...]]]


class _Stretch(NamedTuple):
    """A leg that was walked as it is told."""

    leg: Leg
    begin: Cut
    end: Cut
    turn: int
    """Steps before its turn."""


class Retellings:
    """What is told of the legs of demonstrations, and which other legs it fits.

    Args:
        examples: the episodes that are learned from.
    """

    def __init__(self, examples: Examples) -> None:
        self._told: dict[_Key, list[Template]] = {}
        walked = [
            (episode, Seen(episode), [*_stretches(episode)])
            for episode, _ in examples
            if episode.steps[-1].log_prob is None  # a demonstrator's actions have none
        ]
        for episode, seen, stretches in walked:
            for stretch in stretches:
                found = _told(episode.instruction, seen, stretch)
                if found is not None:
                    self._told.setdefault(found[0], []).append(found[1])
        sizes = {len(key.things) for key in self._told}
        self._legs: dict[str, list[_Retold]] = {}
        self._texts = {episode.trajectory_id: episode.instruction for episode, _, _ in walked}
        for episode, seen, stretches in walked:
            self._legs[episode.trajectory_id] = [
                _Retold(each.begin.characters, each.end.characters, ways)
                for each in stretches
                if (ways := [way for way in _keys(seen, each, sizes) if way[0] in self._told])
            ]

    def draw(self, episode: Trajectory, seed: int) -> Trajectory:
        """The episode, some of its legs told otherwise."""
        draws = random.Random(seed)
        instruction = episode.instruction
        whole = self._texts.get(episode.trajectory_id, "")
        for begin, end, ways in reversed(self._legs.get(episode.trajectory_id, [])):
            if draws.random() >= RETOLD or instruction[:end] != whole[:end]:
                continue
            key, names = draws.choice(ways)
            template = draws.choice(self._told[key])
            before, behind = instruction[:begin], instruction[end:]
            rest = [before, behind, *(part for part in template if isinstance(part, str))]
            if not clash(names, rest):
                instruction = joined(joined(before, fill(template, names)), behind)
        return (
            episode
            if instruction == episode.instruction
            else replace(episode, instruction=instruction)
        )


def _stretches(episode: Trajectory) -> Iterator[_Stretch]:
    """The legs of a walk that end with a turn, as far as they were walked as told."""
    found: Mapping[int, Cut] = cuts(episode)
    actions = [step.action for step in episode.steps]
    for number, leg in enumerate(read_legs(episode.instruction)[:-1]):
        begin = found.get(number - 1) if number else Cut(0, 0)
        if begin is None or number not in found:
            continue
        turn = found[number].steps - 1
        while turn > begin.steps and actions[turn - 1] == actions[turn]:
            turn -= 1
        yield _Stretch(leg, begin, found[number], turn)


def _told(instruction: str, seen: Seen, stretch: _Stretch) -> tuple[_Key, Template] | None:
    """How a leg is told, if that can be told of others."""
    leg, begin, end, turn = stretch
    text = instruction[begin.characters : end.characters]
    if _SHAPED.search(text):
        return None
    told_of = spoken_of(text, seen, begin.steps, turn)
    if told_of is None:
        return None
    things, parts = told_of
    key = _Key(leg.side, *_crossings(seen, stretch), things)
    count = key.lit if leg.lights else key.crossings
    if leg.crossings.reached != count and (leg.counted or not things):
        return None
    return key, parts


def _crossings(seen: Seen, stretch: _Stretch) -> tuple[int, int]:
    """How many crossings a leg comes to, and how many of them have lights."""
    begin, end = stretch.begin.steps + bool(stretch.begin.steps), stretch.turn + 1
    return seen.crossings(begin, end), seen.crossings(begin, end, lit=True)


def _keys(
    seen: Seen, stretch: _Stretch, sizes: set[int]
) -> Iterator[tuple[_Key, tuple[Name, ...]]]:
    """What others would have to share, with each of the things in sight at the turn."""
    turn, side = stretch.turn, stretch.leg.side
    names = seen.names(turn - LATELY + 1, turn + 1)
    crossings = _crossings(seen, stretch)
    for size in sizes:
        for chosen in permutations(names, size):
            things = tuple(seen.where(turn, name) for name in chosen)
            yield _Key(side, *crossings, things), chosen
