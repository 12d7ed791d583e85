"""Episodes put together of two: the way to a turn from one, the way on from there of another.

Instructions that lead through streets tell turn after turn. Where one tells of just the turns that
were taken, in their order, it is known which of its sentences belong to which part of the way: an
episode can be cut behind a turn, sentences and steps alike, and go on with another that was cut
behind its turn of the same number. From two thousand walks that is a million.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from envs.record import Trajectory
from policies.learned import Targets
from policies.legs import SIDES, end_of_sentence, told_turns


class Cut(NamedTuple):
    """Behind a turn: so many characters of the instruction and so many steps are before it."""

    characters: int
    steps: int


def cuts(episode: Trajectory) -> dict[int, Cut]:
    """Where an episode can be cut, by the number of the turn from 0.

    Nowhere if its turns are not those that it was told; not behind a turn whose sentence tells
    the next as well, or is the last.
    """
    told = told_turns(episode.instruction)
    actions = [step.action for step in episode.steps]
    taken = [
        at
        for at, action in enumerate(actions)
        if action in SIDES and actions[at + 1 : at + 2] != [action]
    ]
    if not told or [turn.side for turn in told] != [actions[at] for at in taken]:
        return {}
    begins = [turn.start for turn in told[1:]] + [len(episode.instruction)]
    found = {}
    for number, (turn, begin, at) in enumerate(zip(told, begins, taken, strict=True)):
        end = end_of_sentence(episode.instruction, turn.end)
        if end is not None and end <= begin and end < len(episode.instruction):
            found[number] = Cut(end, at + 1)
    return found


def splice(
    one: tuple[Trajectory, Targets], at: Cut, other: tuple[Trajectory, Targets], on: Cut
) -> tuple[Trajectory, Targets]:
    """The first episode up to a cut, then the second from a cut of its own.

    What is seen after the turn is what the second saw.
    """
    (begun, targets), (gone_on, later) = one, other
    steps = (
        *begun.steps[: at.steps - 1],
        replace(begun.steps[at.steps - 1], observation=gone_on.steps[on.steps - 1].observation),
        *gone_on.steps[on.steps :],
    )
    instruction = begun.instruction[: at.characters] + gone_on.instruction[on.characters :]
    return (
        replace(begun, instruction=instruction, steps=steps),
        [*targets[: at.steps], *later[on.steps :]],
    )
