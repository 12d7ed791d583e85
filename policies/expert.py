"""The policy that does what the environment's own expert would do."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from envs.errors import UserError
from policies.base import Choice, Start


class ExpertPolicy:
    """Asks the expert of each episode.

    Args:
        privileged: whether the environment's expert knows what an agent could not.
    """

    name = "expert"

    def __init__(self, privileged: bool = False) -> None:
        self.privileged = privileged

    def begin(self, starts: Sequence[Start]) -> ExpertSession:
        """Begin a batch of episodes.

        Raises:
            UserError: if their environment has no expert.
        """
        experts = [start.expert for start in starts if start.expert]
        if len(experts) < len(starts):
            raise UserError(
                "policy=expert: this environment and engine declare no expert; choose another "
                "policy, or an environment that has one"
            )
        return ExpertSession(experts)


class ExpertSession:
    """Episodes of :class:`ExpertPolicy`."""

    def __init__(self, experts: list[Callable[[], str]]) -> None:
        self._experts = experts

    def choose(self, rows: Sequence[int], admissible: Sequence[Sequence[str]]) -> list[Choice]:
        """The expert's action for each episode in ``rows``."""
        return [Choice(self._experts[row](), None) for row in rows]

    def observe(
        self, rows: Sequence[int], actions: Sequence[str], observations: Sequence[str]
    ) -> None:
        """The environment's expert has watched already."""
