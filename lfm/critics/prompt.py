"""How a window is told to a language model."""

from __future__ import annotations

from dataclasses import dataclass
from string import Template

from lfm.chat.base import Message
from lfm.critics.base import Window


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a language model is shown, and in which words.

    The texts hold ``$instruction``, ``$before``, ``$first``, ``$last``, and that of a step
    ``$step``, ``$action``, ``$observation``. Rewards are never shown, as in upstream's
    ``get_llm_feedback.py``.

    Attributes:
        name: name and version, such as ``"structured/1"``.
        form: how the answer is read, a key of :data:`lfm.critics.reading.read.READERS`.
        system: what the model is told about its part; empty for nothing.
        opening: what comes first.
        step: how a step is told.
        question: what is asked at the end.
    """

    name: str
    form: str
    system: str
    opening: str
    step: str
    question: str

    def messages(self, window: Window) -> tuple[Message, ...]:
        """The window, told and asked about."""
        episode = window.trajectory
        about = {
            "instruction": episode.instruction,
            "before": episode.observation_before(window.first - 1),
            "first": window.first,
            "last": window.last,
        }
        steps = [
            Template(self.step).substitute(
                step=number, action=step.action, observation=step.observation
            )
            for number, step in enumerate(episode.steps, start=1)
            if window.first <= number <= window.last
        ]
        asked = [
            Template(self.opening).substitute(about),
            *steps,
            Template(self.question).substitute(about),
        ]
        told = Message("user", "\n".join(part.strip("\n") for part in asked))
        return (Message("system", self.system.strip()), told) if self.system.strip() else (told,)
