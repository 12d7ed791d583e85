"""Answers in JSON, after a schema; also damaged ones, as far as they can be read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from lfm.critics.reading.base import Labels, Reading
from lfm.critics.reading.words import named_steps, verdict
from lfm.critics.reading.yes_no import read_yes_no

_STEP = {
    "type": "object",
    "properties": {
        "step": {"type": "integer"},
        "reason": {"type": "string"},
        "productive": {"type": "boolean"},
    },
    "required": ["step", "reason", "productive"],
    "additionalProperties": False,
}
SCHEMA: Mapping[str, Any] = {
    "title": "step_feedback",
    "type": "object",
    "properties": {
        "steps": {"type": "array", "items": _STEP},
        "summary": {"type": "string"},
        "suggestion": {"type": "string"},
    },
    "required": ["steps", "summary", "suggestion"],
    "additionalProperties": False,
}
"""What a structured answer looks like. The reason stands before the verdict, so that a model that
writes from left to right has given it when it decides."""

_STRING = r'"\s*:\s*"((?:[^"\\]|\\.)*)'
_TEXTS = {name: re.compile(f'"{name}{_STRING}') for name in ("summary", "suggestion")}
_OBJECT = re.compile(r"\{[^{}]*\}")
_MANGLED = (ValueError, RecursionError)  # what the JSON decoder raises


def read_structured(text: str, shown: range, complete: bool) -> Reading:
    """Read an answer after :data:`SCHEMA`.

    What is no JSON as a whole is searched for steps that are; what has none of these either is
    read as lines with a yes or no for each step. See :class:`lfm.critics.reading.base.Reader`.
    """
    try:
        document = json.loads(text)
    except _MANGLED:
        document = None
    labels = Labels(shown)
    steps = document.get("steps") if isinstance(document, dict) else None
    if isinstance(document, dict) and isinstance(steps, list):
        formed = [_add(step, labels) for step in steps]
        clean = all(formed)
        texts = [_text(document.get(name)) for name in _TEXTS]
    else:
        clean = False
        for step in _objects(text):
            _add(step, labels)
        texts = [_salvaged(name, text) for name in _TEXTS]
    reading = labels.reading(*texts, clean=clean and complete)
    return reading if reading.steps else _in_lines(text, shown, reading)


def _in_lines(text: str, shown: range, otherwise: Reading) -> Reading:
    """The answer as lines with verdicts, if it is that."""
    lines = read_yes_no(text, shown, complete=False)
    return lines if lines.steps else otherwise


def _add(entry: object, labels: Labels) -> bool:
    """Note the label of one entry; returns whether it is as the schema says."""
    if not isinstance(entry, dict):
        return False
    step, productive = _number(entry.get("step")), _truth(entry.get("productive"))
    if step is not None and productive is not None:
        labels.add(step, productive, _text(entry.get("reason")))
    kinds = {"step": int, "productive": bool, "reason": str}
    return all(type(entry.get(name)) is kind for name, kind in kinds.items())


def _number(value: object) -> int | None:
    if isinstance(value, str):
        named = named_steps(value.strip())
        whole = named is not None and not named.text and len(named.steps) == 1
        return named.steps[0].start if named and whole and len(named.steps[0]) == 1 else None
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _truth(value: object) -> bool | None:
    """A verdict; also as a word, or as 0 or 1."""
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.strip().lower(), verdict(value))
    return bool(value) if value in (0, 1) else None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _objects(text: str) -> Iterator[object]:
    """The objects in a text that are whole and have no braces in them, such as single steps."""
    for found in _OBJECT.finditer(text):
        try:
            yield json.loads(found[0], strict=False)
        except _MANGLED:
            continue


def _salvaged(name: str, text: str) -> str:
    """A text of the damaged document, as far as it goes."""
    found = _TEXTS[name].search(text)
    if found is None:
        return ""
    try:
        return _text(json.loads(f'"{found[1]}"', strict=False))
    except _MANGLED:
        return found[1]
