"""How the causal language models of :mod:`experiments.alfworld_policies.causal` act."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import torch
from torch import Tensor
from transformers import DynamicCache

from experiments.alfworld_policies.causal_model import (
    LONGEST_ACTION,
    CausalModel,
    Speller,
    padded,
)
from policies.base import Choice, Start


class CausalPolicy:
    """Acts with a :class:`CausalModel`, always the best action."""

    privileged = False

    def __init__(self, name: str, model: CausalModel, speller: Speller, chooses: bool) -> None:
        self.name, self.model, self.speller = name, model.eval(), speller
        self._session = ChoosingSession if chooses else SpellingSession

    def begin(self, starts: Sequence[Start]) -> CausalSession:
        """Begin a batch of episodes that advance together."""
        return self._session(self.model, self.speller, starts)


class CausalSession:
    """Episodes in play; keys and values of all words so far are kept.

    Episodes get words at unlike pace: what fills the shorter ones up stays masked in the cache.
    """

    def __init__(self, model: CausalModel, speller: Speller, starts: Sequence[Start]) -> None:
        self.model, self.speller = model, speller
        self._cache = DynamicCache()
        self._rows = list(range(len(starts)))
        self._lengths = torch.zeros(len(starts), dtype=torch.long)
        self._mask = torch.zeros(len(starts), 0, dtype=torch.long)
        self.pending = [speller.start(each.instruction, each.first_observation) for each in starts]
        """Words that each episode has and the model has not read."""

    def choose(self, rows: Sequence[int], admissible: Sequence[Sequence[str]]) -> list[Choice]:
        """Choose for each episode in ``rows``: those of the last call, or some of them."""
        raise NotImplementedError

    def observe(
        self, rows: Sequence[int], actions: Sequence[str], observations: Sequence[str]
    ) -> None:
        """Take note of what was seen; what was done was noted when it was chosen."""
        for row, observation in zip(rows, observations, strict=True):
            self.pending[row] += [*self.speller.text(observation), self.speller.act]

    def read(self, open_rows: Iterable[int]) -> Tensor:
        """Have the model read what is pending in some episodes.

        Returns:
            (B, hidden), the state after the last word, for all episodes of :meth:`keep`; it says
            nothing where nothing was read.
        """
        chosen = set(open_rows)
        new = [self.pending[row] if row in chosen else [] for row in self._rows]
        for row in chosen:
            self.pending[row] = []
        ids = padded(new, 0)
        counts = torch.tensor([len(each) for each in new])
        places = torch.arange(ids.shape[1])
        self._mask = torch.cat([self._mask, (places < counts.unsqueeze(1)).long()], dim=1)
        positions = self._lengths.unsqueeze(1) + places
        self._lengths = self._lengths + counts
        states = self.model.states(ids, self._mask, positions, self._cache)
        return states[torch.arange(len(new)), (counts - 1).clamp(min=0)]

    def keep(self, rows: Sequence[int]) -> None:
        """Forget all episodes but these."""
        if list(rows) != self._rows:
            kept = torch.tensor([self._rows.index(row) for row in rows])
            self._cache.batch_select_indices(kept)
            self._mask, self._lengths = self._mask[kept], self._lengths[kept]
            self._rows = list(rows)


class ChoosingSession(CausalSession):
    """Scores the admissible actions against the state."""

    @torch.inference_mode()
    def choose(self, rows: Sequence[int], admissible: Sequence[Sequence[str]]) -> list[Choice]:
        """The action of the best score."""
        self.keep(rows)
        states = self.read(rows)
        spelled = [self.speller.action(each) for actions in admissible for each in actions]
        options = self.model.options(padded([each[:LONGEST_ACTION] for each in spelled], 0))
        counts = torch.tensor([len(actions) for actions in admissible])
        log_probs = torch.log_softmax(self.model.scores(states, options, counts), dim=-1)
        choices = []
        for row, actions, scores in zip(rows, admissible, log_probs.numpy(), strict=True):
            best = int(scores[: len(actions)].argmax())
            self.pending[row] += self.speller.action(actions[best])
            choices.append(Choice(actions[best], float(scores[best])))
        return choices


class _Branch:
    """How far the words of an action are decided, and which actions they leave."""

    def __init__(self, speller: Speller, actions: Sequence[str]) -> None:
        self.left = {speller.action(action): action for action in reversed(actions)}
        self.depth = 0
        self.log_prob = 0.0

    def take(self, scores: np.ndarray) -> None:
        """Take the likeliest of the next words that are left; ``scores`` has all words."""
        words = np.array(sorted({each[self.depth] for each in self.left}))
        among = scores[words].astype(np.float64)
        best = int(among.argmax())
        self.log_prob += float(among[best] - np.logaddexp.reduce(among))
        word = words[best]
        self.left = {each: action for each, action in self.left.items() if each[self.depth] == word}

    def decided(self) -> list[int]:
        """The words from here to the next fork, or to the end; they are passed."""
        words: list[int] = []
        while len(next_words := {each[self.depth : self.depth + 1] for each in self.left}) == 1:
            (word,) = next_words
            if not word:
                break
            words += word
            self.depth += 1
        return words


class SpellingSession(CausalSession):
    """Spells an admissible action word by word; the model is asked where the actions fork."""

    @torch.inference_mode()
    def choose(self, rows: Sequence[int], admissible: Sequence[Sequence[str]]) -> list[Choice]:
        """The action whose next word is the likeliest at every fork."""
        self.keep(rows)
        branches = [_Branch(self.speller, actions) for actions in admissible]
        self._note(rows, branches)
        while forked := [at for at, branch in enumerate(branches) if len(branch.left) > 1]:
            states = self.read([rows[at] for at in forked])
            scores = self.model.next_words(states[forked]).numpy()
            for at, row_scores in zip(forked, scores, strict=True):
                branches[at].take(row_scores)
            self._note([rows[at] for at in forked], [branches[at] for at in forked])
        return [Choice(next(iter(each.left.values())), each.log_prob) for each in branches]

    def _note(self, rows: Sequence[int], branches: Sequence[_Branch]) -> None:
        for row, branch in zip(rows, branches, strict=True):
            self.pending[row] += branch.decided()
