"""The policy that knows nothing: any admissible action, or any frame and things, by chance."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

from envs.actions import FactoredActions
from policies.base import Choice, Start
from policies.choosing import check_candidates
from policies.stages import Parts, join_parts, next_options


class RandomPolicy:
    """Chooses uniformly among the admissible actions, each episode from its own seed.

    Of factored actions the frame is drawn first, then what fills each of its gaps: otherwise nearly
    every action would have two gaps, as nearly all that can be said has.
    """

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
            _draw(self._generators[row], actions)
            for row, actions in zip(rows, admissible, strict=True)
        ]

    def observe(
        self, rows: Sequence[int], actions: Sequence[str], observations: Sequence[str]
    ) -> None:
        """Chance remembers nothing."""


def _draw(generator: random.Random, actions: Sequence[str]) -> Choice:
    check_candidates(actions)
    if not isinstance(actions, FactoredActions):
        return Choice(generator.choice(list(actions)), -math.log(len(actions)))
    parts: Parts = ()
    log_prob = 0.0
    while options := next_options(actions, parts):
        parts = generator.choice(options)
        log_prob -= math.log(len(options))
    return Choice(join_parts(parts), log_prob)
