"""What is said of a single answer to a text task: feedback in words, or whether it is correct."""

from __future__ import annotations

import re

from lfm.critics.reading.base import Labels, Reading
from lfm.critics.reading.words import refuses

NOT_NEEDED = "No feedback needed"
"""What is said of an answer that is right: the papers' implicit error identification."""

_NOT_NEEDED = re.compile(
    r"\bno (?:further |more )?feedback (?:is )?(?:needed|necessary|required)\b", re.IGNORECASE
)
_FEEDBACK = re.compile(r"^[\W_]*feedback[\W_]*:[ \t*_]*", re.IGNORECASE | re.MULTILINE)
_CORRECTNESS = re.compile(
    r"\bcorrectness[\W_]*:[\W_]*(?:(?P<no>incorrect|not correct|wrong)|correct)\b",
    re.IGNORECASE,
)


def read_feedback(text: str, shown: range, complete: bool) -> Reading:
    """Read ``Feedback: ...``, all that follows, or ``No feedback needed``.

    Words without the mark are feedback too. An answer of which it is said anywhere that none is
    needed is right, any other is not. See :class:`lfm.critics.reading.base.Reader`.
    """
    labels = Labels(shown)
    marks = list(_FEEDBACK.finditer(text))
    said = text[marks[-1].end() :].strip() if marks else text.strip()
    needless = _NOT_NEEDED.search(text)
    alone = needless is not None and not re.search(r"\w", said.replace(needless[0], ""))
    if len(shown) == 1 and said and not refuses(said):
        labels.add(shown[0], needless is not None, f"{NOT_NEEDED}." if alone else said)
    return labels.reading("", "", clean=complete and (alone or (bool(marks) and not needless)))


def read_correctness(text: str, shown: range, complete: bool) -> Reading:
    """Read a judgement that ends with ``Correctness: correct`` or ``Correctness: incorrect``.

    The last one counts; what stands before it is the reason. See
    :class:`lfm.critics.reading.base.Reader`.
    """
    labels = Labels(shown)
    found = list(_CORRECTNESS.finditer(text))
    if found and len(shown) == 1:
        reason = text[: found[-1].start()].rstrip(" \t\n*_#")
        labels.add(shown[0], found[-1]["no"] is None, reason)
    return labels.reading("", "", clean=complete and len(found) == 1)
