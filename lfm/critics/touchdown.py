"""The critic that knows the route: privileged, and as fallible as one wants it.

It plays the episode again and knows at every place what the instruction asks for. A step is
productive if it brings the agent nearer to the end of the way, or is a stop where the way ends.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from envs.record import Trajectory
from envs.touchdown.env import EXPLICIT, TouchdownEnv
from envs.touchdown.hops import UNREACHABLE
from envs.touchdown.moves import NOWHERE, STOP, State
from envs.touchdown.routes import Route
from envs.touchdown.turns import FORWARD, TURN_AROUND
from lfm.critics.again import play_again
from lfm.critics.base import Advance, StepFeedback, Window, WindowFeedback, unfollowed
from lfm.critics.errors import Errors
from lfm.critics.scripted import answer, episode_by_episode, say_end
from lfm.critics.touchdown_way import BACK, STRAIGHT, Way, direction
from lfm.critics.touchdown_wording import Deed, Kind, say_why_not, say_why_productive

_TURNS = {FORWARD: STRAIGHT, TURN_AROUND: BACK}
"""Where an action turns to, if it is not named so."""


class Moment(NamedTuple):
    """Where the agent was after some steps.

    Attributes:
        state: where it stood and looked.
        before: the panorama that it came from; :data:`~envs.touchdown.moves.NOWHERE` at the start.
        arrival: its heading when it came there.
        passed: it has been at the goal before.
        done: the task is done.
    """

    state: State
    before: int
    arrival: int
    passed: bool
    done: bool


class _Walked(NamedTuple):
    """An episode, the way it should have gone, and how it went."""

    trajectory: Trajectory
    way: Way
    moments: list[Moment]


class TouchdownCritic:
    """Judges steps by the way that is still to go (:mod:`lfm.critics.touchdown_way`). Privileged.

    Args:
        make_env: makes an environment over the tasks of the episodes, which is asked for when
            the first episode is read.
        miss_rate: part of the productive steps that it wrongly calls unproductive.
        false_alarm_rate: part of the unproductive steps that it wrongly calls productive.
        seed: which steps it errs on; the errors depend on episode and step alone, not on the
            order or the windows in which they are read.

    Raises:
        UserError: a rate is not between 0 and 1.
    """

    name = "simulator"
    privileged = True

    def __init__(
        self,
        make_env: Callable[[], TouchdownEnv],
        miss_rate: float = 0.0,
        false_alarm_rate: float = 0.0,
        seed: int = 0,
    ) -> None:
        self._make_env = make_env
        self._env: TouchdownEnv | None = None
        self._errors = Errors(miss_rate, false_alarm_rate, seed)

    def critique(
        self, windows: Sequence[Window], advance: Advance = unfollowed
    ) -> list[WindowFeedback]:
        """Label every step of the windows; each episode is played again once.

        Raises:
            UserError: an episode does not replay, because it was recorded with other tasks or
                settings; the message names the episode and the step.
        """
        return episode_by_episode(windows, self._walk_again, self._tell, advance)

    def close(self) -> None:
        """Let go of the environment."""
        if self._env is not None:
            self._env.close()
            self._env = None

    def _walk_again(self, trajectory: Trajectory) -> _Walked:
        if self._env is None:
            self._env = self._make_env()
        env = self._env
        route = env.route(trajectory.task_id)
        moments = walked(env, route, trajectory)
        way = Way(env.graph, env.moves, route, explicit_stop=env.stop == EXPLICIT)
        return _Walked(trajectory, way, moments)

    def _tell(self, walk: _Walked, window: Window) -> WindowFeedback:
        steps = [self._label(walk, at) for at in range(window.first, window.last + 1)]
        last = walk.moments[window.last]
        needed = walk.way.needed(last.state)
        stopped = walk.trajectory.steps[window.last - 1].action == STOP
        lost = needed >= UNREACHABLE or (stopped and walk.way.explicit_stop)
        end = say_end(done=last.done, lost=lost, still=f"it was still {needed} steps from done")
        action = "" if last.done or lost else walk.way.action(last.state)
        return answer(window, steps, end, f"next, {action}" if action else "")

    def _label(self, walk: _Walked, step: int) -> StepFeedback:
        before, after = walk.moments[step - 1 : step + 1]
        trajectory = walk.trajectory
        deed = describe(walk.way, before, trajectory.steps[step - 1].action, after)
        right = is_productive(walk.way, deed, before, after)
        said = self._errors.said(trajectory.trajectory_id, step, right)
        return StepFeedback(step, said, (say_why_productive if said else say_why_not)(deed))


def walked(env: TouchdownEnv, route: Route, trajectory: Trajectory) -> list[Moment]:
    """The moments of an episode: before the first step and after each.

    Raises:
        UserError: it does not replay; the message names the episode and the step.
    """
    found: list[Moment] = []
    for info in play_again(env, trajectory):
        state, done = env.state, bool(info["success"])
        if not found:
            before = route.panos[0] if state.pano != route.panos[0] else NOWHERE
            found.append(Moment(state, before, state.heading, passed=False, done=done))
            continue
        last = found[-1]
        moved = state.pano != last.state.pano
        found.append(
            Moment(
                state,
                last.state.pano if moved else last.before,
                state.heading if moved else last.arrival,
                passed=last.passed or last.state.pano == route.panos[-1],
                done=done,
            )
        )
    return found


def is_productive(way: Way, deed: Deed, before: Moment, after: Moment) -> bool:
    """Whether a step was as told.

    A shortcut that leaves the way is not: nothing in the instruction says that it is one.
    """
    if after.done or deed.kind is Kind.STOP:
        return after.done
    if deed.on_way and way.place(after.state.pano) is None:
        return False
    return way.needed(after.state) < way.needed(before.state)


def describe(way: Way, before: Moment, action: str, after: Moment) -> Deed:
    """What the wording needs to know of a step."""
    state, pano = before.state, before.state.pano
    on_way = way.place(pano) is not None
    kind = _kind(way, before, action, after)
    fresh, crossing = before.before == NOWHERE, way.is_crossing(pano)
    if kind is Kind.WALK:
        heading = before.arrival if crossing and not fresh else state.heading
        where, asked = direction(heading, after.state.heading), way.asks(pano, heading)
    else:
        gold = way.action(state)
        where, asked = _TURNS.get(action, action), _TURNS.get(gold, gold)
    return Deed(
        kind=kind,
        where=where,
        turned=direction(state.heading, after.state.heading) != STRAIGHT,
        crossing=crossing,
        number=way.intersection(pano, before.before),
        asked=asked,
        on_way=on_way,
        fresh=fresh,
        facing=state.heading != before.arrival,
        left=way.to_the_end(pano) if on_way else 0,
        beyond=way.beyond(pano) if before.passed and not on_way else 0,
        turn=way.next_turn(pano) if on_way else None,
    )


def _kind(way: Way, before: Moment, action: str, after: Moment) -> Kind:
    if action == STOP and way.explicit_stop:
        return Kind.STOP
    if before.state.pano != after.state.pano:
        return Kind.WALK
    return Kind.NOTHING if before.state.heading == after.state.heading else Kind.TURN
