"""The training step of a causal policy: rows of whole episodes, on whatever accelerate finds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import cast

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from policies.causal.attention import use_packed
from policies.causal.packing import Row, Tokens, pack
from policies.imitation import Best, Follow, Schedule, held_out
from policies.learner import Batch, Inputs, learn_in_passes
from policies.tuning import Tuning, device


class RowLoss(nn.Module):
    """Cross-entropy of what is to be learned in a row, summed over its tokens.

    The head, whose vocabulary makes it the widest layer, sees only the places that are learned.

    Args:
        model: a causal language model that attends as :func:`policies.causal.attention.use_packed`
            lets it.
        half: whether to compute in bfloat16; the weights stay as they are.
    """

    def __init__(self, model: PreTrainedModel, half: bool) -> None:
        super().__init__()
        self.model = model
        self._half = half

    def forward(
        self, tokens: Tensor, positions: Tensor, bounds: Tensor, longest: int, before: Tensor
    ) -> Tensor:
        """The loss of a row; see :class:`policies.causal.packing.Row`.

        Args:
            tokens: int64 (tokens,).
            positions: int64 (tokens,).
            bounds: int32 (sequences + 1,).
            longest: tokens of the longest sequence.
            before: int64 (learned,).

        Returns:
            float32, a single number.
        """
        with torch.autocast(tokens.device.type, torch.bfloat16, enabled=self._half):
            found = self.model.base_model(
                input_ids=tokens[None],
                position_ids=positions[None],
                cu_seq_lens_q=bounds,
                max_length_q=longest,
                use_cache=False,
            )
            head = self.model.get_output_embeddings()
            scores = head(found.last_hidden_state[0].index_select(0, before))
        wanted = tokens.index_select(0, before + 1)
        return nn.functional.cross_entropy(scores.float(), wanted, reduction="sum")


def batch_of(
    episodes: Sequence[Sequence[Tokens]], most: int, numbers: Sequence[int], processes: int
) -> Batch:
    """Some of the episodes as rows.

    Args:
        episodes: of each, its sequences.
        most: tokens in a row, about.
        numbers: which episodes.
        processes: that share the rows.
    """
    items = [item for at in numbers for item in episodes[at]]
    rows = [_inputs(row) for row in pack(items, most, processes)]
    return Batch(rows, sum(int(item.learned.sum()) for item in items))


def _inputs(row: Row) -> Inputs:
    parts = (row.tokens, row.positions, row.bounds, row.before)
    tokens, positions, bounds, before = map(torch.from_numpy, parts)
    return tokens, positions, bounds, int((row.bounds[1:] - row.bounds[:-1]).max()), before


def train_packed(
    model: PreTrainedModel,
    episodes: Sequence[Sequence[Tokens]],
    tuning: Tuning,
    schedule: Schedule,
    *,
    work: Path | None = None,
    follow: Follow = lambda updates, losses: None,
) -> Best | None:
    """Train a model in place on packed episodes; see :func:`policies.imitation.optimise`.

    Args:
        model: what to train, as :func:`policies.tuning.to_train` leaves it.
        episodes: of each, its sequences; see :func:`policies.causal.packing.sequences`.
        tuning: how.
        schedule: how long and how fast; a batch is of episodes, and a loss a mean over tokens.
        work: folder for checkpoints.
        follow: told how training goes.

    Returns:
        The weights that are best on the episodes held out, if there are any.

    Raises:
        UserError: if there is nothing to train on.
    """
    batches = partial(batch_of, episodes, tuning.row_tokens)
    sizes = [sum(len(item.tokens) for item in episode) for episode in episodes]
    held = held_out(len(episodes), tuning.held_out, schedule.seed)
    with _attending_packed(model, tuning):
        return learn_in_passes(
            RowLoss(model, tuning.half(device())),
            batches,
            sizes,
            held,
            schedule,
            work=work,
            follow=follow,
        )


@contextmanager
def _attending_packed(model: PreTrainedModel, tuning: Tuning) -> Iterator[None]:
    """While inside, the model is as it is trained; after that as it acts."""
    before = model.config._attn_implementation
    use_packed(model)
    if tuning.checkpointing:
        model.gradient_checkpointing_enable({"use_reentrant": False})
    layers = next(each for each in model.base_model.children() if isinstance(each, nn.ModuleList))
    plain = list(layers)
    if tuning.compiled and model.device.type == "cuda":
        for at, layer in enumerate(plain):
            layers[at] = cast("nn.Module", torch.compile(layer, dynamic=True))
    try:
        yield
    finally:
        for at, layer in enumerate(plain):
            layers[at] = layer
        model.gradient_checkpointing_disable()
        model.set_attn_implementation(before)
