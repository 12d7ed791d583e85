"""A small Llama over the words of an episode, and how texts become its words."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from transformers import DynamicCache, LlamaConfig, LlamaModel

from policies.batching import by_set
from policies.words import Vocabulary, split_words

ACT, END, SEEN = "<act>", "<end>", "<seen>"
HIDDEN, LAYERS, HEADS = 192, 3, 4
"""As in the two-level model."""
DROPOUT = 0.1
"""Of words and of states; in the attention it would keep PyTorch from its fast kernel."""
LONGEST_ACTION = 16
"""Words of an action that are told apart by their place."""


class Speller:
    """Texts as word indices."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.act, self.end, self.seen = (vocabulary[word] for word in (ACT, END, SEEN))
        self._known: dict[str, tuple[int, ...]] = {}

    def text(self, text: str) -> tuple[int, ...]:
        """The words of an observation or instruction."""
        if text not in self._known:
            self._known[text] = tuple(self.vocabulary[word] for word in split_words(text))
        return self._known[text]

    def action(self, action: str) -> tuple[int, ...]:
        """The words of an action, and its end."""
        return (*self.text(action), self.end)

    def start(self, instruction: str, first_observation: str) -> list[int]:
        """How an episode begins, up to the first ``<act>``."""
        return [*self.text(instruction), self.seen, *self.text(first_observation), self.act]


def padded(rows: Sequence[Sequence[int]], value: int) -> Tensor:
    """Rows (N, W) of unlike length, filled up with ``value``."""
    return nn.utils.rnn.pad_sequence(
        [torch.tensor(row, dtype=torch.long) for row in rows], batch_first=True, padding_value=value
    )


class CausalModel(nn.Module):
    """A Llama over words; it predicts words, and scores actions against a state.

    Args:
        words: size of the vocabulary.
        chooses: whether it scores actions, or predicts words.
    """

    def __init__(self, words: int, chooses: bool) -> None:
        super().__init__()
        self.words = nn.Embedding(words, HIDDEN, padding_idx=0)
        nn.init.normal_(self.words.weight, std=0.1)
        self.history = LlamaModel(
            LlamaConfig(
                vocab_size=1,
                bos_token_id=None,
                eos_token_id=None,
                hidden_size=HIDDEN,
                intermediate_size=2 * HIDDEN,
                num_hidden_layers=LAYERS,
                num_attention_heads=HEADS,
                num_key_value_heads=HEADS,
                max_position_embeddings=8192,
                rope_parameters={"rope_type": "default", "rope_theta": 1000.0},
            )
        )
        self.dropout = nn.Dropout(DROPOUT)
        if not chooses:
            self.next_words = nn.Linear(HIDDEN, words)
        else:
            self.places = nn.Embedding(LONGEST_ACTION, HIDDEN)
            nn.init.normal_(self.places.weight, std=0.1)
            self.placed = nn.Sequential(nn.Linear(HIDDEN, HIDDEN), nn.GELU())
            self.option = nn.Linear(HIDDEN, HIDDEN)
            self.state = nn.Linear(HIDDEN, HIDDEN, bias=False)
            self.score = nn.Sequential(
                nn.GELU(),
                nn.Dropout(DROPOUT),
                nn.Linear(HIDDEN, HIDDEN),
                nn.GELU(),
                nn.Linear(HIDDEN, 1),
            )

    def states(
        self,
        ids: Tensor,
        mask: Tensor | None = None,
        positions: Tensor | None = None,
        past: DynamicCache | None = None,
    ) -> Tensor:
        """The states (B, T, hidden) after words (B, T); ``mask`` also covers what is cached.

        Without a mask, words after the end of the shorter episodes are read in vain.
        """
        states: Tensor = self.history(
            inputs_embeds=self.dropout(self.words(ids)),
            attention_mask=mask,
            position_ids=positions,
            past_key_values=past,
            use_cache=past is not None,
        ).last_hidden_state
        kept: Tensor = self.dropout(states)
        return kept

    def options(self, ids: Tensor) -> Tensor:
        """Vectors (N, hidden) of actions (N, W)."""
        words = self.words(ids) + self.places.weight[: ids.shape[1]]
        vectors: Tensor = self.option((self.placed(words) * ids.ne(0).unsqueeze(-1)).sum(1))
        return vectors

    def scores(self, states: Tensor, options: Tensor, counts: Tensor) -> Tensor:
        """Scores (S, most options) of the options of each state, set after set in ``options``."""
        asked = torch.repeat_interleave(self.state(states), counts, dim=0)
        return by_set(self.score(asked + options).squeeze(-1), counts)
