"""Variations of an episode that ask for the same: for training where there are few episodes.

An instruction that leads through what is listed in sight ("left after the bank") stays right if the
world is seen in a mirror, if there are more or fewer things that it does not speak of, and if the
way is a little longer or shorter where there is nothing to see. What is learned from many such
variations cannot be the episodes themselves. Nothing here is particular to one environment, but it
is of use only where observations list what is in sight (:mod:`policies.sights`).
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from envs.record import Step, Trajectory
from policies.learned import Examples, Targets, ends_by_itself
from policies.splicing import Cut, cuts, splice
from policies.words import cut_words, is_content, stem

SPLICED = 0.75
"""Chance of an episode that can go on as another does to do so."""
MOST_HIDDEN = 0.6
"""Most of the things not spoken of that may go, as a share."""
MOST_BROUGHT = 4
"""Most things that are brought from other episodes."""
MOST_STRETCHED = 0.3
"""Most of the steps without event that come twice, and as many that are left out, as a share."""
FORGOTTEN = 0.05
"""Words of the instruction that are left out, as a share."""
LONGEST = 20
"""A thing that stays in sight for more steps is not brought to other episodes."""

_SIDE = re.compile(r"\b(left|right)\b", re.IGNORECASE)
_OTHER_SIDE = {"left": "right", "right": "left", "Left": "Right", "Right": "Left"}


class _Line(NamedTuple):
    """A line of an observation: ``where: thing, thing`` or, without things, all of it."""

    where: str
    things: tuple[str, ...]

    @property
    def text(self) -> str:
        return f"{self.where}: {', '.join(self.things)}." if self.things else self.where


class _Visit(NamedTuple):
    """A thing that comes into sight and goes: where it is, by steps from the first."""

    thing: str
    places: tuple[tuple[int, str], ...]


class Variations:
    """Draws variations of episodes.

    Args:
        examples: the episodes that are learned from; things come from one to another.
    """

    def __init__(self, examples: Examples) -> None:
        self._visits = [visit for episode, _ in examples for visit in _visits(episode)]
        self._cut: dict[int, list[tuple[Trajectory, Targets, Cut]]] = {}
        for episode, targets in examples:
            for turn, cut in cuts(episode).items():
                self._cut.setdefault(turn, []).append((episode, targets, cut))

    def draw(self, episode: Trajectory, targets: Targets, seed: int) -> tuple[Trajectory, Targets]:
        """A variation of the episode, and the actions to imitate in it."""
        draws = random.Random(seed)
        episode, targets = self._spliced(episode, targets, draws)
        spoken = _stems(episode.instruction)
        seen = self._others(_observations(episode), spoken, draws)
        steps, wanted = _stretched(_with_observations(episode, seen), targets, draws)
        words = episode.instruction.split(" ")
        instruction = " ".join(word for word in words if draws.random() >= FORGOTTEN)
        first = "\n".join(line.text for line in seen[0])
        varied = replace(
            episode,
            instruction=instruction or episode.instruction,
            first_observation=first,
            steps=tuple(steps),
        )
        lenient = _with_leeway(varied, wanted)
        return mirrored(varied, lenient) if draws.random() < 0.5 else (varied, lenient)

    def _spliced(
        self, episode: Trajectory, targets: Targets, draws: random.Random
    ) -> tuple[Trajectory, Targets]:
        """After one of its turns the episode goes on as another does after its turn."""
        found = cuts(episode)
        if not found or draws.random() >= SPLICED:
            return episode, targets
        turn = draws.choice([*found])
        other, later, cut = draws.choice(self._cut[turn])
        return splice((episode, targets), found[turn], (other, later), cut)

    def _others(
        self, seen: list[list[_Line]], spoken: frozenset[str], draws: random.Random
    ) -> list[list[_Line]]:
        """Things that the instruction does not speak of go, others come."""
        share = draws.random() * MOST_HIDDEN
        things = dict.fromkeys(thing for lines in seen for line in lines for thing in line.things)
        gone = {each for each in things if draws.random() < share and not spoken & _stems(each)}
        kept = [[_without(line, gone) for line in lines] for lines in seen]
        varied = [[line for line in lines if line is not None] for lines in kept]
        brought = draws.randint(0, MOST_BROUGHT) if self._visits else 0
        for visit in (draws.choice(self._visits) for _ in range(brought)):
            if spoken & _stems(visit.thing):
                continue
            begin = draws.randrange(len(varied))
            for after, where in visit.places:
                if begin + after < len(varied):
                    _bring(varied[begin + after], where, visit.thing)
        return varied


def _with_leeway(episode: Trajectory, targets: Targets) -> Targets:
    """Where a demonstration ended, it might have ended a step before.

    So nothing is learned of that step, unless it did another thing than the one before it. Not so
    of what a policy tried: learning from its own ends, it would end earlier every time.
    """
    *before, last = (step.action for step in episode.steps)
    went_on = len(before) > 1 and before[-1] == before[-2]
    tried = episode.steps[-1].log_prob is not None  # a demonstrator's actions have none
    if targets[-1] == last and went_on and ends_by_itself(episode) and not tried:
        return [*targets[:-2], None, last]
    return targets


def mirrored(episode: Trajectory, targets: Targets) -> tuple[Trajectory, Targets]:
    """The same with left and right exchanged in every text."""
    steps = tuple(
        replace(
            step,
            action=_mirror(step.action),
            observation=_mirror(step.observation),
            admissible=tuple(map(_mirror, step.admissible)),
        )
        for step in episode.steps
    )
    seen = replace(
        episode,
        instruction=_mirror(episode.instruction),
        first_observation=_mirror(episode.first_observation),
        steps=steps,
    )
    return seen, [None if target is None else _mirror(target) for target in targets]


def _mirror(text: str) -> str:
    return _SIDE.sub(lambda found: _OTHER_SIDE.get(found[0], found[0]), text)


def _stems(text: str) -> frozenset[str]:
    return frozenset(stem(word) for word in cut_words(text) if is_content(word))


def _lines(observation: str) -> list[_Line]:
    found = []
    for line in observation.split("\n"):
        where, colon, listed = line.partition(":")
        things = (thing.strip().rstrip(".") for thing in listed.split(","))
        found.append(_Line(where, tuple(filter(None, things))) if colon else _Line(line, ()))
    return found


def _observations(episode: Trajectory) -> list[list[_Line]]:
    texts = [episode.first_observation, *(step.observation for step in episode.steps)]
    return [_lines(text) for text in texts]


def _with_observations(episode: Trajectory, seen: Sequence[Sequence[_Line]]) -> list[Step]:
    texts = ["\n".join(line.text for line in lines) for lines in seen[1:]]
    return [
        replace(step, observation=text) for step, text in zip(episode.steps, texts, strict=True)
    ]


def _visits(episode: Trajectory) -> Iterable[_Visit]:
    places: dict[str, list[tuple[int, str]]] = {}
    for time, lines in enumerate(_observations(episode)):
        for line in lines:
            for thing in line.things:
                places.setdefault(thing, []).append((time, line.where))
    for thing, found in places.items():
        begin = found[0][0]
        if found[-1][0] - begin < LONGEST:
            yield _Visit(thing, tuple((time - begin, where) for time, where in found))


def _without(line: _Line, gone: set[str]) -> _Line | None:
    """The line without some things; None if it listed nothing else."""
    if not line.things:
        return line
    left = tuple(thing for thing in line.things if thing not in gone)
    return _Line(line.where, left) if left else None


def _bring(lines: list[_Line], where: str, thing: str) -> None:
    for at, line in enumerate(lines):
        if line.where == where and line.things:
            lines[at] = _Line(where, (*line.things, thing))
            return
    lines.append(_Line(where, (thing,)))


def _stretched(
    steps: Sequence[Step], targets: Targets, draws: random.Random
) -> tuple[list[Step], list[str | None]]:
    """Some of the steps in which nothing happened come twice, others not at all.

    Nothing happened in a step that does and brings what the step before it did and brought, and
    where nothing is listed.
    """
    share = draws.random() * MOST_STRETCHED
    kept: list[Step] = []
    wanted: list[str | None] = []
    for at, step in enumerate(steps):
        times = 1
        if at and _same(step, steps[at - 1]) and targets[at] in (None, step.action):
            chance = draws.random()
            times = 0 if chance < share else 2 if chance < 2 * share else 1
        kept += [step] * times
        wanted += [targets[at]] * times
    if any(target is not None for target in wanted):
        return kept, wanted
    return [*steps], [*targets]


def _same(step: Step, before: Step) -> bool:
    return (
        step.action == before.action
        and step.observation == before.observation
        and ":" not in step.observation
        and step.admissible == before.admissible
    )
