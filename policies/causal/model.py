"""A chat model and its tokenizer, trained on packed rows: what acts and what judges have both."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from peft import PeftModel
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from policies.causal.chat import ChatReader
from policies.causal.packing import Tokens
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

M = TypeVar("M", bound="CausalModel")


class CausalModel:
    """A causal language model that reads conversations.

    Args:
        model: a model of one of :data:`policies.causal.tuning.FAMILIES`; its config has ``tuning``
            and ``privileged`` besides its own facts. It goes to the device accelerate chooses.
        tokenizer: with a chat template.
        name: what to call it in files and tables.
        adapter: LoRA's part of the model, if it has not been merged.

    Raises:
        UserError: if the chat template cannot be used.
    """

    group = "policy"
    """Where it stands in the settings, for messages."""

    def __init__(
        self,
        model: PreTrainedModel,
        tokenizer: PreTrainedTokenizerBase,
        name: str,
        adapter: PeftModel | None = None,
    ) -> None:
        self.model = model.eval().to(device())
        self.tokenizer = tokenizer
        self.name = name
        self.privileged = bool(model.config.privileged)
        self.reader = ChatReader(tokenizer, context_length(model, tokenizer))
        self._adapter = adapter

    @classmethod
    def new(cls: type[M], name: str, folder: Path, tuning: Tuning) -> M:
        """One that begins as the chat model in a folder, and learns as ``tuning`` says.

        Raises:
            UserError: if the folder holds no model that can be used.
        """
        found = cls.read(folder)
        found.name = name
        found.model.config.privileged = found.privileged = False
        set_tuning(found.model, tuning)
        found.reader = ChatReader(found.tokenizer, context_length(found.model, found.tokenizer))
        return found

    @classmethod
    def read(cls: type[M], folder: Path) -> M:
        """Read what :meth:`save` wrote, or a chat model of someone else's with its tokenizer.

        Raises:
            UserError: if the folder holds none.
        """
        model, adapter = load_chat_model(folder, cls.group)
        tokenizer = load_tokenizer(folder, cls.group)
        model.config.privileged = getattr(model.config, "privileged", False)
        return cls(model, tokenizer, folder.resolve().name, adapter=adapter)

    @property
    def half(self) -> bool:
        """Whether it computes in bfloat16."""
        return tuning_of(self.model).half(self.model.device)

    def learn(
        self,
        episodes: Sequence[Sequence[Tokens]],
        schedule: Schedule,
        *,
        work: Path | None = None,
        follow: Follow = lambda updates, loss: None,
    ) -> None:
        """Train the model, in place; see :func:`policies.causal.training.train_packed`.

        Raises:
            UserError: if there is nothing to learn.
        """
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

        Of one with an adapter, only the adapter; its config says where the model is.
        """
        if self._adapter is None:
            self.model.save_pretrained(folder)
        else:
            self._adapter.save_pretrained(str(folder))
            self.model.config.save_pretrained(folder)
        self.tokenizer.save_pretrained(folder)
