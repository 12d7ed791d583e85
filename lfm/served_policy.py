"""A causal policy behind an address, for models too large for this machine.

Its server is told the very conversation that the policy reads when it is here
(:mod:`policies.causal.chat`), and writes its own chat template around it. It says the likeliest
words, held to the admissible actions where it can be; here the admissible action whose tokens are,
in the mean, the likeliest is taken, which need not be the same one.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from transformers import AutoConfig

from envs.errors import UserError
from lfm.chat.base import ChatModel, Message, Request, Sampling
from lfm.chat_actor import SILENCE, ask_to_act
from lfm.evaluation import weights_hash
from policies.base import Choice, Start
from policies.causal.chat import ChatReader, Dialogue
from policies.causal.tuning import context_length
from policies.choosing import check_listed
from policies.tuning import load_tokenizer

PROMPT = "turn/1"
"""Name and version of what is asked; answers are kept under it, and under a hash of the weights."""


class ServedPolicy:
    """Acts as the server of a causal policy says.

    Args:
        folder: of the policy. Its config and tokenizer are read, and its weights only to tell
            answers of one policy from those of another; they may be missing.
        model: the server.
        sampling: how answers are drawn.

    Attributes:
        sampling: as given.
        weights: a hash of those in the folder; None if there are none.

    Raises:
        UserError: if the folder does not say how a conversation is told.
    """

    def __init__(self, folder: Path, model: ChatModel, sampling: Sampling) -> None:
        tokenizer = load_tokenizer(folder)
        try:
            config = AutoConfig.from_pretrained(folder, local_files_only=True)
            longest = context_length(config, tokenizer)
        except (OSError, ValueError, AttributeError) as error:
            raise UserError(
                f"policy.path: {folder} holds no config.json of a causal chat model; name the "
                "folder of the policy that policy.server serves"
            ) from error
        self.name = model.name
        self.privileged = bool(getattr(config, "privileged", False))
        self.weights = weights_hash(folder)
        self.sampling = sampling
        self._reader = ChatReader(tokenizer, longest)
        self._model = model

    def begin(self, starts: Sequence[Start]) -> ServedSession:
        """Begin a batch of episodes."""
        prompt = f"{PROMPT}/{self.weights}"
        return ServedSession(self._model, self._reader, self.sampling, prompt, starts)


class ServedSession:
    """Episodes of :class:`ServedPolicy`."""

    def __init__(
        self,
        model: ChatModel,
        reader: ChatReader,
        sampling: Sampling,
        prompt: str,
        starts: Sequence[Start],
    ) -> None:
        self._model = model
        self._reader = reader
        self._sampling = sampling
        self._prompt = prompt
        self._dialogues = [
            Dialogue(reader, start.instruction, start.first_observation) for start in starts
        ]

    def choose(self, rows: Sequence[int], admissible: Sequence[Sequence[str]]) -> list[Choice]:
        """Ask for the next turn of each episode in ``rows``, side by side.

        An answer that is no admissible action is sent to the environment as it is, unless it is
        longer than the policy reads.

        Raises:
            UserError: if the actions are factored, or a request has no answer.
        """
        for actions in admissible:
            check_listed(actions)
        requests = [
            self._request(row, actions) for row, actions in zip(rows, admissible, strict=True)
        ]
        return [
            choice
            if choice.action in actions or self._reader.fits(choice.action)
            else Choice(SILENCE, None)
            for choice, actions in zip(
                ask_to_act(self._model, requests, admissible), admissible, strict=True
            )
        ]

    def _request(self, row: int, actions: Sequence[str]) -> Request:
        texts = self._dialogues[row].texts()
        messages = tuple(
            Message("assistant" if turn % 2 else "user", text) for turn, text in enumerate(texts)
        )
        drawn = self._sampling
        return Request(
            messages,
            self._prompt,
            drawn.max_tokens,
            drawn.temperature,
            schema={"enum": list(actions)},
            seed=drawn.seed,
        )

    def observe(
        self, rows: Sequence[int], actions: Sequence[str], observations: Sequence[str]
    ) -> None:
        """Remember what was done and what came of it."""
        for row, action, seen in zip(rows, actions, observations, strict=True):
            self._dialogues[row].add(action, seen)
