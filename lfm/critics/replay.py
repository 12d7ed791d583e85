"""An episode played again in the simulator: what was really the case at each moment. Privileged."""

from __future__ import annotations

import re
from dataclasses import dataclass

from envs.alfworld import planner
from envs.alfworld.engine import FastEngine
from envs.alfworld.game import Game, State
from envs.record import Trajectory
from lfm.critics.again import unlike_the_record

_MOVE = re.compile(r"move (.+) to (.+)")


@dataclass(frozen=True, slots=True)
class Moment:
    """The state after some steps, how far the goal is from it, and a plan that leads there."""

    state: State
    distance: int
    plan: tuple[str, ...]
    """Commands in the episode's dialect; none if the goal is reached or out of reach."""


def replay(game: Game, trajectory: Trajectory) -> list[Moment]:
    """The moments of an episode: before the first step and after each.

    Raises:
        UserError: the episode does not replay, because it was recorded with other games or another
            engine; the message names the episode and the step.
    """
    first = trajectory.steps[0].admissible if trajectory.steps else ()
    dialect = "move" if "help" in first else "put"
    engine = FastEngine(game, trajectory.instruction, dialect)
    turn = engine.reset()
    if trajectory.first_observation not in turn.observation:
        raise unlike_the_record(trajectory, "the first observation", trajectory.first_observation)
    moments = [_look_at(game, engine.snapshot(), dialect)]
    for number, step in enumerate(trajectory.steps, start=1):
        turn = engine.step(step.action)
        if turn.observation != step.observation:
            raise unlike_the_record(
                trajectory, f"step {number} ({step.action!r})", turn.observation
            )
        moments.append(_look_at(game, engine.snapshot(), dialect))
    return moments


def _look_at(game: Game, state: State, dialect: str) -> Moment:
    plan = planner.plan(game, state)
    if dialect == "put":
        plan = [_MOVE.sub(r"put \1 in/on \2", command) for command in plan]
    return Moment(state, len(plan) or planner.distance(game, state), tuple(plan))
