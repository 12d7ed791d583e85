"""What a walker learns from in place of its episodes, drawn anew for every batch.

An end is told of another place, legs are told in other words, and what comes of that is varied.
"""

from __future__ import annotations

import random

from envs.record import Trajectory
from policies.learned import Examples, Targets
from policies.relocating import Relocations
from policies.retelling import Retellings
from policies.variation import Variations


class Augmentation:
    """Draws episodes that ask for the like of what others asked for.

    Args:
        examples: the episodes that are learned from.
    """

    def __init__(self, examples: Examples) -> None:
        self._relocations = Relocations(examples)
        self._retellings = Retellings(examples)
        self._variations = Variations(examples)

    def draw(self, episode: Trajectory, targets: Targets, seed: int) -> tuple[Trajectory, Targets]:
        """An episode in the place of another, and the actions to imitate in it."""
        draws = random.Random(seed)
        where, told, how = (draws.getrandbits(62) for _ in range(3))
        episode, targets = self._relocations.draw(episode, targets, where)
        return self._variations.draw(self._retellings.draw(episode, told), targets, how)
