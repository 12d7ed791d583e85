"""What texts are worth as answers, found without playing an episode for each."""

from __future__ import annotations

from envs.answers.env import AnswerEnv
from envs.answers.question import Verdict
from envs.record import Trajectory


class Verifier:
    """Checks texts, each only once: a program's tests take time.

    Args:
        env: over the tasks that the episodes are of; closed by who made it.
    """

    def __init__(self, env: AnswerEnv) -> None:
        self._env = env
        self._found: dict[tuple[str, str], Verdict] = {}

    def verdict(self, trajectory: Trajectory, text: str) -> Verdict:
        """What a text is worth as an answer to an episode's task. Privileged."""
        key = trajectory.task_id, text
        if key not in self._found:
            self._found[key] = self._env.question(trajectory.task_id).verify(text)
        return self._found[key]
