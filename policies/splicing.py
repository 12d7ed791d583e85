"""Episodes put together of two: the way to a turn from one, the way on from there of another.

Instructions that lead through streets tell turn after turn. Where one tells of just the turns that
were taken, in their order, it is known which of its legs (:mod:`policies.legs`) belongs to which
part of the way: an episode can be cut behind a turn, words and steps alike, and go on with another
that was cut behind its turn of the same number. From two thousand walks that is a million.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from envs.record import Trajectory
from policies.learned import Targets
from policies.legs import read_legs
from policies.turning import turns


class Cut(NamedTuple):
    """Behind a turn: so many characters of the instruction and so many steps are before it."""

    characters: int
    steps: int


def cuts(episode: Trajectory) -> dict[int, Cut]:
    """Where an episode can be cut, by the number of the turn from 0.

    Nowhere if its turns are not those that it was told, and not behind a turn that nothing is told
    after.
    """
    *legs, _ = read_legs(episode.instruction)
    taken = [*turns([step.action for step in episode.steps])]
    if [leg.side for leg in legs] != [side for _, side in taken]:
        return {}
    return {
        number: Cut(leg.end, at + 1)
        for number, (leg, (at, _)) in enumerate(zip(legs, taken, strict=True))
        if leg.end < len(episode.instruction)
    }


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
    instruction = joined(begun.instruction[: at.characters], gone_on.instruction[on.characters :])
    return (
        replace(begun, instruction=instruction, steps=steps),
        [*targets[: at.steps], *later[on.steps :]],
    )


def joined(before: str, behind: str) -> str:
    """Two parts of instructions as one."""
    before, behind = before.rstrip(" ,"), behind.lstrip(" ,")
    stop = "." if before[-1:].isalnum() and behind[:1].isupper() else ""
    return f"{before}{stop} {behind}".lstrip()
