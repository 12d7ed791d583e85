"""The critic that is a language model: reads what the agent read, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence

from envs.errors import UserError
from lfm.chat.base import Answer, ChatModel, Estimate, Failure, Request, Sampling
from lfm.critics.base import Advance, StepFeedback, Window, WindowFeedback, unfollowed
from lfm.critics.prompt import Prompt
from lfm.critics.reading.base import Reading
from lfm.critics.reading.read import SCHEMAS, read
from lfm.critics.reading.words import storable


class ChatCritic:
    """Asks a chat model about each window. Not privileged.

    Args:
        model: who is asked; closed with the critic.
        prompt: how.
        purpose: what for, in the model's ledger, such as ``"feedback/round1"``.
        sampling: how answers are drawn.
    """

    privileged = False

    def __init__(self, model: ChatModel, prompt: Prompt, purpose: str, sampling: Sampling) -> None:
        self.name = model.name
        self._model = model
        self._prompt = prompt
        self._purpose = purpose
        self._sampling = sampling

    def critique(
        self, windows: Sequence[Window], advance: Advance = unfollowed
    ) -> list[WindowFeedback]:
        """Ask about the windows; one without an answer has no labels, and says why in ``parse``.

        Raises:
            UserError: no window has an answer, or nothing can be asked at all.
        """
        found: dict[int, WindowFeedback] = {}
        failures: list[Failure] = []
        for index, said in self._model.ask(self._requests(windows), self._purpose):
            if isinstance(said, Failure):
                failures.append(said)
                found[index] = _unanswered(windows[index], said)
            else:
                found[index] = self._understood(windows[index], said)
            advance(1)
        if windows and len(failures) == len(windows):
            first = failures[0]
            raise UserError(
                f"{self.name} answered none of {len(windows)} windows; the first was {first.kind}: "
                f"{first.reason}"
            )
        return [found[index] for index in range(len(windows))]

    def estimate(self, windows: Sequence[Window]) -> Estimate:
        """What :meth:`critique` would cost for these windows; asks nothing."""
        return self._model.estimate(self._requests(windows))

    def close(self) -> None:
        """Let go of the model."""
        self._model.close()

    def _requests(self, windows: Sequence[Window]) -> list[Request]:
        return [
            Request(
                messages=self._prompt.messages(window),
                prompt=self._prompt.name,
                max_tokens=self._sampling.max_tokens,
                temperature=self._sampling.temperature,
                schema=SCHEMAS.get(self._prompt.form),
                seed=self._sampling.seed,
            )
            for window in windows
        ]

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
