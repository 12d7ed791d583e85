"""What writes is told a conversation and answers with a text; here is what all of it shares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from string import Template
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypedDict

from envs.record import Trajectory

if TYPE_CHECKING:  # settings are made of this module, and commands must not wait for torch
    from torch import Tensor

    from policies.learned import Examples


class Turn(TypedDict):
    """What one side says: ``role`` is ``user`` or ``assistant``."""

    role: str
    content: str


Conversation = Sequence[Turn]
"""Turns that end with a user's, which is to be answered."""


class Author(Protocol):
    """Answers in text.

    Attributes:
        name: what to call it in files and tables.
        privileged: acting or learning to act used information an agent could not have.
    """

    name: str
    privileged: bool

    def write(
        self, conversations: Sequence[Conversation], samples: int, seed: int, temperature: float
    ) -> list[list[str]]:
        """Answers to conversations.

        Args:
            conversations: what is to be answered.
            samples: how many answers to each.
            seed: of what is drawn.
            temperature: 0 for the likeliest words, which makes all answers to one alike.

        Returns:
            For each conversation, its answers; fewer where there was no answer.
        """
        ...


class Writer(Author, Protocol):
    """Answers in text, and tells how likely a text is as its answer."""

    def log_probability(
        self, conversations: Sequence[Conversation], texts: Sequence[str]
    ) -> list[float]:
        """How likely each text is as the answer to its conversation.

        Returns:
            Natural logarithms, summed over the tokens of a text and its end.
        """
        ...

    def embed(self, texts: Sequence[str]) -> Tensor:
        """What texts are about: the mean of the last hidden states over a text's tokens.

        Returns:
            float32 (texts, width); zeros for a text without tokens.
        """
        ...


def said(instruction: str, observation: str) -> str:
    """What the user says first: what is to be done, and what is seen, if anything."""
    return "\n\n".join(filter(None, (instruction, observation)))


def conversation_at(trajectory: Trajectory, index: int) -> list[Turn]:
    """An episode as a conversation up to where step ``index`` (from 0) is to be answered."""
    turns = [Turn(role="user", content=said(trajectory.instruction, trajectory.first_observation))]
    for step in trajectory.steps[:index]:
        turns += [
            Turn(role="assistant", content=step.action),
            Turn(role="user", content=step.observation),
        ]
    return turns


@dataclass(frozen=True, slots=True)
class Retry:
    """How a writer is asked to answer once more.

    Attributes:
        name: of the wording, with its version.
        feedback: what is said when there is feedback; ``$feedback`` and ``$instruction`` stand for
            the words themselves.
        direct: what is said when there is none; ``$instruction`` as before.
    """

    name: str
    feedback: str
    direct: str

    def ask(
        self, conversation: Conversation, answer: str, feedback: str | None = None
    ) -> Conversation:
        """The conversation in which an answer was given, and is to be improved.

        Args:
            conversation: what was answered.
            answer: what the answer was.
            feedback: what is said of it; None for the control that is told nothing.
        """
        words = {"instruction": conversation[0]["content"], "feedback": feedback or ""}
        text = self.direct if feedback is None else self.feedback
        return [
            *conversation,
            Turn(role="assistant", content=answer),
            Turn(role="user", content=Template(text).substitute(words)),
        ]


class Record(NamedTuple):
    """What is to be learned: a text as the answer to a conversation.

    Attributes:
        conversation: what is answered.
        target: the answer wanted.
        rejected: the one that it is preferred to, for updates that learn from pairs; None if there
            is none.
    """

    conversation: Conversation
    target: str
    rejected: str | None = None


def records(examples: Examples) -> list[Record]:
    """What the steps of episodes with a target teach; the rejected text is the episode's own."""
    return [
        Record(conversation_at(trajectory, index), target, trajectory.steps[index].action)
        for trajectory, targets in examples
        for index, target in enumerate(targets)
        if target is not None
    ]
