"""A chat model that writes answers anew: the teacher itself, in the student's place.

Source: the refiner of ILF (arXiv 2303.16755) is another model than the one that learns; of feedback
tuning on answers of the teacher, "Learning through conditioning on natural language feedback".
"""

from __future__ import annotations

from collections.abc import Sequence

from lfm.chat.base import Answer, ChatModel, Message, Request, Role, Sampling
from lfm.critics.reading.words import aloud, storable
from policies.writing.base import Conversation

_SEEDS = 2**31
"""Seeds that all servers take are below it."""
_ROLES: dict[str, Role] = {"user": "user", "assistant": "assistant"}


class TeacherAuthor:
    """Has a chat model answer; a :class:`policies.writing.base.Author`.

    Args:
        model: who is asked.
        prompt: name and version of the wording; texts are kept under it, each with its number.
        purpose: what for, in the model's ledger.
        sampling: how long answers may be, and their seed.
    """

    privileged = False

    def __init__(self, model: ChatModel, prompt: str, purpose: str, sampling: Sampling) -> None:
        self.name = model.name
        self._model = model
        self._prompt = prompt
        self._purpose = purpose
        self._sampling = sampling

    def write(
        self, conversations: Sequence[Conversation], samples: int, seed: int, temperature: float
    ) -> list[list[str]]:
        """Answers to conversations; fewer than asked for where the model would not answer.

        Args:
            conversations: what is to be answered.
            samples: how many answers to each.
            seed: tells draws that are not the same from each other.
            temperature: 0 for the likeliest words.
        """
        asked = [(told, number) for told in conversations for number in range(samples)]
        requests = [self._request(*each, seed, temperature) for each in asked]
        texts: list[list[str]] = [[] for _ in conversations]
        for at, said in sorted(self._model.ask(requests, self._purpose), key=lambda each: each[0]):
            if isinstance(said, Answer) and not said.refused:
                texts[at // samples].append(storable(aloud(said.text)[0].strip()))
        return texts

    def _request(self, told: Conversation, number: int, seed: int, temperature: float) -> Request:
        own = self._sampling.seed
        # Requests that are alike are asked once; drawn texts shall differ.
        draw = f" {seed}-{number}" if temperature else ""
        return Request(
            tuple(Message(_ROLES[turn["role"]], turn["content"]) for turn in told),
            self._prompt + draw,
            self._sampling.max_tokens,
            temperature,
            seed=None if own is None else (own + seed + number) % _SEEDS,
        )
