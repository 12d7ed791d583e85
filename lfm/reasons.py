"""Reasons without their names, so that a small model can learn to give them.

A critic's "picked up the kettle 1, which the task asks for" becomes "picked up the {object},
which ..."; the feedback model learns which of the common reasons fits a step and puts the step's
own names back in. What a critic says of a whole window is treated alike.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from envs.actions import FactoredActions
from envs.record import Trajectory
from lfm.builders import walks
from lfm.critics.base import Window
from policies.words import is_content, mentions, parse_action, split_words, stem

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
    for number, word in enumerate(_asked_for(instruction), start=1):
        names[f"task {number}"] = word
    return _longest_first(names)


def window_names(window: Window, productive: int) -> dict[str, str]:
    """The names that what is said of a window may use: blank -> text, the longest texts first.

    Besides those of its last step (:func:`names_of`), ``task 1 seen`` is the thing of that word
    that was last mentioned up to then, with its number, ``task 1 at`` the place where that was,
    and ``count`` how many steps of the window were productive. In streets
    (:attr:`envs.base.TextEnv.walks`) there is the count alone.

    Args:
        window: the window.
        productive: how many of its steps were.
    """
    episode = window.trajectory
    count = {"count": f"{productive} of {window.last - window.first + 1} steps"}
    if walks(episode.env):
        return count
    step = episode.steps[window.last - 1]
    names = names_of(episode.instruction, step.action, step.admissible)
    return _longest_first(count | names | _last_seen(window))


def _last_seen(window: Window) -> dict[str, str]:
    """Blanks for what the task asks for, as it was last mentioned up to the window's end."""
    episode = window.trajectory
    asked = {stem(word): at for at, word in enumerate(_asked_for(episode.instruction), start=1)}
    names: dict[str, str] = {}
    place = ""
    told = [("", episode.first_observation)]
    for step in episode.steps[: window.last]:
        things = [
            text
            for blank_name, text in _things(step.action, step.admissible)
            if blank_name in _SLOT_NAMES.values()
        ]
        place = things[-1] if things else place
        told.append((place, step.observation))
    for place, observation in told:
        for mention in mentions(observation):
            at = asked.get(stem(mention.words[0]))
            if at is not None and len(mention.words) == 2:
                names[f"task {at} seen"] = mention.thing
                names[f"task {at} at"] = place
    return {name: text for name, text in names.items() if text}


def _asked_for(instruction: str) -> list[str]:
    """The content words of an instruction, each once."""
    return list(dict.fromkeys(word for word in split_words(instruction) if is_content(word)))


def _longest_first(names: dict[str, str]) -> dict[str, str]:
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
    return blank_names(reason, names_of(instruction, action, admissible))


def blank_names(said: str, names: dict[str, str]) -> str:
    """Put blanks where these names are used; braces are dropped first."""
    blanked = said.replace("{", "").replace("}", "")
    for name, text in names.items():
        pattern = rf"(?<![\w{{]){re.escape(text)}(?![\w}}])"
        blanked = re.sub(pattern, f"{{{name}}}", blanked)
    return blanked


def fill(blanked: str, instruction: str, action: str, admissible: Sequence[str] = ()) -> str | None:
    """Put a step's names into the blanks; None if the step lacks one of them."""
    return fill_names(blanked, names_of(instruction, action, admissible))


def fill_names(blanked: str, names: dict[str, str]) -> str | None:
    """Put these names into the blanks; None if one of them is missing."""
    if any(name not in names for name in _BLANK.findall(blanked)):
        return None
    return _BLANK.sub(lambda match: names[match.group(1)], blanked)


def common(reasons: Iterable[str], most: int) -> list[str]:
    """The ``most`` commonest reasons, commonest first, ties in alphabetical order."""
    counts = Counter(reasons)
    return sorted(counts, key=lambda reason: (-counts[reason], reason))[:most]
