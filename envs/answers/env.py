"""Text tasks as Gymnasium environments: an answer is the action, its check the reward."""

from __future__ import annotations

import hashlib
import string
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from gymnasium import spaces
from gymnasium.error import ResetNeeded

from envs.answers.lesson import Lesson
from envs.answers.question import UNANSWERED, Feedback, Level, Question, Verdict, evenly
from envs.arguments import check_options, similar_names
from envs.base import ANY_TEXT, Info, TextEnv
from envs.errors import UserError

MAX_OBSERVATION = 4_096
"""Characters of what is seen after an answer."""
MAX_ANSWER = 65_536
"""Characters of a text with an answer."""

_TAKEN = "Your answer has been taken."
_CHARACTERS = string.ascii_letters + string.digits + string.punctuation + " \n"


@dataclass(slots=True)
class _Episode:
    """The episode being played."""

    question: Question
    answers: list[str | None] = field(default_factory=list)
    verdict: Verdict = UNANSWERED
    matches: int = 0
    over: bool = False


class AnswerEnv(TextEnv):
    """Questions that are answered in text.

    ``info["instruction"]`` has all that is asked; there is nothing more to see at the start. Any
    text is an action, so ``info["admissible_actions"]`` is empty. Most questions take one answer,
    some several (:attr:`~envs.answers.question.Question.turns`); what is seen after an answer says
    nothing about whether it is right, unless that belongs to the game.

    When an episode is over, ``info["metrics"]`` has ``match``, the share of its answers that could
    be read, and ``score``. :meth:`verify`, :meth:`extract` and :meth:`feedback` tell of any text
    without a step; :meth:`question` has them for any task.

    ``reset(options=...)`` takes ``task_id``; otherwise a task is drawn.

    Args:
        split: which questions.
        version: of the rules and the data.
        questions: all of the split.
        games: use only so many of them, spread evenly; 0 for all.
        max_steps: answers after which an unfinished episode is truncated.

    Raises:
        UserError: a number is out of range.
    """

    metadata: ClassVar[dict[str, Any]] = {"render_modes": []}  # type: ignore[misc]
    capabilities: ClassVar[frozenset[str]] = frozenset({"expert"})
    privileged_expert = True
    metrics: ClassVar[tuple[str, ...]] = ("match", "score")

    def __init__(
        self, split: str, version: str, questions: Sequence[Question], games: int, max_steps: int
    ) -> None:
        if max_steps < 1:
            raise UserError(f"max_steps={max_steps}: an episode needs at least one step.")
        self.split, self.version, self.max_steps = split, version, max_steps
        self._questions = evenly(questions, games)
        self.task_ids = tuple(self._questions)
        self.observation_space = spaces.Text(MAX_OBSERVATION, min_length=0, charset=_CHARACTERS)
        self.action_space = spaces.Text(MAX_ANSWER, min_length=0, charset=_CHARACTERS)
        self._episode: _Episode | None = None

    @property
    def fingerprint(self) -> str:
        """Hash of the questions and their solutions."""
        digest = hashlib.sha256()
        for each in self._questions.values():
            digest.update(repr((each.task_id, each.instruction, each.solution)).encode())
        return digest.hexdigest()[:16]

    def task_type(self, task_id: str) -> str:
        """The cell, family or game of a task."""
        return self.question(task_id).task_type

    def question(self, task_id: str) -> Question:
        """The question of a task. Its solution is privileged.

        Raises:
            UserError: there is no such task; the message names similar ones.
        """
        found = self._questions.get(task_id)
        if found is None:
            hint, count = similar_names(task_id, self.task_ids), len(self.task_ids)
            raise UserError(
                f"There is no task {task_id!r} among the {count} of {self.split}{hint}."
            )
        return found

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[str, Info]:
        """Start an episode; see the class for ``options``.

        Raises:
            UserError: an option is unknown, or names a task that does not exist.
        """
        super().reset(seed=seed)
        check_options(options or {})
        drawn = self.task_ids[int(self.np_random.integers(len(self.task_ids)))]
        self._episode = _Episode(self.question(str((options or {}).get("task_id", drawn))))
        return "", self._info(self._episode)

    def step(self, action: str) -> tuple[str, float, bool, bool, Info]:
        """Answer; the reward is the score that the answer adds to the one before.

        Raises:
            ResetNeeded: there is no running episode.
        """
        episode = self._episode
        if episode is None or episode.over:
            raise ResetNeeded("there is no running episode: call reset()")
        before, question = episode.verdict.score, episode.question
        episode.verdict = verdict = question.verify(action)
        episode.answers.append(verdict.answer)
        episode.matches += verdict.match
        count = len(episode.answers)
        terminated = verdict.success or count >= question.turns
        truncated = not terminated and count >= self.max_steps
        episode.over = terminated or truncated
        seen = _TAKEN if episode.over else question.reply(verdict.answer)
        if not verdict.match:
            seen = question.unread()
        return seen, verdict.score - before, terminated, truncated, self._info(episode)

    def extract(self, text: str) -> str | None:
        """The answer to the current question that is in a text; None if there is none."""
        return self._begun().question.extract(text)

    def verify(self, text: str) -> Verdict:
        """What a text is worth as an answer to the current question. Privileged."""
        return self._begun().question.verify(text)

    def feedback(self, text: str, level: Level = Level.hint) -> Feedback:
        """What is to be said of a text as an answer to the current question."""
        return self._begun().question.feedback(text, level)

    def expert_action(self) -> str:
        """The known answer. Privileged.

        Raises:
            ResetNeeded: no episode has begun.
        """
        episode = self._begun()
        return episode.question.worded(episode.question.expert(episode.answers))

    def lessons(self, count: int, seed: int) -> list[Lesson]:
        """What teaches a writer from random weights to answer, and to answer again on feedback.

        It is made of training material alone. Declared by ``"lessons"`` in :attr:`capabilities`.

        Args:
            count: how many.
            seed: of the draw.
        """
        raise NotImplementedError(f"{type(self).__name__} declares no lessons")

    def _begun(self) -> _Episode:
        if self._episode is None:
            raise ResetNeeded("call reset() first")
        return self._episode

    def _info(self, episode: _Episode) -> Info:
        question, verdict = episode.question, episode.verdict
        info: Info = {
            "task_id": question.task_id,
            "task_type": question.task_type,
            "instruction": question.instruction,
            "admissible_actions": ANY_TEXT,
            "score": verdict.score,
            "success": verdict.success,
            "admissible": True,
        }
        if episode.over:
            match = episode.matches / len(episode.answers)
            more = question.measured(episode.answers)
            info["metrics"] = {"match": match, "score": verdict.score, **more}
        return info
