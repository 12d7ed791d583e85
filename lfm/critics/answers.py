"""The critic that knows the right answers to text tasks, and says as much of them as it may."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from envs.answers.question import Level, Question
from lfm.critics.base import Advance, StepFeedback, Window, WindowFeedback, unfollowed
from lfm.critics.errors import Errors
from lfm.critics.scripted import episode_by_episode


class AnswerCritic:
    """Judges each answer by itself.

    An answer that is right is productive; for ``format``, one that can be read.

    Args:
        question_of: from a task's id to its question.
        level: how much is said. All but ``format`` is privileged.
        miss_rate: part of the right answers that it wrongly calls wrong.
        false_alarm_rate: part of the wrong answers that it wrongly calls right.
        seed: which answers it errs on; the errors depend on episode and step alone.

    Raises:
        UserError: a rate is not between 0 and 1.
    """

    name = "simulator"

    def __init__(
        self,
        question_of: Callable[[str], Question],
        level: Level,
        miss_rate: float = 0.0,
        false_alarm_rate: float = 0.0,
        seed: int = 0,
    ) -> None:
        self.privileged = level is not Level.format
        self._question_of = question_of
        self._level = level
        self._errors = Errors(miss_rate, false_alarm_rate, seed)
        self._seed = seed

    def critique(
        self, windows: Sequence[Window], advance: Advance = unfollowed
    ) -> list[WindowFeedback]:
        """Say of each answer in the windows whether it is right, and what there is to be said.

        Raises:
            UserError: there is no such task.
        """
        return episode_by_episode(
            windows, lambda episode: self._question_of(episode.task_id), self._tell, advance
        )

    def close(self) -> None:
        """Nothing has to be let go of."""

    def _tell(self, question: Question, window: Window) -> WindowFeedback:
        steps = [self._label(question, window, at) for at in range(window.first, window.last + 1)]
        good = sum(step.productive for step in steps)
        can = "can be read" if self._level is Level.format else "are right"
        shows = self._level is Level.answer and not steps[-1].productive
        return WindowFeedback(
            window_id=window.window_id,
            trajectory_id=window.trajectory.trajectory_id,
            steps=tuple(steps),
            summary=f"{good} of {len(steps)} answers {can}",
            suggestion=question.worded(question.solution) if shows else "",
            input_tokens=0,
            output_tokens=0,
            parse="ok",
            answer="",
        )

    def _label(self, question: Question, window: Window, step: int) -> StepFeedback:
        episode = window.trajectory
        text = episode.steps[step - 1].action
        verdict = question.verify(text)
        right = verdict.match if self._level is Level.format else verdict.success
        said = self._errors.said(episode.trajectory_id, step, right)
        if said == right:
            return StepFeedback(step, said, question.feedback(text, self._level).text)
        draw = random.Random(f"{self._seed}/{episode.trajectory_id}/{step}/words")
        return StepFeedback(step, said, question.misjudged(text, self._level, draw))
