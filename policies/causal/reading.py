"""Conversations that a model is reading: what it has read of each stays in its memory.

In every call a row reads what is new of its conversation and, behind that, a tree of candidate
answers in which no branch sees another. Of the tree only the branch that was taken is remembered,
if one was. Keys know their places in the conversation, so they stay right when what is forgotten
is taken out from among them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from transformers import DynamicCache, PreTrainedModel
from transformers.cache_utils import DynamicLayer

from policies.causal.tree import ActionTree

STATES = 256
"""States whose next token is predicted at once, which bounds the memory of the head."""


class Reading:
    """The model's memory of a batch of conversations.

    Args:
        model: a causal language model of a family in :data:`policies.causal.tuning.FAMILIES`.
        count: how many conversations.
        half: whether to compute in bfloat16.

    Attributes:
        tokens: how many tokens the model has read so far, without padding.
    """

    def __init__(self, model: PreTrainedModel, count: int, half: bool) -> None:
        self._model = model
        self._half = half
        self._cache = DynamicCache()
        self._rows = list(range(count))
        self._slots: list[np.ndarray] = [np.empty(0, np.int64)] * count
        """Of each conversation, where in the cache its tokens are, in order."""
        self._trees: list[np.ndarray] = [np.empty(0, np.int64)] * count
        """Where in the cache the nodes of its last tree are."""
        self._ends = torch.empty(0)
        """Of each row of the last call, the state behind what was new: (rows, hidden)."""
        self.tokens = 0

    def take(self, row: int, nodes: Sequence[int]) -> None:
        """Go on from these nodes of the last tree, as if they had been read behind the context."""
        taken = self._trees[row][list(nodes)]
        self._slots[row] = np.concatenate([self._slots[row], taken])
        self._trees[row] = np.empty(0, np.int64)

    def back(self, row: int, count: int) -> None:
        """Forget the last tokens of a conversation."""
        slots = self._slots[row]
        self._slots[row] = slots[: len(slots) - count]

    def forget(self, row: int) -> None:
        """Begin a conversation anew."""
        self._slots[row] = self._trees[row] = np.empty(0, np.int64)

    @torch.inference_mode()
    def read(
        self, rows: Sequence[int], new: Sequence[np.ndarray], trees: Sequence[ActionTree]
    ) -> list[np.ndarray]:
        """Read on, and predict every edge of the trees.

        Args:
            rows: the conversations: those of the last call, or some of them.
            new: what is new of each, int32; none where nothing is to be predicted either.
            trees: of what could come then.

        Returns:
            For each row the log-probability of each edge, float64 (edges,).
        """
        self._compact(rows)
        past = max(len(self._slots[row]) for row in rows)
        width = max(len(told) + len(tree.tokens) for told, tree in zip(new, trees, strict=True))
        tokens, positions, mask = self._inputs(rows, new, trees, past, width)
        device = self._model.device
        with torch.autocast(device.type, torch.bfloat16, enabled=self._half):
            states = self._model.base_model(
                input_ids=torch.from_numpy(tokens).to(device),
                position_ids=torch.from_numpy(positions).to(device),
                attention_mask=torch.from_numpy(mask).to(device)[:, None],
                past_key_values=self._cache,
                use_cache=True,
            ).last_hidden_state
            found = self._predict(states, new, trees)
        last = torch.tensor([len(told) - 1 for told in new], device=device)
        self._ends = states[torch.arange(len(rows), device=device), last]
        for row, told, tree in zip(rows, new, trees, strict=True):
            start = past + len(told)
            self._slots[row] = np.concatenate([self._slots[row], np.arange(past, start)])
            self._trees[row] = np.arange(start, start + len(tree.tokens))
            self.tokens += len(told) + len(tree.tokens)
        return found

    @torch.inference_mode()
    def likeliest(self) -> list[int]:
        """The likeliest token behind what was new of each row of the last :meth:`read`, if any."""
        with torch.autocast(self._ends.device.type, torch.bfloat16, enabled=self._half):
            scores = self._model.get_output_embeddings()(self._ends)
        found: list[int] = scores.argmax(-1).tolist()
        return found

    def _compact(self, rows: Sequence[int]) -> None:
        """Keep of the cache what the rows go on from, moved together."""
        device, past = self._model.device, max(len(self._slots[row]) for row in rows)
        where = np.zeros((len(rows), past), np.int64)
        for at, row in enumerate(rows):
            slots = self._slots[row]
            where[at, : len(slots)] = slots
            self._slots[row] = np.arange(len(slots))
        kept = torch.tensor([self._rows.index(row) for row in rows], device=device)
        places = torch.from_numpy(where).to(device)
        for layer in self._cache.layers:
            assert isinstance(layer, DynamicLayer)
            keys, values = layer.keys, layer.values
            assert keys is not None
            assert values is not None
            layer.keys, layer.values = _moved(keys, kept, places), _moved(values, kept, places)
        self._rows = list(rows)

    def _inputs(
        self,
        rows: Sequence[int],
        new: Sequence[np.ndarray],
        trees: Sequence[ActionTree],
        past: int,
        width: int,
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Tokens and positions (rows, width), and what each sees (rows, width, past + width)."""
        tokens, positions = np.zeros((2, len(rows), width), np.int64)
        mask = np.zeros((len(rows), width, past + width), bool)
        mask[:, np.arange(width), past + np.arange(width)] = True  # padding sees itself
        for at, (row, told, tree) in enumerate(zip(rows, new, trees, strict=True)):
            known, start = len(self._slots[row]), len(told)
            end = start + len(tree.tokens)
            tokens[at, :end] = np.concatenate([told, tree.tokens])
            positions[at, :start] = known + np.arange(start)
            positions[at, start:end] = known + start + tree.depths
            mask[at, :end, :known] = True
            mask[at, :start, past : past + start] = np.tri(start, dtype=bool)
            mask[at, start:end, past : past + start] = True
            mask[at, start:end, past + start : past + end] = tree.sees()
        return tokens, positions, mask

    def _predict(
        self, states: Tensor, new: Sequence[np.ndarray], trees: Sequence[ActionTree]
    ) -> list[np.ndarray]:
        """The log-probability of every edge, from the states (rows, width, hidden)."""
        places, after, count = [], [], 0
        for at, (told, tree) in enumerate(zip(new, trees, strict=True)):
            parents, index = np.unique(tree.edge_parents, return_inverse=True)
            # The root, -1, is the last token before the tree.
            places.append(at * states.shape[1] + len(told) + parents)
            after.append(count + index)
            count += len(parents)
        wanted = np.concatenate([tree.edge_tokens for tree in trees])
        ends = np.cumsum([len(tree.edge_tokens) for tree in trees])
        chosen = states.flatten(0, 1)[torch.from_numpy(np.concatenate(places)).to(states.device)]
        return np.split(self._log_probs(chosen, np.concatenate(after), wanted), ends[:-1])

    def _log_probs(self, states: Tensor, after: np.ndarray, wanted: np.ndarray) -> np.ndarray:
        """Of each token that is ``wanted``, ``after`` which of the states: float64."""
        head, found = self._model.get_output_embeddings(), np.empty(len(wanted))
        for start in range(0, len(states), STATES):
            scores = torch.log_softmax(head(states[start : start + STATES]).float(), dim=-1)
            here = np.flatnonzero((after >= start) & (after < start + STATES))
            index = torch.from_numpy(np.stack([after[here] - start, wanted[here]]))
            found[here] = scores[tuple(index.to(scores.device))].double().cpu().numpy()
        return found


def _moved(kept: Tensor, rows: Tensor, places: Tensor) -> Tensor:
    """Keys or values (batch, heads, tokens, width) of some rows, their tokens in another order."""
    chosen = kept.index_select(0, rows)
    index = places[:, None, :, None].expand(-1, chosen.shape[1], -1, chosen.shape[3])
    return chosen.gather(2, index)
