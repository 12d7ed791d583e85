"""What is made of a pretrained model has this in common, however it reads an episode."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from accelerate import PartialState
from peft import PeftModel
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from policies.imitation import Best, Schedule, put_back
from policies.tuning import device, save_tuned, to_train, trained, tuning_of

LAST = "last"
"""Where a policy's last weights are, below its folder, if others were better."""


class TunedModel:
    """A model with its tokenizer that is trained as its config's ``tuning`` says.

    Args:
        model: its config has ``tuning`` and ``privileged`` besides its own facts. It goes to the
            device accelerate chooses.
        tokenizer: of its words.
        name: what to call it in files and tables.
        adapter: LoRA's part of the model, if it has not been merged.
    """

    shared = True
    """All processes of ``accelerate launch`` take part in its training."""

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
        self._adapter = adapter

    @property
    def half(self) -> bool:
        """Whether it computes in bfloat16."""
        return tuning_of(self.model).half(self.model.device)

    def _train(
        self, train: Callable[[], Best | None], schedule: Schedule, work: Path | None
    ) -> None:
        """Train the model; it is left with its best weights, ``work / LAST`` with the last."""
        tuning = tuning_of(self.model)
        adapter = to_train(self.model, self._adapter, tuning, schedule.seed)
        best = train()
        self.model.config.chosen = None
        if best is not None and best.updates < schedule.updates:
            if work is not None and PartialState().is_main_process:
                save_tuned(work / LAST, self.model, adapter, self.tokenizer)
            put_back(best.weights, self.model)
        if best is not None:
            facts = {"updates": best.updates, "held_out_loss": best.loss}
            self.model.config.chosen = facts
        self.model, self._adapter = trained(self.model, adapter, tuning)

    def save(self, folder: Path) -> None:
        """Write config, safetensors weights and tokenizer, as ``save_pretrained`` does.

        Of a policy with an adapter, only the adapter; its config says where the model is.
        """
        save_tuned(folder, self.model, self._adapter, self.tokenizer)
