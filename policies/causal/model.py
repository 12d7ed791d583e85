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
from policies.causal.tuning import context_length, load_chat_model
from policies.imitation import Follow, Schedule
from policies.tuned import TunedModel
from policies.tuning import Tuning, load_tokenizer, set_tuning, tuning_of

M = TypeVar("M", bound="CausalModel")


class CausalModel(TunedModel):
    """A causal language model that reads conversations.

    Args:
        model: a model of one of :data:`policies.causal.tuning.FAMILIES`.
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
        super().__init__(model, tokenizer, name, adapter)
        self.reader = ChatReader(tokenizer, context_length(model.config, tokenizer))

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
        found.reader = ChatReader(
            found.tokenizer, context_length(found.model.config, found.tokenizer)
        )
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

    def learn(
        self,
        episodes: Sequence[Sequence[Tokens]],
        schedule: Schedule,
        *,
        work: Path | None = None,
        follow: Follow = lambda updates, losses: None,
    ) -> None:
        """Train the model, in place; see :func:`policies.causal.training.train_packed`.

        Raises:
            UserError: if there is nothing to learn.
        """
        learned = [episode for episode in episodes if episode]
        tuning = tuning_of(self.model)
        self._train(
            lambda: train_packed(self.model, learned, tuning, schedule, work=work, follow=follow),
            schedule,
            work,
        )
