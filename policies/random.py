"""The policy that knows nothing: any admissible action with equal probability."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

from policies.base import Choice, Start


class RandomPolicy:
    """Chooses uniformly among the admissible actions, each episode from its own seed."""

    name = "random"
    privileged = False

    def begin(self, starts: Sequence[Start]) -> RandomSession:
        """Begin a batch of episodes."""
        return RandomSession([random.Random(start.seed) for start in starts])


class RandomSession:
    """Episodes of :class:`RandomPolicy`."""

    def __init__(self, generators: list[random.Random]) -> None:
        self._generators = generators

    def choose(self, rows: Sequence[int], admissible: Sequence[Sequence[str]]) -> list[Choice]:
        """Draw an action for each episode in ``rows``."""
        return [
            Choice(self._generators[row].choice(list(actions)), -math.log(len(actions)))
            for row, actions in zip(rows, admissible, strict=True)
        ]

    def observe(
        self, rows: Sequence[int], actions: Sequence[str], observations: Sequence[str]
    ) -> None:
        """Chance remembers nothing."""
