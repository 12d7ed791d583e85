"""Walks straight on, with turns, past things that are told of."""

from __future__ import annotations

from dataclasses import replace

from envs.record import Trajectory
from tests.policies import toys

MOVES = ["forward", "left", "right", "stop"]
STREET = "The street goes on."
LEFT = "On your left: {}."
AHEAD = "Slightly left: {}."
CROSSING = "There is a 4-way intersection."


def passing(name: str) -> list[str]:
    """What is seen on the way past something: its end is the step before the last two."""
    return [STREET, STREET, AHEAD.format(name), LEFT.format(name), LEFT.format(name), STREET]


def walk(number: int, instruction: str, *seen: str, log_prob: float | None = None) -> Trajectory:
    """A walk that stops where it has seen the last of some things.

    What is a side in place of something seen is a turn to it.
    """
    steps = [(each, STREET) if each in MOVES else ("forward", each) for each in seen]
    told = [(action, text, MOVES) for action, text in [*steps, ("stop", "You stop.")]]
    walked = toys.trajectory(number, instruction, told, STREET)
    last = replace(walked.steps[-1], log_prob=log_prob)
    return replace(walked, steps=(*walked.steps[:-1], last))
