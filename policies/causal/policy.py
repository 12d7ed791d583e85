"""A causal chat model as the policy: trained on whole episodes, choosing among what is admissible.

Source of how actions are ranked: the LFM paper (arXiv 2402.07876), by their mean token loss.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from peft import PeftModel
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from policies.base import Start
from policies.causal.model import CausalModel
from policies.causal.packing import sequences
from policies.causal.session import CausalSession
from policies.choosing import check_listed
from policies.imitation import Follow, Schedule
from policies.learned import Examples
from policies.tuning import set_tuning, tuning_of


class CausalPolicy(CausalModel):
    """Chooses the admissible action whose tokens are, in the mean, the most likely ones.

    With ``acting`` set to ``generate`` in its :class:`policies.tuning.Tuning`, it says one of them
    token by token instead.

    Args:
        model: as for :class:`policies.causal.model.CausalModel`.
        tokenizer: with a chat template.
        name: what to call it in files and tables.
        temperature: 0 takes the best action, otherwise actions are drawn from the softmax of their
            mean token log-probability divided by it, each episode from its own seed; or each token
            so that is generated.
        adapter: LoRA's part of the model, if it has not been merged.

    Raises:
        UserError: if the chat template cannot be used.
    """

    def __init__(
        self,
        model: PreTrainedModel,
        tokenizer: PreTrainedTokenizerBase,
        name: str,
        temperature: float = 0.0,
        adapter: PeftModel | None = None,
    ) -> None:
        super().__init__(model, tokenizer, name, adapter)
        self.temperature = temperature

    @property
    def acting(self) -> str:
        """How it chooses; see :class:`policies.tuning.Tuning`."""
        return tuning_of(self.model).acting

    @acting.setter
    def acting(self, acting: str) -> None:
        set_tuning(self.model, replace(tuning_of(self.model), acting=acting))

    def fit(
        self,
        examples: Examples,
        schedule: Schedule,
        *,
        work: Path | None = None,
        follow: Follow = lambda updates, losses: None,
    ) -> None:
        """Train the model, in place; see :meth:`policies.learned.LearnedPolicy.fit`.

        Raises:
            UserError: if there is nothing to imitate, or the actions are factored.
        """
        for trajectory, _ in examples:
            for step in trajectory.steps:
                check_listed(step.admissible)
        episodes = [sequences(self.reader, *example) for example in examples]
        self.learn(episodes, schedule, work=work, follow=follow)

    @classmethod
    def load(cls, folder: Path, temperature: float = 0.0) -> CausalPolicy:
        """Read what :meth:`save` wrote, or a chat model of someone else's with its tokenizer.

        Raises:
            UserError: if the folder holds no such policy.
        """
        policy = cls.read(folder)
        policy.temperature = temperature
        return policy

    def begin(self, starts: Sequence[Start]) -> CausalSession:
        """Begin a batch of episodes that advance together."""
        return CausalSession(self, starts)
