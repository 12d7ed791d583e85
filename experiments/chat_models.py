"""Small chat models made on the spot, in the families that causal policies can be.

They stand in for pretrained ones in experiments and tests: real configs, real tokenizers, a chat
template, and random weights.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedModel,
    PreTrainedTokenizerFast,
    Qwen2Config,
    Qwen2ForCausalLM,
    Qwen3Config,
    Qwen3ForCausalLM,
)

_BEGIN, _END = "<|im_start|>", "<|im_end|>"
CHATML = (
    "{% for message in messages %}{% if message['role'] == 'assistant' %}"
    "{{ '<|im_start|>assistant\n' }}{% generation %}{{ message['content'] + '<|im_end|>' }}"
    "{% endgeneration %}{{ '\n' }}{% else %}"
    "{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}"
    "{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
"""The ChatML template, with the marks by which trainers find what the assistant says."""


class Size(NamedTuple):
    """Of a decoder.

    Attributes:
        hidden: width; the inner width of its feed-forward layers is a multiple of it.
        layers: depth.
        heads: of each attention.
        key_heads: of its keys and values, where a family lets them be fewer.
        context: most tokens it reads.
        inner: inner width of the feed-forward layers; 0 for four times ``hidden``.
    """

    hidden: int
    layers: int
    heads: int
    key_heads: int
    context: int = 4096
    inner: int = 0


def train_tokenizer(texts: Iterable[str], size: int) -> PreTrainedTokenizerFast:
    """A byte-level BPE tokenizer of at most ``size`` tokens, with :data:`CHATML`."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=["<|pad|>", _BEGIN, _END],
        initial_alphabet=alphabet,
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="<|pad|>",
        eos_token=_END,
        additional_special_tokens=[_BEGIN, _END],
        chat_template=CHATML,
    )


def _llama(size: Size, words: int) -> LlamaForCausalLM:
    return LlamaForCausalLM(LlamaConfig(vocab_size=words, **_decoder(size)))


def _qwen2(size: Size, words: int) -> Qwen2ForCausalLM:
    tied = Qwen2Config(vocab_size=words, tie_word_embeddings=True, **_decoder(size))
    return Qwen2ForCausalLM(tied)


def _qwen3(size: Size, words: int) -> Qwen3ForCausalLM:
    width = size.hidden // size.heads
    return Qwen3ForCausalLM(Qwen3Config(vocab_size=words, head_dim=width, **_decoder(size)))


def _gpt2(size: Size, words: int) -> GPT2LMHeadModel:
    config = GPT2Config(
        vocab_size=words,
        n_embd=size.hidden,
        n_layer=size.layers,
        n_head=size.heads,
        n_positions=size.context,
        n_inner=size.inner or None,
        bos_token_id=None,
        eos_token_id=None,
    )
    return GPT2LMHeadModel(config)


def _decoder(size: Size) -> dict[str, Any]:
    return {
        "hidden_size": size.hidden,
        "intermediate_size": size.inner or 4 * size.hidden,
        "num_hidden_layers": size.layers,
        "num_attention_heads": size.heads,
        "num_key_value_heads": size.key_heads,
        "max_position_embeddings": size.context,
        "bos_token_id": None,
        "eos_token_id": None,
    }


FAMILIES: dict[str, Callable[[Size, int], PreTrainedModel]] = {
    "gpt2": _gpt2,
    "llama": _llama,
    "qwen2": _qwen2,
    "qwen3": _qwen3,
}
"""By name, from size and number of tokens to a model of random weights."""


def save_chat_model(
    folder: Path, family: str, size: Size, texts: Iterable[str], words: int = 600, seed: int = 0
) -> Path:
    """Write a chat model and its tokenizer, as ``save_pretrained`` does.

    Args:
        folder: where.
        family: a key of :data:`FAMILIES`.
        size: of the model.
        texts: what the tokenizer learns its tokens from.
        words: most tokens it has.
        seed: of the weights.

    Returns:
        The folder.
    """
    tokenizer = train_tokenizer(texts, words)
    torch.manual_seed(seed)
    model = FAMILIES[family](size, len(tokenizer))
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
