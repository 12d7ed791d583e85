"""What texts are worth as answers, found without playing an episode for each."""

from __future__ import annotations

from collections.abc import Callable

from envs.answers.question import Question, Verdict
from envs.record import Trajectory


class Verifier:
    """Checks texts, each only once: a program's tests take time.

    Args:
        question_of: from a task's id to the task.
    """

    def __init__(self, question_of: Callable[[str], Question]) -> None:
        self._question_of = question_of
        self._found: dict[tuple[str, str], Verdict] = {}

    def verdict(self, trajectory: Trajectory, text: str) -> Verdict:
        """What a text is worth as an answer to an episode's task. Privileged."""
        key = trajectory.task_id, text
        if key not in self._found:
            self._found[key] = self._question_of(trajectory.task_id).verify(text)
        return self._found[key]
