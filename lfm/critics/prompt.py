"""How a window is told to a language model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from string import Template
from types import MappingProxyType

from lfm.chat.base import Message
from lfm.critics.base import Window


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a language model is shown, and in which words.

    The texts hold ``$instruction``, ``$before``, ``$first``, ``$last``, and that of a step
    ``$step``, ``$action``, ``$observation``. Rewards are never shown, as in upstream's
    ``get_llm_feedback.py``. Of text tasks, the first two may hold ``$solution`` and ``$form``, too.

    Attributes:
        name: name and version, such as ``"structured/1"``.
        form: how the answer is read, a key of :data:`lfm.critics.reading.read.READERS`.
        system: what the model is told about its part; empty for nothing.
        opening: what comes first.
        step: how a step is told.
        question: what is asked at the end.
        own: what is asked in a turn of its own before, for the model's own answer to a text task,
            with ``$instruction``; empty for nothing.
    """

    name: str
    form: str
    system: str
    opening: str
    step: str
    question: str
    own: str = ""

    def first(self, window: Window) -> tuple[Message, ...]:
        """What is asked for the model's own answer; nothing without :attr:`own`."""
        if not self.own:
            return ()
        asked = Template(self.own).substitute(instruction=window.trajectory.instruction)
        return self._told(asked.strip("\n"))

    def messages(
        self, window: Window, known: Mapping[str, str] = MappingProxyType({}), own: str = ""
    ) -> tuple[Message, ...]:
        """The window, told and asked about.

        Args:
            window: which.
            known: what is known of the task besides: ``solution`` and ``form``.
            own: the model's own answer to it, where it was asked for one.
        """
        episode = window.trajectory
        about = {
            **known,
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
        told = self._told("\n".join(part.strip("\n") for part in asked if part))
        return (*self.first(window), Message("assistant", own), told[-1]) if self.own else told

    def _told(self, text: str) -> tuple[Message, ...]:
        told = Message("user", text)
        return (Message("system", self.system.strip()), told) if self.system.strip() else (told,)
