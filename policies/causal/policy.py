"""A causal chat model as the policy: trained on whole episodes, choosing among what is admissible.

Source of how actions are ranked: the LFM paper (arXiv 2402.07876), by their mean token loss.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from peft import PeftModel
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from policies.base import Start
from policies.causal.chat import ChatReader
from policies.causal.packing import sequences
from policies.causal.session import CausalSession
from policies.causal.training import train_packed
from policies.causal.tuning import context_length, load_chat_model
from policies.choosing import check_listed
from policies.imitation import Follow, Schedule
from policies.learned import Examples
from policies.tuned import TunedModel
from policies.tuning import Tuning, load_tokenizer, set_tuning, tuning_of


class CausalPolicy(TunedModel):
    """Chooses the admissible action whose tokens are, in the mean, the most likely ones.

    Args:
        model: a model of one of :data:`policies.causal.tuning.FAMILIES`.
        tokenizer: with a chat template.
        name: what to call it in files and tables.
        temperature: 0 takes the best action, otherwise actions are drawn from the softmax of their
            mean token log-probability divided by it, each episode from its own seed.
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
        self.reader = ChatReader(tokenizer, context_length(model, tokenizer))

    @classmethod
    def new(cls, name: str, folder: Path, tuning: Tuning) -> CausalPolicy:
        """A policy that begins as the chat model in a folder, and learns as ``tuning`` says.

        Raises:
            UserError: if the folder holds no model that can be used.
        """
        policy = cls.load(folder)
        policy.name = name
        policy.model.config.privileged = policy.privileged = False
        set_tuning(policy.model, tuning)
        policy.reader = ChatReader(policy.tokenizer, context_length(policy.model, policy.tokenizer))
        return policy

    def fit(
        self,
        examples: Examples,
        schedule: Schedule,
        *,
        work: Path | None = None,
        follow: Follow = lambda updates, loss: None,
    ) -> None:
        """Train the model, in place; see :meth:`policies.learned.LearnedPolicy.fit`.

        Raises:
            UserError: if there is nothing to imitate, or the actions are factored.
        """
        for trajectory, _ in examples:
            for step in trajectory.steps:
                check_listed(step.admissible)
        episodes = [sequences(self.reader, *example) for example in examples]
        learned = [episode for episode in episodes if episode]
        tuning = tuning_of(self.model)
        self._train(
            lambda: train_packed(self.model, learned, tuning, schedule, work=work, follow=follow),
            schedule,
            work,
        )

    @classmethod
    def load(cls, folder: Path, temperature: float = 0.0) -> CausalPolicy:
        """Read what :meth:`save` wrote, or a chat model of someone else's with its tokenizer.

        Raises:
            UserError: if the folder holds no such policy.
        """
        model, adapter = load_chat_model(folder)
        tokenizer = load_tokenizer(folder)
        model.config.privileged = getattr(model.config, "privileged", False)
        return cls(model, tokenizer, folder.resolve().name, temperature, adapter)

    def begin(self, starts: Sequence[Start]) -> CausalSession:
        """Begin a batch of episodes that advance together."""
        return CausalSession(self, starts)
