"""How the training benchmark counts work."""

from __future__ import annotations

import numpy as np
from transformers import LlamaConfig, LlamaForCausalLM

from experiments.causal_training.work import model_flops
from policies.causal.packing import Tokens


def test_work_is_six_for_each_weight_and_token_and_what_attention_takes() -> None:
    config = LlamaConfig(
        vocab_size=50,
        hidden_size=16,
        intermediate_size=40,
        num_hidden_layers=3,
        num_attention_heads=4,
        num_key_value_heads=2,
    )
    layers = LlamaForCausalLM(config).model.layers
    weights = sum(each.numel() for each in layers.parameters() if each.dim() == 2)
    learned = np.arange(10) >= 7
    items = [Tokens(np.zeros(10, np.int32), learned)] * 2
    head, tokens, scored, attention = 50 * 16, 20, 6, 3 * 16 * (10**2 * 2)
    expected = 6 * (weights * tokens + head * scored + attention)
    assert model_flops(config, items) == expected
