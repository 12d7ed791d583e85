"""Attention among sequences that lie one behind the other in a row: each sees only itself.

transformers isolates packed sequences too, where no cache is made, by a mask as large as the square
of the row, which fast kernels do not take. Here each sequence is attended to on its own: on a GPU
by PyTorch's FlashAttention for sequences of many lengths, elsewhere one after the other. No mask is
made, and the work is the sum of the squares of the sequences.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any, cast

import torch
from torch import Tensor, nn
from transformers import AttentionInterface, PreTrainedModel

try:
    from torch.nn.attention.varlen import varlen_attn
except ImportError:  # before PyTorch 2.10
    varlen_attn = None  # type: ignore[assignment]

PACKED = "lfm_packed"
"""Its name among the attentions of transformers."""


def packed_attention(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    *,
    cu_seq_lens_q: Tensor,
    max_length_q: int,
    scaling: float | None = None,
    dropout: float = 0.0,
    **others: Any,
) -> tuple[Tensor, None]:
    """Causal attention within each sequence, with the signature that transformers asks for.

    Args:
        module: the attention layer.
        query: (1, heads, tokens, width).
        key: (1, key heads, tokens, width), where the number of heads is a multiple of key heads.
        value: as ``key``.
        attention_mask: not used; there is none.
        cu_seq_lens_q: int32 (sequences + 1,): the bounds of the sequences.
        max_length_q: tokens of the longest.
        scaling: of the scores; None for one over the root of the width.
        dropout: part of the attention that is dropped.
        others: what other kinds of attention are told.

    Returns:
        (1, tokens, heads, width), and no weights.
    """
    half = value.dtype in (torch.bfloat16, torch.float16)  # FlashAttention reads nothing else
    if query.is_cuda and varlen_attn is not None and half and not dropout:
        return _flash(query, key, value, cu_seq_lens_q, max_length_q, scaling), None
    parts = [
        nn.functional.scaled_dot_product_attention(
            query[:, :, start:end],
            key[:, :, start:end],
            value[:, :, start:end],
            is_causal=True,
            scale=scaling,
            dropout_p=dropout,
            enable_gqa=query.shape[1] != key.shape[1],
        )
        for start, end in pairwise(cu_seq_lens_q.tolist())
    ]
    return torch.cat(parts, dim=2).transpose(1, 2), None


def _flash(
    query: Tensor, key: Tensor, value: Tensor, bounds: Tensor, longest: int, scaling: float | None
) -> Tensor:
    """By FlashAttention, in the precision of ``value``; rotation makes the others wider."""
    groups = query.shape[1] // key.shape[1]
    query, key, value = (
        each[0].transpose(0, 1).to(value.dtype)
        for each in (query, _repeated(key, groups), _repeated(value, groups))
    )
    found = varlen_attn(
        query, key, value, bounds, bounds, longest, longest, scale=scaling, window_size=(-1, 0)
    )
    return cast("Tensor", found)[None]  # without weights, which nobody asked for


def _repeated(heads: Tensor, groups: int) -> Tensor:
    return heads if groups == 1 else heads.repeat_interleave(groups, dim=1)


def use_packed(model: PreTrainedModel) -> None:
    """Let a model attend so; its forward then wants ``cu_seq_lens_q`` and ``max_length_q``."""
    AttentionInterface.register(PACKED, packed_attention)
    model.set_attn_implementation(PACKED)
