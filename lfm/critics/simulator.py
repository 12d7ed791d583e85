"""The critic that reads the simulator: privileged, free, and as fallible as one wants it.

It plays the episode again in the fast engine, asks the planner how far the goal is before and
after every step, and calls a step productive if it brought the goal nearer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from envs.alfworld import planner
from envs.alfworld.game import Game, State
from envs.alfworld.instructions import kind_of
from envs.alfworld.planner import TREATMENTS
from envs.alfworld.texts import NOTHING_HAPPENS
from envs.record import Step, Trajectory
from lfm.critics.base import Advance, StepFeedback, Window, WindowFeedback, unfollowed
from lfm.critics.errors import Errors
from lfm.critics.replay import Moment, replay
from lfm.critics.scripted import answer, episode_by_episode, say_end
from lfm.critics.wording import Move, read_command, say_why_not, say_why_productive


class _Replayed(NamedTuple):
    """An episode's game, and how things stood in it."""

    game: Game
    moments: Sequence[Moment]


class SimulatorCritic:
    """Judges steps by the planner's distance to the goal. Privileged.

    Args:
        game_of: task id -> game.
        miss_rate: part of the productive steps that it wrongly calls unproductive.
        false_alarm_rate: part of the unproductive steps that it wrongly calls productive.
        seed: which steps it errs on; the errors depend on episode and step alone, not on the
            order or the windows in which they are read.
    """

    name = "simulator"
    privileged = True

    def __init__(
        self,
        game_of: Callable[[str], Game],
        miss_rate: float = 0.0,
        false_alarm_rate: float = 0.0,
        seed: int = 0,
    ) -> None:
        self._game_of = game_of
        self._errors = Errors(miss_rate, false_alarm_rate, seed)

    def critique(
        self, windows: Sequence[Window], advance: Advance = unfollowed
    ) -> list[WindowFeedback]:
        """Label every step of the windows.

        Raises:
            UserError: an episode does not replay, because it was recorded with other games or
                another engine; the message names the episode and the step.
        """
        return episode_by_episode(windows, self._replay, self._tell, advance)

    def close(self) -> None:
        """Nothing has to be let go of."""

    def _replay(self, trajectory: Trajectory) -> _Replayed:
        game = self._game_of(trajectory.task_id)
        return _Replayed(game, replay(game, trajectory))

    def _tell(self, replayed: _Replayed, window: Window) -> WindowFeedback:
        game, moments = replayed
        steps = [
            self._label(game, moments, window.trajectory, step)
            for step in range(window.first, window.last + 1)
        ]
        last = moments[window.last]
        end = say_end(
            done=last.distance == 0,
            lost=last.distance >= planner.UNREACHABLE,
            still=f"it was still {last.distance} steps from done",
        )
        return answer(window, steps, end, f"next, {last.plan[0]}" if last.plan else "")

    def _label(
        self, game: Game, moments: Sequence[Moment], trajectory: Trajectory, step: int
    ) -> StepFeedback:
        before, after = moments[step - 1], moments[step]
        nearer = after.distance < before.distance
        productive = self._errors.said(trajectory.trajectory_id, step, nearer)
        move = _describe(game, trajectory.steps[step - 1], before, after)
        reason = say_why_productive(move) if productive else say_why_not(move)
        instead = before.plan[0] if before.plan and not productive else ""
        return StepFeedback(step, productive, reason, instead)


def _describe(game: Game, step: Step, before: Moment, after: Moment) -> Move:
    """What the wording needs to know of a step."""
    verb, first, second = read_command(step.action)
    nearer = after.distance < before.distance
    purpose, thing = _next_deed(after.plan) if nearer else ("", "")
    return Move(
        verb="" if step.observation == NOTHING_HAPPENS else verb,
        first=first,
        second=second,
        goal=game.goal,
        purpose=purpose,
        object=thing,
        needed=_next_deed([c for c in before.plan if not c.startswith("go to ")])[0],
        has_wanted=any(
            game.receptacles[place].name == first and game.items[item].kind == game.goal.item
            for item, place in before.state.inside
        ),
        won=after.distance == 0,
        ready=_is_ready(game, first, after.state),
        change=after.distance - before.distance,
    )


def _next_deed(plan: Sequence[str]) -> tuple[str, str]:
    """Verb and thing of the first command that is not opening a door; nothing for a journey."""
    for command in plan:
        verb, thing, _ = read_command(command)
        if verb != "open":
            return ("", "") if verb == "go to" else (verb, thing)
    return "", ""


def _is_ready(game: Game, name: str, state: State) -> bool:
    """Whether the item has the state that the task asks for."""
    if game.goal.kind not in TREATMENTS or kind_of(name) != game.goal.item:
        return True
    marked = getattr(state, TREATMENTS[game.goal.kind][0])
    return any(game.items[item].name == name for item in marked)
