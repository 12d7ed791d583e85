"""Rooms with factored actions: what is wanted, and what a line says, decide frame and things."""

from __future__ import annotations

import random
from collections.abc import Sequence

from envs.actions import FactoredActions
from envs.record import Step, Trajectory
from tests.policies import toys

FRAMES = ("look around", "wait1", "open OBJ", "pour OBJ in OBJ", "pour OBJ into OBJ")


def kitchen(number: int, names: Sequence[str], steps: int = 1) -> Trajectory:
    """Look around, then do what was asked for.

    What is asked for is to wait, to open a thing by its name (one of two words, or one with a
    preposition inside), or to pour what its line says is full into a thing of some name.
    """
    draw = random.Random(number)
    one, two, three, four = draw.sample(list(names), 4)
    things = [one, f"old {two}", f"door to {three}", four]
    draw.shuffle(things)
    full, other = draw.sample(things, 2)
    asked, action = draw.choice(
        [
            ("wait a little", "wait1"),
            (f"open the {other}", f"open {other}"),
            (f"pour what is full in the {other}", f"pour {full} in {other}"),
        ]
    )
    told = [f"\ta {thing} (that is {'full' if thing == full else 'empty'})" for thing in things]
    room = "\n".join(["You see:", *told])
    admissible = FactoredActions(FRAMES, tuple(things))
    walk = ["look around"] * (steps - 1)
    episode = toys.trajectory(number, asked, [], f"A kitchen.\n{room}")
    return Trajectory(
        **{field: getattr(episode, field) for field in episode.__slots__ if field != "steps"},
        steps=tuple(
            Step(done, f"You did: {done}.\n{room}", admissible, 0.0) for done in [*walk, action]
        ),
    )
