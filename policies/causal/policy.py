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
from policies.causal.session import CausalSession, check_listed
from policies.causal.training import train_packed
from policies.causal.tuning import (
    Tuning,
    context_length,
    device,
    load_chat_model,
    load_tokenizer,
    set_tuning,
    to_train,
    tuning_of,
)
from policies.imitation import Follow, Schedule
from policies.learned import Examples


class CausalPolicy:
    """Chooses the admissible action whose tokens are, in the mean, the most likely ones.

    Args:
        model: a model of one of :data:`policies.causal.tuning.FAMILIES`; its config has ``tuning``
            and ``privileged`` besides its own facts. It goes to the device accelerate chooses.
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
        self.model = model.eval().to(device())
        self.tokenizer = tokenizer
        self.name = name
        self.temperature = temperature
        self.privileged = bool(model.config.privileged)
        self.reader = ChatReader(tokenizer, context_length(model, tokenizer))
        self._adapter = adapter

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

    @property
    def half(self) -> bool:
        """Whether it computes in bfloat16."""
        return tuning_of(self.model).half(self.model.device)

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
        tuning = tuning_of(self.model)
        adapter = to_train(self.model, self._adapter, tuning, schedule.seed)
        self.model.to(device())
        train_packed(
            self.model,
            [episode for episode in episodes if episode],
            tuning,
            schedule,
            work=work,
            follow=follow,
        )
        if adapter is not None and tuning.merge:
            self.model, adapter = adapter.merge_and_unload(), None
        self._adapter = adapter
        self.model.eval()

    def save(self, folder: Path) -> None:
        """Write config, safetensors weights and tokenizer, as ``save_pretrained`` does.

        Of a policy with an adapter, only the adapter; its config says where the model is.
        """
        if self._adapter is None:
            self.model.save_pretrained(folder)
        else:
            self._adapter.save_pretrained(str(folder))
            self.model.config.save_pretrained(folder)
        self.tokenizer.save_pretrained(folder)

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
