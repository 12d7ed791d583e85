"""What every policy is: batched, text histories in, choices with log-probabilities out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol


class Start(NamedTuple):
    """How an episode begins, and the seed of the policy's random choices in it."""

    instruction: str
    first_observation: str
    seed: int
    expert: Callable[[], str] | None = None
    """The environment's expert, which watches this episode (where the environment has one)."""


class Choice(NamedTuple):
    """An action and its log-probability under the policy (None if it has none)."""

    action: str
    log_prob: float | None


class Session(Protocol):
    """A batch of episodes in play, told apart by their index in the batch."""

    def choose(self, rows: Sequence[int], admissible: Sequence[Sequence[str]]) -> list[Choice]:
        """Choose an action for each episode in ``rows``, among its admissible actions."""
        ...

    def observe(
        self, rows: Sequence[int], actions: Sequence[str], observations: Sequence[str]
    ) -> None:
        """Tell the episodes in ``rows`` what was done and what came of it."""
        ...


class Policy(Protocol):
    """Chooses actions from the text so far."""

    name: str
    privileged: bool
    """Acting or learning to act used information an agent could not have."""

    def begin(self, starts: Sequence[Start]) -> Session:
        """Begin a batch of episodes."""
        ...
