"""Chooses by clues alone (:mod:`policies.clues`), without words of names and without memory."""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor, nn

DROPOUT = 0.5
"""Of features, while training: there are thousands of walks, and what decides is simple."""
HIDDEN_CLUES = 0.15
"""Part of the clues that is left out while training, so that no two are relied on together."""


class Choices(Protocol):
    """What of :class:`policies.step_transformer.ChoiceBatch` is read here."""

    @property
    def members(self) -> Tensor:
        """Rows of all bags."""

    @property
    def offsets(self) -> Tensor:
        """Where each bag begins."""


class ClueReader(nn.Module):
    """Scores actions by the last of their bags.

    It learns beside what reads all else, from the same decisions and with a loss of its own. What
    reads all else learns walks by heart that it has seen a few times, and is wrong elsewhere in
    other places than this, so that both together are right more often than each.

    Args:
        size: of rows.
        hidden: width.
    """

    def __init__(self, size: int, hidden: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.GELU(),
            nn.Dropout(DROPOUT),
            nn.Linear(size, hidden),
            nn.GELU(),
            nn.Dropout(DROPOUT),
            nn.Linear(hidden, 1),
        )

    def forward(self, choices: Choices, table: Tensor, bags: int) -> Tensor:
        """Scores (N, 1) of N choices of so many bags each, whose members are rows of a table."""
        count = len(choices.offsets)
        sizes = torch.diff(
            choices.offsets, append=choices.offsets.new_tensor([len(choices.members)])
        )
        owners = torch.repeat_interleave(torch.arange(count), sizes)
        read = owners % bags == bags - 1
        if self.training:
            read &= torch.rand(len(owners)) >= HIDDEN_CLUES
        rows = table[choices.members[read]]
        sums = table.new_zeros(count // bags, table.shape[1])
        scores: Tensor = self.layers(sums.index_add(0, owners[read] // bags, rows))
        return scores
