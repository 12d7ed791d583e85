"""The critic that is a language model: reads what the agent read, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from envs.answers.question import Question
from envs.errors import UserError
from lfm.chat.base import Answer, ChatModel, Estimate, Failure, Message, Request, Sampling
from lfm.critics.base import Advance, StepFeedback, Window, WindowFeedback, unfollowed
from lfm.critics.prompt import Prompt
from lfm.critics.reading.base import Reading
from lfm.critics.reading.read import SCHEMAS, read
from lfm.critics.reading.words import storable


def nothing(task_id: str) -> Mapping[str, str]:
    """What is known of a task besides its instruction."""
    return {}


def told_of(question_of: Callable[[str], Question]) -> Callable[[str], Mapping[str, str]]:
    """What prompts may tell of text tasks: the solution, and how an answer is written."""

    def known(task_id: str) -> Mapping[str, str]:
        question = question_of(task_id)
        return {"solution": question.solution, "form": question.unread()}

    return known


class ChatCritic:
    """Asks a chat model about each window.

    Args:
        model: who is asked; closed with the critic.
        prompt: how.
        purpose: what for, in the model's ledger, such as ``"feedback/round1"``.
        sampling: how answers are drawn.
        known: from a task's id to what the prompt may tell of it; see
            :meth:`lfm.critics.prompt.Prompt.messages`.
        privileged: whether the prompt tells something that an agent could not know.
    """

    def __init__(
        self,
        model: ChatModel,
        prompt: Prompt,
        purpose: str,
        sampling: Sampling,
        known: Callable[[str], Mapping[str, str]] = nothing,
        *,
        privileged: bool = False,
    ) -> None:
        self.name = model.name
        self.privileged = privileged
        self._model = model
        self._prompt = prompt
        self._purpose = purpose
        self._sampling = sampling
        self._known = known

    def critique(
        self, windows: Sequence[Window], advance: Advance = unfollowed
    ) -> list[WindowFeedback]:
        """Ask about the windows; one without an answer has no labels, and says why in ``parse``.

        Raises:
            UserError: no window has an answer, or nothing can be asked at all.
        """
        found: dict[int, WindowFeedback] = {}
        failures: list[Failure] = []

        def keep(at: int, said: Answer | Failure) -> None:
            if isinstance(said, Failure):
                failures.append(said)
                found[at] = _unanswered(windows[at], said)
            else:
                found[at] = self._understood(windows[at], said)
            advance(1)

        own = self._own_answers(windows)
        asked: list[int] = []
        requests: list[Request] = []
        for at, window in enumerate(windows):
            answer = own.get(window.trajectory.instruction)
            if isinstance(answer, Failure):
                keep(at, answer)
            else:
                asked.append(at)
                requests.append(self._about(window, answer.text if answer else ""))
        for number, said in self._model.ask(requests, self._purpose):
            keep(asked[number], said)
        if windows and len(failures) == len(windows):
            first = failures[0]
            raise UserError(
                f"{self.name} answered none of {len(windows)} windows; the first was {first.kind}: "
                f"{first.reason}"
            )
        return [found[index] for index in range(len(windows))]

    def estimate(self, windows: Sequence[Window]) -> Estimate:
        """What :meth:`critique` would cost for these windows; asks nothing.

        Without what the model's own answers add, where it is asked for them.
        """
        first = [self._request(self._prompt.first(window)) for window in windows]
        about = [self._about(window, "") for window in windows]
        return self._model.estimate([*first, *about] if self._prompt.own else about)

    def close(self) -> None:
        """Let go of the model."""
        self._model.close()

    def _own_answers(self, windows: Sequence[Window]) -> dict[str, Answer | Failure]:
        """The model's own answers to the instructions of the windows, if the prompt wants them."""
        if not self._prompt.own:
            return {}
        first = {window.trajectory.instruction: window for window in windows}
        requests = [self._request(self._prompt.first(window)) for window in first.values()]
        said = dict(self._model.ask(requests, self._purpose))
        return {instruction: said[number] for number, instruction in enumerate(first)}

    def _about(self, window: Window, own: str) -> Request:
        known = self._known(window.trajectory.task_id)
        schema = SCHEMAS.get(self._prompt.form)
        return self._request(self._prompt.messages(window, known, own), schema)

    def _request(
        self, messages: tuple[Message, ...], schema: Mapping[str, Any] | None = None
    ) -> Request:
        return Request(
            messages=messages,
            prompt=self._prompt.name,
            max_tokens=self._sampling.max_tokens,
            temperature=self._sampling.temperature,
            schema=schema,
            seed=self._sampling.seed,
        )

    def _understood(self, window: Window, said: Answer) -> WindowFeedback:
        if said.refused:
            reading = Reading((), "", "", "refused")
        else:
            complete = said.finish_reason != "length"
            form = self._prompt.form
            reading = read(form, said.text, window.first, window.last, complete=complete)
        return WindowFeedback(
            window_id=window.window_id,
            trajectory_id=window.trajectory.trajectory_id,
            steps=tuple(StepFeedback(*label) for label in reading.steps),
            summary=reading.summary,
            suggestion=reading.suggestion,
            input_tokens=said.usage.input_tokens,
            output_tokens=said.usage.output_tokens,
            parse=reading.how,
            answer=storable(said.text),
        )


def _unanswered(window: Window, failure: Failure) -> WindowFeedback:
    return WindowFeedback(
        window_id=window.window_id,
        trajectory_id=window.trajectory.trajectory_id,
        steps=(),
        summary="",
        suggestion="",
        input_tokens=0,
        output_tokens=0,
        parse=f"{failure.kind}: {storable(failure.reason)}",
        answer="",
    )
