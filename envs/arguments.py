"""Arguments of environments: wrong ones are answered by what there is instead."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from envs.errors import UserError


def check_choice(name: str, value: str, choices: Collection[str]) -> None:
    """Refuse a value that is none of ``choices``.

    Raises:
        UserError: it is none; the message lists them.
    """
    if value not in choices:
        raise UserError(f"{name}={value!r} is not known; choose one of {', '.join(choices)}.")


def check_options(options: Mapping[str, Any], known: Sequence[str] = ("task_id",)) -> None:
    """Refuse options of ``reset`` that there are not.

    Raises:
        UserError: there is one.
    """
    if unknown := sorted(options.keys() - set(known)):
        raise UserError(
            f"reset() has no option {', '.join(unknown)}; it takes {' and '.join(known)}."
        )


def similar_names(name: str, known: Iterable[str], ending: str = "") -> str:
    """Names that may have been meant, for the end of a message.

    Args:
        name: what was written.
        known: what could have been meant.
        ending: put behind each name that is proposed.

    Returns:
        ``"; similar ones: a, b"``, or nothing where none is similar.
    """
    close = difflib.get_close_matches(name, list(known), n=3, cutoff=0.5)
    return f"; similar ones: {', '.join(word + ending for word in close)}" if close else ""
