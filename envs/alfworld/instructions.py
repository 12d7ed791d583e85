"""ALFWorld's templated task sentences, written and understood, and its numbered names."""

from __future__ import annotations

import re

from envs.alfworld.game import Goal

TEMPLATES = {
    "simple": ("put a {item} in {target}", "put some {item} on {target}"),
    "look": ("look at {item} under the {target}", "examine the {item} with the {target}"),
    "clean": ("put a clean {item} in {target}", "clean some {item} and put it in {target}"),
    "heat": ("put a hot {item} in {target}", "heat some {item} and put it in {target}"),
    "cool": ("put a cool {item} in {target}", "cool some {item} and put it in {target}"),
    "two": ("put two {item} in {target}", "find two {item} and put them in {target}"),
}
"""ALFWorld's two sentences per goal kind."""

_PATTERNS = [
    (kind, re.compile(sentence.format(item=r"(?P<item>\w+)", target=r"(?P<target>\w+)")))
    for kind, sentences in TEMPLATES.items()
    for sentence in sentences
]


def read_instruction(sentence: str) -> Goal | None:
    """The goal that a templated sentence states; None if it is not one of the templates."""
    words = sentence.strip().lower().removeprefix("your task is to:").strip().removesuffix(".")
    for kind, pattern in _PATTERNS:
        match = pattern.fullmatch(words)
        if match:
            return Goal(kind, match["item"], match["target"])
    return None


def kind_of(name: str) -> str:
    """The kind of a thing shown as ``"mug 2"``: ``"mug"``."""
    return name.rsplit(" ", 1)[0]
