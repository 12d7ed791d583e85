"""The critic that reads the ScienceWorld simulator: privileged, and as fallible as one wants it.

It plays the episode again, sees which sub-goals each step reached, and knows one way to the goal.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from envs.record import Trajectory
from envs.scienceworld.java import BUNDLED
from lfm.critics.base import Advance, StepFeedback, Window, WindowFeedback, unfollowed
from lfm.critics.errors import Errors
from lfm.critics.science_replay import Moment, Rerun
from lfm.critics.science_rule import Verdicts, judge
from lfm.critics.science_way import Deed, Ways
from lfm.critics.science_wording import say_next, say_why_not, say_why_productive
from lfm.critics.scripted import answer, episode_by_episode, say_end


class _Judged(NamedTuple):
    """An episode, what its steps were, and how things stood."""

    trajectory: Trajectory
    moments: list[Moment]
    verdicts: Verdicts


class ScienceWorldCritic:
    """Judges steps by sub-goals and by a way to the goal (:mod:`lfm.critics.science_rule`).

    Privileged. It needs two Java processes, from the first episode until :meth:`close`.

    Args:
        simplifications: those that the episodes were played with.
        java: ``bundled``, ``system`` or the path of a Java program.
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
        simplifications: str = "",
        java: str = BUNDLED,
        miss_rate: float = 0.0,
        false_alarm_rate: float = 0.0,
        seed: int = 0,
    ) -> None:
        self._errors = Errors(miss_rate, false_alarm_rate, seed)
        self._simplifications, self._java = simplifications, java
        self._ways = Ways(simplifications, java)
        self._reruns: dict[str, Rerun] = {}

    def critique(
        self, windows: Sequence[Window], advance: Advance = unfollowed
    ) -> list[WindowFeedback]:
        """Label every step of the windows; each episode is played again once.

        Raises:
            UserError: an episode does not replay, because it was recorded with another version or
                other simplifications; the message names the episode and the step.
        """
        return episode_by_episode(windows, self._judge, self._tell, advance)

    def close(self) -> None:
        """Stop the Java processes."""
        self._ways.close()
        for rerun in self._reruns.values():
            rerun.close()
        self._reruns = {}

    def _judge(self, trajectory: Trajectory) -> _Judged:
        rerun = self._reruns.get(trajectory.split)
        if rerun is None:
            rerun = Rerun(trajectory.split, self._simplifications, self._java)
            self._reruns[trajectory.split] = rerun
        with ThreadPoolExecutor(1) as beside:
            future = beside.submit(self._ways.of, trajectory.task_id)
            moments = rerun.moments(trajectory)
            way = future.result()
        actions = [step.action for step in trajectory.steps]
        return _Judged(trajectory, moments, judge(actions, moments, way))

    def _tell(self, episode: _Judged, window: Window) -> WindowFeedback:
        steps = [self._label(episode, at) for at in range(window.first, window.last + 1)]
        last = episode.moments[window.last]
        return answer(
            window, steps, _end(last), _suggestion(last, episode.verdicts.ahead[window.last])
        )

    def _label(self, episode: _Judged, step: int) -> StepFeedback:
        finding = episode.verdicts.findings[step - 1]
        action = episode.trajectory.steps[step - 1].action
        said = self._errors.said(episode.trajectory.trajectory_id, step, finding.productive)
        say = say_why_productive if said else say_why_not
        return StepFeedback(step, said, say(action, finding))


def _end(last: Moment) -> str:
    reached = sum(goal.ordered and goal.reached for goal in last.goals)
    ordered = sum(goal.ordered for goal in last.goals)
    return say_end(
        done=last.score == 1.0,
        lost=last.score < 0,
        still=f"{reached} of its {ordered} main sub-goals were reached",
    )


def _suggestion(end: Moment, ahead: Deed | None) -> str:
    return "" if end.score in (-1.0, 1.0) else say_next(ahead, end.place)
