"""What a windowed policy reads: its prompt, as text and as tokens, and a tokenizer of whole words.

The layout follows the released code of the LFM paper (arXiv 2402.07876): the task, what is seen
now, then the last steps, newest first, so that a prompt that is too long loses its oldest steps.
Scores and rewards, which the paper's prompt has, are left out: when an action is chosen nobody
knows what it will earn.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import PreTrainedTokenizerBase, PreTrainedTokenizerFast

from policies.words import Vocabulary

_TASK, _SEEN, _AGO, _DONE = "Task:", "Observation:", "Time -{}:", "Action:"
_PAD, _END, _UNKNOWN = "<pad>", "</s>", "<unk>"
LONGEST = 2048
"""Most tokens in the prompt of a tokenizer of whole words; the paper's limit."""


def write_prompt(
    instruction: str, observations: Sequence[str], actions: Sequence[str], window: int
) -> list[str]:
    """The prompt in which an action is chosen, in pieces; joined by spaces they are its text.

    Args:
        instruction: what the agent was asked to do.
        observations: everything seen so far: the first observation, and one after each action.
        actions: everything done so far.
        window: how many of the last steps to tell, each as what was seen and then done.
    """
    pieces = [_TASK, instruction, _SEEN, observations[-1]]
    for ago in range(1, min(window, len(actions)) + 1):
        pieces += [_AGO.format(ago), _SEEN, observations[-1 - ago], _DONE, actions[-ago]]
    return pieces


def word_tokenizer(texts: Iterable[str], window: int) -> PreTrainedTokenizerFast:
    """A tokenizer of whole lower-cased words and numbers, those of ``texts`` and of prompts."""
    own = write_prompt("", [""] * (window + 1), [""] * window, window)
    words = Vocabulary.of([*texts, *own]).words
    index = {word: number for number, word in enumerate((_PAD, _END, _UNKNOWN, *words))}
    tokenizer = Tokenizer(models.WordLevel(index, unk_token=_UNKNOWN))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Split(
        Regex("[a-z]+|[0-9]+"), behavior="removed", invert=True
    )
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"$A {_END}", special_tokens=[(_END, index[_END])]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token=_PAD,
        eos_token=_END,
        unk_token=_UNKNOWN,
        model_max_length=LONGEST,
    )


class PromptReader:
    """Turns prompts and actions into tokens; each distinct piece of text is cut only once.

    Args:
        tokenizer: any with a padding and an end token.
        window: how many past steps a prompt tells.
        longest: most tokens that a prompt may have; 0 for the tokenizer's ``model_max_length``.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerBase, window: int, longest: int = 0) -> None:
        self._tokenizer = tokenizer
        self._window = window
        self._longest = longest or tokenizer.model_max_length
        self._end = np.array([tokenizer.eos_token_id], dtype=np.int32)
        self._tokens = lru_cache(maxsize=200_000)(self._cut)
        self.action = lru_cache(maxsize=200_000)(self._action)
        """The tokens of an action and the end token; never cut off."""

    def prompt(
        self, instruction: str, observations: Sequence[str], actions: Sequence[str]
    ) -> np.ndarray:
        """The tokens of :func:`write_prompt`, with the end token; the oldest left out if need be.

        Returns:
            int32 of at most ``longest`` tokens.
        """
        pieces = write_prompt(instruction, observations, actions, self._window)
        tokens = np.concatenate([self._tokens(piece) for piece in pieces])
        return np.concatenate([tokens[: self._longest - 1], self._end])

    def _cut(self, text: str) -> np.ndarray:
        tokens = self._tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]
        return np.array(tokens, dtype=np.int32)

    def _action(self, text: str) -> np.ndarray:
        return np.concatenate([self._cut(text), self._end])
