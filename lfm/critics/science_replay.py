"""A ScienceWorld episode played again: what was really the case at each moment. Privileged."""

from __future__ import annotations

import re
from dataclasses import dataclass

from envs.base import Info
from envs.errors import UserError
from envs.record import Trajectory
from envs.scienceworld.env import ScienceWorldEnv
from envs.scienceworld.sight import place_in
from envs.scienceworld.simulator import Simulator
from lfm.critics.again import play_again

_MOST_STEPS = 1_000_000
_GOAL = re.compile(r"(\d+)\t(true|false)\s+(?:(?:true|false)\s+)?(Goal\w+)\t*(.*)")
_CAPITAL = re.compile(r"(?<!^)(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class SubGoal:
    """What the simulator gives a part of the score for.

    Attributes:
        number: where it stands in its list.
        ordered: it has to be reached, after those before it; else it is worth something by itself,
            and may be one of several ways.
        text: what it asks for, in the simulator's words.
        reached: whether it has been.
    """

    number: int
    ordered: bool
    text: str
    reached: bool

    @property
    def key(self) -> tuple[bool, int]:
        """Which of the task's sub-goals it is."""
        return self.ordered, self.number


@dataclass(frozen=True, slots=True)
class Moment:
    """How things stand after a step, or at the start.

    Attributes:
        reply: what the simulator said to the step; empty at the start.
        place: name of the room.
        score: -1 to 1.
        goals: the sub-goals, the ordered ones first.
    """

    reply: str
    place: str
    score: float
    goals: tuple[SubGoal, ...]


def read_progress(text: str) -> tuple[SubGoal, ...]:
    """The sub-goals in what the simulator prints of them; see :meth:`Simulator.progress`."""
    ordered = True
    found = []
    for line in text.splitlines():
        if line.startswith("Unordered"):
            ordered = False
        elif match := _GOAL.match(line):
            words = match[4].strip() or _CAPITAL.sub(" ", match[3][len("Goal") :]).lower()
            found.append(SubGoal(int(match[1]), ordered, _plain(words), match[2] == "true"))
    return tuple(found)


def _plain(text: str) -> str:
    """A sub-goal's text as it stands inside a sentence."""
    return text[0].lower() + text[1:]


def look_around(simulator: Simulator, reply: str = "") -> Moment:
    """How things stand in a simulator."""
    goals = read_progress(simulator.progress())
    return Moment(reply, place_in(simulator.look()), simulator.score(), goals)


def reached(before: Moment, after: Moment) -> tuple[SubGoal, ...]:
    """The sub-goals reached in between, the ordered ones first."""
    known = {goal.key for goal in before.goals if goal.reached}
    return tuple(goal for goal in after.goals if goal.reached and goal.key not in known)


class Rerun(ScienceWorldEnv):
    """The environment of an episode, to play it again in."""

    def __init__(self, split: str, simplifications: str, java: str):
        super().__init__(split, _MOST_STEPS, simplifications, java=java)

    def moments(self, trajectory: Trajectory) -> list[Moment]:
        """The moments of an episode: before the first step and after each.

        Raises:
            UserError: it was recorded with another version or simplifications, or does not replay;
                the message names the episode and the step.
        """
        if trajectory.env_version != self.version:
            raise UserError(
                f"episode {trajectory.trajectory_id} of {trajectory.task_id} was recorded with "
                f"{trajectory.env_version}, and this is {self.version}: choose the same "
                "simplifications, and the version of the package that it was recorded with."
            )
        return [self._moment(info) for info in play_again(self, trajectory)]

    def _moment(self, info: Info) -> Moment:
        goals = read_progress(self._simulator.progress())
        return Moment(info["reply"], place_in(info["look"]), info["score"], goals)
