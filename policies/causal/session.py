"""Acting by a causal policy: episodes in play, whose conversations the model remembers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from transformers import PreTrainedModel

from policies.base import Choice, Start
from policies.causal.chat import ChatReader, Dialogue
from policies.causal.reading import Reading
from policies.causal.tree import ActionTree
from policies.choosing import check_listed, choose


class Acting(Protocol):
    """What a session needs of its policy."""

    model: PreTrainedModel
    reader: ChatReader
    temperature: float

    @property
    def half(self) -> bool:
        """Whether it computes in bfloat16."""
        ...


class _Episode:
    """One conversation, and what of it the model has still to read."""

    def __init__(self, reader: ChatReader, start: Start) -> None:
        self.dialogue = Dialogue(reader, start.instruction, start.first_observation)
        self.unread = self.dialogue.tokens()
        self.tree = ActionTree([])
        self.draws = np.random.default_rng(start.seed)


class CausalSession:
    """Episodes in play; the model reads every token of a conversation once.

    Args:
        policy: who acts.
        starts: how the episodes begin.
    """

    def __init__(self, policy: Acting, starts: Sequence[Start]) -> None:
        self._policy = policy
        self._episodes = [_Episode(policy.reader, start) for start in starts]
        self._reading = Reading(policy.model, len(starts), policy.half)

    @property
    def tokens(self) -> int:
        """How many tokens the model has read."""
        return self._reading.tokens

    def scores(self, rows: Sequence[int], admissible: Sequence[Sequence[str]]) -> list[np.ndarray]:
        """The mean log-probability per token of each action, the end of its turn among them.

        This is the negative of the loss that training lowers, and of the one by which the LFM paper
        ranks actions (arXiv 2402.07876); a sum would favour actions of few tokens.

        Args:
            rows: the episodes: those of the last call, or some of them.
            admissible: of each the actions.

        Returns:
            For each episode float64 (actions,).

        Raises:
            UserError: if the actions are factored.
        """
        reader = self._policy.reader
        playing = [self._episodes[row] for row in rows]
        for episode, actions in zip(playing, admissible, strict=True):
            check_listed(actions)
            episode.tree = ActionTree([reader.reply(action) for action in actions])
        unread = [episode.unread for episode in playing]
        edges = self._reading.read(rows, unread, [episode.tree for episode in playing])
        return [
            episode.tree.means(log_probs) for episode, log_probs in zip(playing, edges, strict=True)
        ]

    def choose(self, rows: Sequence[int], admissible: Sequence[Sequence[str]]) -> list[Choice]:
        """Choose for each episode in ``rows``: those of the last call, or some of them.

        Raises:
            UserError: if the actions are factored.
        """
        temperature = self._policy.temperature
        chosen = []
        found = self.scores(rows, admissible)
        for row, actions, means in zip(rows, admissible, found, strict=True):
            scores = means / (temperature or 1.0)
            log_probs = scores - np.logaddexp.reduce(scores)
            draws = self._episodes[row].draws
            chosen.append(choose(actions, log_probs, temperature, draws))
        return chosen

    def observe(
        self, rows: Sequence[int], actions: Sequence[str], observations: Sequence[str]
    ) -> None:
        """Take note of what the episodes in ``rows`` did and saw."""
        reader = self._policy.reader
        for row, action, observation in zip(rows, actions, observations, strict=True):
            episode, reply = self._episodes[row], reader.reply(action)
            if episode.dialogue.add(action, observation):
                self._reading.forget(row)
                episode.unread = episode.dialogue.tokens()
                continue
            known = episode.tree.walk(reply)
            self._reading.take(row, known)
            episode.unread = np.concatenate([reply[len(known) :], reader.seen(observation)])
