"""Verdicts, refusals and step numbers in the words of a language model."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

DASHES = "-\u2013\u2014"
"""What stands for a dash: hyphen, en dash, em dash."""

_MARKS = ".,:;!)]*_"
_THOUGHT = re.compile(r"\s*<think>.*?(?:</think>|\Z)", re.DOTALL)
_STOP = rf"(?=\s*(?:[{re.escape(_MARKS + DASHES)}]|because\b|since\b|$))"
_GOOD = "productive|helpful|useful"
_VERDICT = re.compile(
    rf"[\W_]*(?:answer[\W_]+)?(?:(?P<yes>yes\b|(?:{_GOOD}){_STOP})"
    rf"|(?P<no>(?:no|not\s+(?:{_GOOD})|un(?:productive|helpful)|useless){_STOP}))",
    re.IGNORECASE,
)
_REFUSAL = re.compile(
    "[\\W_]*(?:(?:i['\u2019]?m|i am|we are) (?:very )?(?:sorry|afraid|unable|not able)"
    "|(?:sorry,? (?:but )?)?(?:i|we) (?:can['\u2019]?t|cannot|can not|won['\u2019]?t|will not)"
    "|(?:i|we) must decline|as an ai\\b)",
    re.IGNORECASE,
)
_NUMBER = "[0-9]{1,9}"
_TO = rf"\s*(?:[{re.escape(DASHES)}]|to\b|through\b)\s*"
_NEXT = r"\s*(?:,\s*and\b|,|&|and\b)\s*(?:steps?\s*)?"
_RANGE = re.compile(rf"({_NUMBER})(?:{_TO}({_NUMBER})(?![0-9]))?")
_STEPS = re.compile(
    rf"(?P<word>steps?|actions?)?(?:\s*(?:number\b|no\.|#))?\s*"
    rf"(?P<numbers>(?P<first>{_NUMBER})(?:(?:{_TO}|{_NEXT}){_NUMBER})*)(?![0-9])",
    re.IGNORECASE,
)
_SEPARATOR = re.compile(rf"[\s*_`]*(?:[:.)(\]{re.escape(DASHES)}]|$)")


class Named(NamedTuple):
    """Steps that a line begins with, and what follows.

    Attributes:
        steps: each a range, as in "3, 5-7".
        text: the rest of the line.
        by_word: the word "step" or "action" is in front.
        separated: a colon, dash, bracket or the line's end is behind.
    """

    steps: tuple[range, ...]
    text: str
    by_word: bool
    separated: bool


def storable(text: str) -> str:
    """The text with halves of surrogate pairs, which no file can hold, written out."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def aloud(text: str) -> tuple[str, bool]:
    """What was said after thinking, and whether thinking came to an end.

    Models that reason put their thoughts between ``<think>`` and ``</think>`` where the server
    leaves them in.
    """
    thought = _THOUGHT.match(text)
    if thought is None:
        return text, True
    return text[thought.end() :], thought[0].endswith("</think>")


def refuses(text: str) -> bool:
    """Whether the text begins as refusals do."""
    return _REFUSAL.match(text) is not None


def verdict(text: str) -> bool | None:
    """The yes or no that the text begins with.

    Example:
        >>> verdict("Yes, it found the mug."), verdict("**No**"), verdict("No other mug is here")
        (True, False, None)
    """
    found = _VERDICT.match(text)
    return None if found is None else found["yes"] is not None


def begins_with(text: str, word: str) -> bool:
    """Whether a word is the first thing said, and said for itself.

    Example:
        >>> begins_with("**No.**", "no"), begins_with("No doubt it does", "no")
        (True, False)
    """
    return re.match(rf"[\W_]*(?:answer[\W_]+)?{word}{_STOP}", text, re.IGNORECASE) is not None


def after_verdict(text: str) -> str:
    """The text without the yes or no that it begins with."""
    found = _VERDICT.match(text)
    return text if found is None else text[found.end() :].lstrip(f" \t{_MARKS}{DASHES}")


def named_steps(text: str) -> Named | None:
    """The steps whose numbers a line begins with; None if it begins otherwise.

    "Step 3 - 5 mugs" is about step 3: a list after the singular ends with a separator.

    Example:
        >>> named_steps("Steps 3-5, 8: took the mug")
        Named(steps=(range(3, 6), range(8, 9)), text='took the mug', by_word=True, separated=True)
    """
    found = _STEPS.match(text)
    if found is None:
        return None
    word, end = found["word"], found.end()
    several = not found["numbers"].isdigit()
    plural = word is not None and word.lower().endswith("s")
    if several and not plural and not _SEPARATOR.match(text, end):
        end = found.end("first")
    numbers = tuple(_ranges(text[found.start("numbers") : end]))
    if not all(numbers):  # a range that runs backwards
        return None
    rest = text[end:]
    separated = _SEPARATOR.match(rest) is not None
    return Named(
        numbers, rest.lstrip(f" \t:.)*_`{DASHES}").rstrip(" \t*_`"), word is not None, separated
    )


def _ranges(numbers: str) -> Iterator[range]:
    for first, last in _RANGE.findall(numbers):
        yield range(int(first), int(last or first) + 1)
