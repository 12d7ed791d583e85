"""The outline of an answer that is no JSON: an opening, a list of steps, sections under headings.

Upstream's pattern for a bullet loses the middle of "Steps 3-7", a last line without a line end,
and takes numbered advice under "#Improvement" for steps (see its ``build_reward_data.py``). Here
ranges are expanded, every line is read, and each line belongs to the heading above it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from lfm.critics.reading.words import DASHES, named_steps

_HEADING = re.compile(
    r"\s*[-+]?\s*(?P<mark>#{1,6}|\*\*|__)?\s*(?P<word>summary|improvements?|suggestions?)"
    r"\s*(?:\*\*|__)?\s*(?P<colon>:)?(?:\*\*|__)?(?P<rest>.*)",
    re.IGNORECASE,
)
_BULLET = re.compile(
    rf"(?P<indent>\s*)(?P<mark>[{re.escape(DASHES)}+\u2022\u00b7]\s*|\*(?!\*)\s*"
    r"|(?P<counter>\(?[0-9]{1,3}[.)]\s+))"
)
_RULE = re.compile(r"[\s\W_]*")
_MARKUP = " \t#*_`[("


@dataclass(slots=True)
class Entry:
    """What is said of some steps.

    Attributes:
        steps: which.
        text: what, with the lines that go on below.
        indent: columns before its bullet.
    """

    steps: Sequence[range]
    text: str
    indent: int


@dataclass(slots=True)
class Outline:
    """An answer's parts.

    Attributes:
        opening: what comes before the list.
        entries: the list.
        stray: bullets in the list that name no step.
        sections: text under the headings ``summary`` and ``suggestion``.
    """

    opening: str = ""
    entries: list[Entry] = field(default_factory=list)
    stray: int = 0
    sections: dict[str, str] = field(default_factory=lambda: {"summary": "", "suggestion": ""})


def outline(text: str) -> Outline:
    """Take an answer apart, line by line."""
    found = Outline()
    section = ""
    follows = False
    """Whether the line before belongs to the last entry."""
    for line in text.splitlines():
        heading = _heading(line)
        if heading is not None:
            section, line = heading
        elif line.lstrip().startswith("#"):
            section = ""
        if section:
            found.sections[section] += f" {line}"
        elif not _RULE.fullmatch(line):
            follows = _add(found, line, follows)
            continue
        follows = False
    return found


def _heading(line: str) -> tuple[str, str] | None:
    """The section that a line opens, and what stands behind the heading."""
    match = _HEADING.fullmatch(line)
    if match is None or not (match["mark"] or match["colon"] or not match["rest"].strip()):
        return None
    name = "summary" if match["word"].lower() == "summary" else "suggestion"
    return name, match["rest"]


def _add(found: Outline, line: str, follows: bool) -> bool:
    """Put a line where it belongs; returns whether it belongs to the last entry."""
    bullet = _BULLET.match(line)
    indent = len(bullet["indent"]) if bullet else len(line) - len(line.lstrip())
    named = named_steps(line[bullet.end() if bullet else 0 :].lstrip(_MARKUP))
    by_number = bullet is not None and bullet["counter"] is None  # "- 3: ...", not "1. 3 mugs"
    if named and (named.separated or bullet) and (named.by_word or (by_number and named.separated)):
        found.entries.append(Entry(named.steps, named.text, indent))
        return True
    under = follows and (bullet is None or indent > found.entries[-1].indent)
    if under:
        found.entries[-1].text += f" {line.strip()}"
    elif bullet:
        found.stray += 1
    elif not found.entries:
        found.opening += f" {line}"
    return under
