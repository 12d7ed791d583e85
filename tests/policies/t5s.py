"""Tiny T5 models with tokenizers, made on the spot and written by ``save_pretrained``."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast, T5Config, T5ForConditionalGeneration

from policies.tuned import TunedModel
from policies.tuning import Tuning
from policies.windowed import WindowedPolicy

WINDOW = 3
ALPHABET = "▁ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.,:;'/-_?!"


def save_t5(folder: Path, texts: Iterable[str], dropout: float = 0.0, words: int = 300) -> Path:
    """A T5 as Flan-T5 is (gated, its head not tied), with sentence pieces of the texts."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    trainer = trainers.UnigramTrainer(
        vocab_size=words,
        special_tokens=["<pad>", "</s>", "<unk>"],
        unk_token="<unk>",
        initial_alphabet=list(ALPHABET),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="$A </s>", special_tokens=[("</s>", 1)]
    )
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="<pad>",
        eos_token="</s>",
        unk_token="<unk>",
        model_max_length=512,
    ).save_pretrained(folder)
    torch.manual_seed(0)
    config = T5Config(
        vocab_size=tokenizer.get_vocab_size(),
        d_model=32,
        d_kv=8,
        d_ff=64,
        num_layers=2,
        num_heads=4,
        dropout_rate=dropout,
        feed_forward_proj="gated-gelu",
        tie_word_embeddings=False,
        decoder_start_token_id=0,
        initializer_factor=0.2,
    )
    T5ForConditionalGeneration(config).save_pretrained(folder)
    return folder


def policy(folder: Path, **tuning: object) -> WindowedPolicy:
    """The policy in a folder of :func:`save_t5`, in fp32."""
    told = Tuning(**{"precision": "fp32", **tuning})  # type: ignore[arg-type]
    return WindowedPolicy.tuned("toy", folder, told, WINDOW)


def weights(of: TunedModel) -> torch.Tensor:
    """All weights of a policy or feedback model, one behind the other."""
    return torch.cat([each.detach().float().flatten() for each in of.model.parameters()])
