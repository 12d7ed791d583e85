"""Factored actions chosen in stages: first the frame, then what fills its gaps, one by one.

What has been chosen so far is a tuple of parts: a frame, and a thing for each of its first gaps.
Each stage has some tens of options where the actions they make are thousands.
"""

from __future__ import annotations

from collections.abc import Sequence

from envs.actions import GAP, FactoredActions, fill, splits

Parts = tuple[str, ...]
"""A frame and the things in its gaps, from the left; fewer things than gaps on the way."""


def next_options(actions: FactoredActions, taken: Parts = ()) -> list[Parts]:
    """What ``taken`` can become in the next stage; nothing if it is an action already."""
    if not taken:
        return [(frame,) for frame in actions.frames if actions.things or GAP not in frame]
    if len(taken) - 1 < taken[0].count(GAP):
        return [(*taken, thing) for thing in actions.things]
    return []


def join_parts(parts: Parts) -> str:
    """The action of a frame and its things."""
    return fill(parts[0], *parts[1:])


def split_action(actions: Sequence[str], action: str) -> Parts | None:
    """The parts of an action; None if it has none.

    An action that names things which are not there is split as well as can be: by the frame that
    leaves the most known things, then the one with the most words of its own.
    """
    if not isinstance(actions, FactoredActions):
        return None
    exact = actions.parts(action)
    if exact is not None:
        return exact
    known = frozenset(actions.things)
    found = [(frame, *things) for frame in actions.frames for things in splits(frame, action)]
    return max(
        found, key=lambda parts: (len(known.intersection(parts[1:])), len(parts[0])), default=None
    )
