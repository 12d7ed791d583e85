"""Generating one of some replies: token by token, as far as there is anything to decide."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from policies.choosing import pick


class Descent:
    """The way to one of some replies, along the tree of their tokens.

    Where all replies that are left go on alike, nothing is decided. Where they part, one of their
    next tokens is chosen: the likeliest, or one that is drawn, among those alone.

    Args:
        replies: tokens of each, int32, each at least one; where one begins with another, the
            shorter is taken.
        temperature: 0 for the likeliest token, otherwise the log-probabilities are divided by it.
        draws: the episode's own generator.

    Attributes:
        said: the tokens that are settled.
        options: the tokens among which to choose next; none when a reply has been reached.
        log_prob: of what was chosen, each time among the options there were.

    Example:
        >>> draws = np.random.default_rng(0)
        >>> way = Descent([np.array([5, 1]), np.array([5, 6, 7, 1])], 0.0, draws)
        >>> way.said, way.options
        ([5], [1, 6])
        >>> way.decide(np.log([0.1, 0.3]))
        >>> way.said, way.taken, round(float(np.exp(way.log_prob)), 2)
        ([5, 6, 7, 1], 1, 0.75)
    """

    def __init__(
        self, replies: Sequence[np.ndarray], temperature: float, draws: np.random.Generator
    ) -> None:
        self._replies = [reply.tolist() for reply in replies]
        self._left = list(range(len(replies)))
        self._temperature = temperature
        self._draws = draws
        self.said: list[int] = []
        self.options: list[int] = []
        self.log_prob = 0.0
        self._settle()

    @property
    def taken(self) -> int:
        """Which of the replies has been reached, where there are no options any more."""
        return self._left[0]

    def decide(self, log_probs: np.ndarray) -> None:
        """Choose among the options, and go on to where there are others.

        Args:
            log_probs: of each, float64 (options,), up to a constant.
        """
        scores = log_probs / (self._temperature or 1.0)
        scores = scores - np.logaddexp.reduce(scores)
        at = pick(scores, self._temperature, self._draws)
        self.log_prob += float(scores[at])
        token, depth = self.options[at], len(self.said)
        self._left = [each for each in self._left if self._replies[each][depth] == token]
        self.said.append(token)
        self._settle()

    def _settle(self) -> None:
        """Go on to where the replies part, or to the end of one."""
        while True:
            depth = len(self.said)
            ended = [each for each in self._left if len(self._replies[each]) == depth]
            self._left = ended or self._left
            after = [self._replies[each][depth] for each in self._left if not ended]
            self.options = list(dict.fromkeys(after))
            if len(self.options) != 1:
                return
            self.said.append(self.options[0])
