"""From log-probabilities of the admissible actions to the one that is taken."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from envs.actions import FactoredActions
from envs.errors import UserError
from policies.base import Choice


def pick(log_probs: np.ndarray, temperature: float, draws: np.random.Generator) -> int:
    """Index of the likeliest option, or of one that is drawn.

    Args:
        log_probs: of each option, (options,), the temperature already in them.
        temperature: 0 for the likeliest, anything else to draw.
        draws: the episode's own generator.
    """
    if temperature == 0:
        return int(log_probs.argmax())
    edges = np.cumsum(np.exp(log_probs.astype(np.float64)))
    taken = int(np.searchsorted(edges, draws.random() * edges[-1]))
    return min(taken, len(log_probs) - 1)


def choose(
    actions: Sequence[str], log_probs: np.ndarray, temperature: float, draws: np.random.Generator
) -> Choice:
    """The likeliest action, or one that is drawn.

    Args:
        actions: the admissible ones.
        log_probs: of each of them, as for :func:`pick`.
        temperature: as for :func:`pick`.
        draws: as for :func:`pick`.
    """
    taken = pick(log_probs, temperature, draws)
    return Choice(actions[taken], float(log_probs[taken]))


def check_candidates(actions: Sequence[str]) -> None:
    """Refuse an environment in which any text is an action: there is nothing to choose from.

    Raises:
        UserError: if it is one.
    """
    if not actions:
        raise UserError(
            "this policy chooses among admissible actions, and here any text is one; choose "
            "policy=chat or policy=expert, or an environment that lists its actions"
        )


def check_listed(actions: Sequence[str]) -> None:
    """Refuse factored actions where each would have to be scored: they stand for thousands.

    Raises:
        UserError: if they are, or if there are none.
    """
    check_candidates(actions)
    if isinstance(actions, FactoredActions):
        raise UserError(
            f"this policy scores each admissible action, and here they are {len(actions)} "
            f"({len(actions.frames)} frames with {len(actions.things)} things); choose "
            "policy=small, or an environment that lists its actions"
        )
