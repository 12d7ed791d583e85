"""Refinements without what was said around them, such as "Here's an updated version:"."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from string import Template

from lfm.chat.base import Answer, ChatModel, Message, Request, Sampling
from lfm.critics.reading.words import aloud, storable

_AGAIN = r"(?:updated|revised|corrected|improved|new|better|final)"
_OPENING = re.compile(
    r"^\s*(?:(?:sure|certainly|of course|okay|ok|thank(?:s| you)[^.!\n:]*|you(?:'re| are) right"
    r"[^.!\n:]*|i apologi[sz]e[^.!\n:]*|(?:i'm |i am )?sorry[^.!\n:]*)[,.!]+\s*)*"
    rf"(?:here(?:'s| is| are)[^:\n]*\b{_AGAIN}\b[^:\n]*:|(?:my |the )?{_AGAIN} "
    r"(?:version|answer|response)[^:\n]*:)?\s*",
    re.IGNORECASE,
)


def without_opening(text: str) -> str:
    r"""A text without thanks, apologies and the announcement of a better version at its start.

    Example:
        >>> without_opening("Thank you! Here's an updated version: a b c")
        'a b c'
        >>> without_opening("Here is a list: a b")
        'Here is a list: a b'
    """
    said = text[_OPENING.match(text).end() :]  # type: ignore[union-attr]  # it may be empty
    return said if said.strip() else text


def cleaned_by(
    model: ChatModel,
    question: str,
    prompt: str,
    purpose: str,
    sampling: Sampling,
    texts: Sequence[str],
) -> Mapping[str, str]:
    """What a chat model leaves of texts; one that it does not answer about is left as it is.

    Args:
        model: who is asked.
        question: with ``$answer``, the text.
        prompt: name and version of the question.
        purpose: what for, in the model's ledger.
        sampling: how answers are drawn.
        texts: what to clean.
    """
    different = list(dict.fromkeys(texts))
    requests = [
        Request(
            (Message("user", Template(question).substitute(answer=text)),),
            prompt,
            sampling.max_tokens,
            sampling.temperature,
            seed=sampling.seed,
        )
        for text in different
    ]
    cleaned = {text: text for text in different}
    for at, said in model.ask(requests, purpose):
        if isinstance(said, Answer) and not said.refused and said.finish_reason != "length":
            cleaned[different[at]] = storable(aloud(said.text)[0].strip()) or different[at]
    return cleaned
