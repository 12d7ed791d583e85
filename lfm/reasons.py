"""Reasons without their names, so that a small model can learn to give them.

A critic's "picked up the kettle 1, which the task asks for" becomes "picked up the {object},
which ..."; the feedback model learns which of the common reasons fits a step and puts the step's
own names back in.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from envs.actions import FactoredActions
from envs.record import Trajectory
from lfm.builders import walks
from policies.words import is_content, parse_action, split_words

_SLOT_NAMES = {1: "object", 2: "place"}
_BLANK = re.compile(r"\{([a-z0-9 ]+)\}")


def names_of(instruction: str, action: str, admissible: Sequence[str] = ()) -> dict[str, str]:
    """The names a reason may use for a step: blank -> text, the longest texts first.

    Blanks are ``object`` and ``place`` (the things an action names), ``object kind`` and
    ``place kind`` (the same without number) and ``task 1``, ``task 2`` ... (other content words
    of the instruction).

    Args:
        instruction: what the agent was asked to do.
        action: what it did.
        admissible: what it could have done; factored actions say which names are in the action.
    """
    names: dict[str, str] = {}
    for blank_name, text in _things(action, admissible):
        names.setdefault(blank_name, text)
    words = dict.fromkeys(word for word in split_words(instruction) if is_content(word))
    for number, word in enumerate(words, start=1):
        names[f"task {number}"] = word
    return dict(sorted(names.items(), key=lambda item: -len(item[1])))


def _things(action: str, admissible: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Blank and text of the things that an action names."""
    parts = admissible.parts(action) if isinstance(admissible, FactoredActions) else None
    if parts is not None:
        yield from zip(_SLOT_NAMES.values(), parts[1:], strict=False)
        return
    for mention, slot in parse_action(action).mentions:
        yield _SLOT_NAMES[slot], mention.thing
        yield f"{_SLOT_NAMES[slot]} kind", mention.words[0]


def template(reason: str, trajectory: Trajectory, number: int) -> str:
    """What is left of the reason for a step when the step's names are taken out.

    A reason for a move (:attr:`envs.base.TextEnv.walks`) stays as it is. It names no things, and
    its words ("turn", "left", "stop") are in most instructions, each time in another place.

    Args:
        reason: what was said.
        trajectory: the episode.
        number: of the step, from 1.
    """
    if walks(trajectory.env):
        return blank(reason, "", "")
    step = trajectory.steps[number - 1]
    return blank(reason, trajectory.instruction, step.action, step.admissible)


def blank(reason: str, instruction: str, action: str, admissible: Sequence[str] = ()) -> str:
    """Put blanks where a reason uses a name of its step; braces in it are dropped first."""
    blanked = reason.replace("{", "").replace("}", "")
    for name, text in names_of(instruction, action, admissible).items():
        pattern = rf"(?<![\w{{]){re.escape(text)}(?![\w}}])"
        blanked = re.sub(pattern, f"{{{name}}}", blanked)
    return blanked


def fill(blanked: str, instruction: str, action: str, admissible: Sequence[str] = ()) -> str | None:
    """Put a step's names into the blanks; None if the step lacks one of them."""
    names = names_of(instruction, action, admissible)
    if any(name not in names for name in _BLANK.findall(blanked)):
        return None
    return _BLANK.sub(lambda match: names[match.group(1)], blanked)


def common(reasons: Iterable[str], most: int) -> list[str]:
    """The ``most`` commonest reasons, commonest first, ties in alphabetical order."""
    counts = Counter(reasons)
    return sorted(counts, key=lambda reason: (-counts[reason], reason))[:most]
