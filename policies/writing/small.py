"""A writer from random weights: its words are those of its lessons, its network is small."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import torch
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from envs.errors import UserError
from policies.writing.base import Record

_PAD, _UNKNOWN, _END, _USER, _ANSWER = "<pad>", "<unknown>", "<end>", "<user>", "<answer>"
_WORD = r"(?:, )?(?:(?:such|and) )*(?:an?|the) \w+|\w+|[^\w\s]"
"""What is one token: a word with its article and what leads to that, as in ``, and a lemon``, or
any other character that is no blank. Then a list is copied by looking one token back, where
articles between its words would make it more: those take three times as long to learn."""
_TEMPLATE = (
    "{% for turn in messages %}{% if turn.role == 'user' %}<user> {{ turn.content }} <answer> "
    "{% else %}{{ turn.content }}<end>{% endif %}{% endfor %}"
)
_LONGEST = 1024
"""Tokens of a conversation; what limits them is the time that attention takes."""


class Shape(NamedTuple):
    """What a small writer is like.

    Attributes:
        hidden_size: width.
        layers: depth.
        heads: attention heads in each layer.
        rope_theta: base of the rotary positions. Conversations of some dozen words want a small
            one: with 10,000, most dimensions hardly turn, and copying is not learned.
    """

    hidden_size: int
    layers: int
    heads: int
    rope_theta: float


def word_tokenizer(texts: Sequence[str]) -> PreTrainedTokenizerFast:
    """A tokenizer whose tokens are the words of some texts, with a chat template.

    Texts come back from it with one blank between words, and none before a comma or a full stop.
    """
    words = Counter(word for text in texts for word in re.findall(_WORD, text))
    vocabulary = [_PAD, _UNKNOWN, _END, _USER, _ANSWER, *sorted(words)]
    model = models.WordLevel({word: at for at, word in enumerate(vocabulary)}, _UNKNOWN)
    tokenizer = Tokenizer(model)
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(_WORD), "removed", invert=True)
    tokenizer.decoder = decoders.WordPiece(prefix="##", cleanup=True)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token=_PAD,
        unk_token=_UNKNOWN,
        eos_token=_END,
        additional_special_tokens=[_USER, _ANSWER],
        chat_template=_TEMPLATE,
        model_max_length=_LONGEST,
        clean_up_tokenization_spaces=False,
    )


def small_writer(
    lessons: Sequence[Record], shape: Shape, seed: int
) -> tuple[LlamaForCausalLM, PreTrainedTokenizerFast]:
    """A writer that has learned nothing yet, and the tokenizer of its lessons' words.

    Raises:
        UserError: if a lesson's target cannot be written with such tokens.
    """
    told = [turn["content"] for lesson in lessons for turn in lesson.conversation]
    tokenizer = word_tokenizer([*told, *(lesson.target for lesson in lessons)])
    for lesson in lessons:
        ids = tokenizer(lesson.target, add_special_tokens=False)["input_ids"]
        if tokenizer.decode(ids) != lesson.target:
            raise UserError(
                f"policy=writer: the text {lesson.target[:60]!r} is more than words with blanks "
                "between them, which a writer from random weights cannot say; give a chat model "
                "as policy.path"
            )
    torch.manual_seed(seed)
    return LlamaForCausalLM(_config(tokenizer, shape)), tokenizer


def _config(tokenizer: PreTrainedTokenizerFast, shape: Shape) -> LlamaConfig:
    return LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=shape.hidden_size,
        intermediate_size=2 * shape.hidden_size,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.heads,
        rope_parameters={"rope_type": "default", "rope_theta": shape.rope_theta},
        max_position_embeddings=_LONGEST,
        tie_word_embeddings=True,
        initializer_range=0.04,
        pad_token_id=tokenizer.pad_token_id,
        eos_token_id=tokenizer.eos_token_id,
        bos_token_id=None,
    )
