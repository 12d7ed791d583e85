"""A small transformer over the steps of an episode that judges them."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from transformers import BertConfig, BertModel

from policies.step_transformer import BagEncoder, StepBatch, StepConfig, StepModel


class Judged(NamedTuple):
    """What a judge makes of a batch of episodes.

    Attributes:
        verdicts: (B, T) logits of being productive.
        reasons: (B, T, reasons) logits of each reason.
        states: (B, T, hidden) what both are read from.
    """

    verdicts: Tensor
    reasons: Tensor
    states: Tensor


class StepJudgeModel(StepModel):
    """Judges every step of a finished episode, seeing what came before and after it."""

    def __init__(self, config: StepConfig) -> None:
        super().__init__(config)
        self.bags = BagEncoder(config)
        hidden, layout = config.hidden_size, self.bags.layout
        self.episode = BertModel(
            BertConfig(
                vocab_size=1,
                pad_token_id=0,
                hidden_size=hidden,
                intermediate_size=2 * hidden,
                num_hidden_layers=config.layers,
                num_attention_heads=config.heads,
                max_position_embeddings=512 + layout.first_step,
                hidden_dropout_prob=config.dropout,
                attention_probs_dropout_prob=config.dropout,
            ),
            add_pooling_layer=False,
        )
        self.verdict = nn.Linear(hidden, 1)
        self.reason = nn.Linear(hidden, max(1, len(config.reasons)))
        if config.window is not None:
            self.window = nn.Sequential(
                nn.Linear(2 * hidden, hidden), nn.GELU(), nn.Dropout(config.dropout)
            )
            self.summary = nn.Linear(hidden, max(1, len(config.summaries)))
            self.suggestion = nn.Linear(hidden, max(1, len(config.suggestions)))
        self.post_init()

    def forward(self, batch: StepBatch) -> Judged:
        """Judge every step."""
        reading = self.bags.read(batch.instructions)
        vectors = self.bags.steps(batch, reading)
        whole, mask, positions = self.bags.behind_words(vectors, batch.mask, reading)
        out = self.episode(inputs_embeds=whole, attention_mask=mask, position_ids=positions)
        out = out.last_hidden_state[:, -vectors.shape[1] :]
        return Judged(self.verdict(out).squeeze(-1), self.reason(out), out)

    def sum_up(self, states: Tensor, windows: Tensor) -> tuple[Tensor, Tensor]:
        """Sum up parts of episodes, from their steps in the mean and from their last one.

        Args:
            states: (B, T, hidden) as :meth:`forward` gives them.
            windows: int64 (W, 3): of each part the episode's row, its first and its last step.

        Returns:
            Logits of each summary (W, summaries) and of each suggestion (W, suggestions).
        """
        rows, first, last = windows.unbind(1)
        sums = states.cumsum(1)
        part = (sums[rows, last] - sums[rows, first - 1]) / (last - first + 1).unsqueeze(1)
        found = self.window(torch.cat([part, states[rows, last]], 1))
        return self.summary(found), self.suggestion(found)
