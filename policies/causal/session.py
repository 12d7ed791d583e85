"""Acting by a causal policy: episodes in play, whose conversations the model remembers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from transformers import PreTrainedModel

from policies.base import Choice, Start
from policies.causal.chat import ChatReader, Dialogue
from policies.causal.descent import Descent
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

    @property
    def acting(self) -> str:
        """``score`` or ``generate``; see :class:`policies.tuning.Tuning`."""
        ...


class _Episode:
    """One conversation, and what of it the model has still to read."""

    def __init__(self, reader: ChatReader, start: Start) -> None:
        self.dialogue = Dialogue(reader, start.instruction, start.first_observation)
        self.unread = self.dialogue.tokens()
        self.tree = ActionTree([])
        self.said: list[int] = []
        """What the model has read of the reply that it generated last."""
        self.draws = np.random.default_rng(start.seed)

    def rest(self) -> np.ndarray:
        """What is unread; after that nothing is."""
        unread, self.unread = self.unread, self.unread[:0]
        return unread

    def before_choice(self, way: Descent) -> np.ndarray:
        """What is to be read for the next choice; nothing where there is none."""
        if not way.options:
            return self.unread[:0]
        settled = np.array(way.said[len(self.said) :], np.int32)
        self.said = list(way.said)
        return np.concatenate([self.rest(), settled])


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
        unread = [episode.rest() for episode in playing]
        edges = self._reading.read(rows, unread, [episode.tree for episode in playing])
        return [
            episode.tree.means(log_probs) for episode, log_probs in zip(playing, edges, strict=True)
        ]

    def choose(self, rows: Sequence[int], admissible: Sequence[Sequence[str]]) -> list[Choice]:
        """Choose for each episode in ``rows``: those of the last call, or some of them.

        Raises:
            UserError: if the actions are factored.
        """
        if self._policy.acting == "generate":
            return self._generate(rows, admissible)
        temperature = self._policy.temperature
        chosen = []
        found = self.scores(rows, admissible)
        for row, actions, means in zip(rows, admissible, found, strict=True):
            scores = means / (temperature or 1.0)
            log_probs = scores - np.logaddexp.reduce(scores)
            draws = self._episodes[row].draws
            chosen.append(choose(actions, log_probs, temperature, draws))
        return chosen

    def _generate(self, rows: Sequence[int], admissible: Sequence[Sequence[str]]) -> list[Choice]:
        """Choose token by token; the model reads on wherever actions part, in all episodes."""
        playing = [self._episodes[row] for row in rows]
        ways = []
        for episode, actions in zip(playing, admissible, strict=True):
            check_listed(actions)
            replies = [self._policy.reader.reply(action) for action in actions]
            ways.append(Descent(replies, self._policy.temperature, episode.draws))
            episode.said = []
        while any(way.options for way in ways):
            new = [each.before_choice(way) for each, way in zip(playing, ways, strict=True)]
            trees = [ActionTree([np.array([token]) for token in way.options]) for way in ways]
            found = self._reading.read(rows, new, trees)
            for way, log_probs in zip(ways, found, strict=True):
                if way.options:
                    way.decide(log_probs)
        return [
            Choice(actions[way.taken], way.log_prob)
            for actions, way in zip(admissible, ways, strict=True)
        ]

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
            nodes, same = episode.tree.walk(reply), _shared(episode.said, reply.tolist())
            self._reading.take(row, nodes)
            self._reading.back(row, len(episode.said) - same)
            episode.unread = np.concatenate(
                [episode.unread, reply[len(nodes) + same :], reader.seen(observation)]
            )


def _shared(one: Sequence[int], other: Sequence[int]) -> int:
    """How many tokens two texts begin with alike."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))
