"""Answers to read: well-formed ones of every form, and what chance makes of them."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from typing import NamedTuple

_REASONS: tuple[str, ...] = (
    "picked up the mug 1, which the task asks for",
    "went to a place that it had looked at before",
    "nothing changed",
    "opened the fridge 1; it may hold a tomato",
    'it said "look", and saw {nothing}',
)
_PIECES: tuple[str, ...] = (
    *"0123456789-*#{}[]\":,.\\\n\t",
    "Step ", "Steps ", "Yes", "No.", "None.", " to ", " and ", "\n- ", "\n1. ", "\u2013", "**",
    "#Summary\n", "#Improvement\n", "true", "false", "null", "NaN", "1e999", '"step": ',
    '{"step": 3, "productive": true, "reason": "x"}', '"steps": [', "\ud800", "\\udfff", "\x00",
    "\u2028", "\u0663", "<think>", "</think>", "```json\n", "I'm sorry, but I can't", "9" * 12,
)  # fmt: skip


class Asked(NamedTuple):
    """An answer, and the steps that it is about."""

    text: str
    first: int
    last: int


def well_formed(form: str, rng: random.Random) -> Asked:
    """An answer as it was asked for, with random labels.

    Args:
        form: a key of :data:`lfm.critics.reading.read.READERS`.
        rng: draws steps, labels and reasons.
    """
    first = rng.randint(1, 60)
    last = first if form in _OF_ONE_STEP else first + rng.randint(0, 19)
    labels = {step: rng.random() < 0.5 for step in range(first, last + 1)}
    return Asked(_WRITERS[form](labels, rng), first, last)


_OF_ONE_STEP = ("feedback", "correctness")
"""Forms in which one answer is spoken of."""


def mutated(asked: Asked, other: str, rng: random.Random) -> Asked:
    """The answer after one to eight changes.

    Args:
        asked: the answer.
        other: another answer, of which pieces may be put in.
        rng: draws the changes.
    """
    text = asked.text
    for _ in range(rng.randint(1, 8)):
        text = rng.choice(_CHANGES)(text, other, rng)
    return asked._replace(text=text)


def _json(labels: Mapping[int, bool], rng: random.Random) -> str:
    steps = [
        {"step": step, "reason": rng.choice(_REASONS), "productive": productive}
        for step, productive in labels.items()
    ]
    return json.dumps({"steps": steps, "summary": "It looks.", "suggestion": "Open it."})


def _verdicts(labels: Mapping[int, bool], rng: random.Random) -> str:
    return "\n".join(
        f"Step {step}: {'yes' if productive else 'no'}, {rng.choice(_REASONS)}"
        for step, productive in labels.items()
    )


def _list(labels: Mapping[int, bool], rng: random.Random) -> str:
    lines = [f"- Step {step}: {rng.choice(_REASONS)}" for step, good in labels.items() if good]
    return "\n".join(["Yes" if lines else "No", *lines, "#Summary", "It looks.", "#Improvement"])


def _corrections(labels: Mapping[int, bool], rng: random.Random) -> str:
    lines = [f"- Step {step}: go to desk 1" for step, good in labels.items() if not good]
    return "\n".join(lines) or "None"


def _feedback(labels: Mapping[int, bool], rng: random.Random) -> str:
    productive = next(iter(labels.values()))
    return "No feedback needed" if productive else f"Feedback: {rng.choice(_REASONS)}"


def _correctness(labels: Mapping[int, bool], rng: random.Random) -> str:
    productive = next(iter(labels.values()))
    return f"{rng.choice(_REASONS)}\nCorrectness: {'correct' if productive else 'incorrect'}"


_WRITERS: Mapping[str, Callable[[Mapping[int, bool], random.Random], str]] = {
    "structured": _json,
    "yes_no": _verdicts,
    "bullets": _list,
    "corrections": _corrections,
    "feedback": _feedback,
    "correctness": _correctness,
}


def _slice(text: str, rng: random.Random) -> tuple[int, int]:
    start = rng.randint(0, len(text))
    return start, min(len(text), start + rng.choice((1, 1, 2, 5, 20, 100)))


def _drop(text: str, other: str, rng: random.Random) -> str:
    start, end = _slice(text, rng)
    return text[:start] + text[end:]


def _insert(text: str, other: str, rng: random.Random) -> str:
    at = rng.randint(0, len(text))
    return text[:at] + rng.choice(_PIECES) + text[at:]


def _replace(text: str, other: str, rng: random.Random) -> str:
    start, end = _slice(text, rng)
    return text[:start] + rng.choice(_PIECES) + text[end:]


def _repeat(text: str, other: str, rng: random.Random) -> str:
    start, end = _slice(text, rng)
    return text[:end] + text[start:end] * rng.randint(1, 3) + text[end:]


def _splice(text: str, other: str, rng: random.Random) -> str:
    at = rng.randint(0, len(text))
    start, end = _slice(other, rng)
    return text[:at] + other[start:end] + text[at:]


def _cut(text: str, other: str, rng: random.Random) -> str:
    return text[: rng.randint(0, len(text))]


def _character(text: str, other: str, rng: random.Random) -> str:
    at = rng.randint(0, len(text))
    return text[:at] + chr(rng.randrange(0x110000)) + text[at + 1 :]


_CHANGES = (_drop, _insert, _replace, _repeat, _splice, _cut, _character)
