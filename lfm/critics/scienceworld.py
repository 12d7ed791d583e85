"""The critic that reads the ScienceWorld simulator: privileged, and as fallible as one wants it.

It plays the episode again, sees which sub-goals each step reached, and knows one way to the goal.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from envs.record import Trajectory
from envs.scienceworld.java import BUNDLED
from lfm.critics.base import StepFeedback, Window, WindowFeedback
from lfm.critics.errors import Errors
from lfm.critics.science_replay import Moment, Rerun
from lfm.critics.science_rule import Verdicts, judge
from lfm.critics.science_way import Deed, Ways
from lfm.critics.science_wording import say_next, say_why_not, say_why_productive


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

    def critique(self, windows: list[Window]) -> list[WindowFeedback]:
        """Label every step of the windows; each episode is played again once.

        Raises:
            UserError: an episode does not replay, because it was recorded with another version or
                other simplifications; the message names the episode and the step.
        """
        feedback: dict[int, WindowFeedback] = {}
        of_episode: dict[str, list[int]] = {}
        for number, window in enumerate(windows):
            of_episode.setdefault(window.trajectory.trajectory_id, []).append(number)
        for numbers in of_episode.values():
            episode = self._judge(windows[numbers[0]].trajectory)
            feedback.update((each, self._tell(episode, windows[each])) for each in numbers)
        return [feedback[number] for number in range(len(windows))]

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
        steps = tuple(self._label(episode, at) for at in range(window.first, window.last + 1))
        end = episode.moments[window.last]
        return WindowFeedback(
            window_id=window.window_id,
            trajectory_id=window.trajectory.trajectory_id,
            steps=steps,
            summary=_summary(steps, episode.moments[window.first - 1], end),
            suggestion=_suggestion(end, episode.verdicts.ahead[window.last]),
            input_tokens=0,
            output_tokens=0,
            parse="ok",
            answer="",
        )

    def _label(self, episode: _Judged, step: int) -> StepFeedback:
        finding = episode.verdicts.findings[step - 1]
        action = episode.trajectory.steps[step - 1].action
        said = self._errors.said(episode.trajectory.trajectory_id, step, finding.productive)
        say = say_why_productive if said else say_why_not
        return StepFeedback(step, said, say(action, finding))


def _summary(steps: Sequence[StepFeedback], start: Moment, end: Moment) -> str:
    productive = sum(step.productive for step in steps)
    told = f"{productive} of {len(steps)} steps brought the task nearer"
    if end.score == 1.0:
        return f"{told}, and it was done in the end."
    if end.score < 0:
        return f"{told}; in the end it could not be done any more."
    reached = sum(goal.ordered and goal.reached for goal in end.goals)
    ordered = sum(goal.ordered for goal in end.goals)
    return f"{told}; in the end {reached} of its {ordered} main sub-goals were reached."


def _suggestion(end: Moment, ahead: Deed | None) -> str:
    return "" if end.score in (-1.0, 1.0) else say_next(ahead, end.place)
