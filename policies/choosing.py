"""From log-probabilities of the admissible actions to the one that is taken."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from policies.base import Choice


def choose(
    actions: Sequence[str], log_probs: np.ndarray, temperature: float, draws: np.random.Generator
) -> Choice:
    """The likeliest action, or one that is drawn.

    Args:
        actions: the admissible ones.
        log_probs: of each of them, (actions,), the temperature already in them.
        temperature: 0 for the likeliest, anything else to draw.
        draws: the episode's own generator.
    """
    if temperature == 0:
        taken = int(log_probs.argmax())
    else:
        edges = np.cumsum(np.exp(log_probs.astype(np.float64)))
        taken = int(np.searchsorted(edges, draws.random() * edges[-1]))
        taken = min(taken, len(actions) - 1)
    return Choice(actions[taken], float(log_probs[taken]))
