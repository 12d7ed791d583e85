"""How a pretrained policy is trained and kept: whole or with LoRA, in which precision, and where.

What causal and encoder-decoder models share. ``Tuning`` is part of a model's config, so that
learning can go on from its folder.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeVar

import torch
from accelerate import PartialState
from accelerate.utils import parse_flag_from_env
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import (
    AutoConfig,
    AutoTokenizer,
    GPT2LMHeadModel,
    PretrainedConfig,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)

from envs.errors import UserError
from policies.pretrained import architecture, load_model

Model = TypeVar("Model", bound=PreTrainedModel)
_ADAPTER = "adapter_config.json"
_EXAMPLES = {"policy": "RUN/policies/bc", "feedback_model": "RUN/feedback_model/round1"}
"""Folders such as a user should have named, by where they are named in the settings."""


@dataclass(frozen=True, slots=True)
class Tuning:
    """How a pretrained policy learns.

    Attributes:
        rank: of LoRA's matrices on all linear layers; 0 trains all weights.
        alpha: LoRA's scale, as a multiple of one over the rank.
        merge: whether what LoRA learned is added to the weights, or kept as an adapter.
        precision: ``bf16``, ``fp32``, or ``auto`` for bf16 on a GPU and fp32 elsewhere.
        longest: most tokens that are read at once; 0 for as many as the model takes, or its
            tokenizer says.
        row_tokens: tokens that are read in one pass while training, about.
        checkpointing: compute activations again instead of keeping them.
        compiled: compile the layers while training on a GPU; for causal models.
        held_out: part of the episodes that is not learned from; the weights with the lowest loss on
            them are what training ends with. 0 for the last weights.
        acting: how a causal policy chooses: ``score`` takes the best of all admissible actions,
            ``generate`` says one token by token among those that lead to an admissible action.
    """

    rank: int = 0
    alpha: int = 32
    merge: bool = True
    precision: str = "auto"
    longest: int = 0
    row_tokens: int = 8192
    checkpointing: bool = False
    compiled: bool = False
    held_out: float = 0.0
    acting: str = "score"

    def half(self, device: torch.device) -> bool:
        """Whether to compute in bfloat16 there."""
        return self.precision == "bf16" or (self.precision == "auto" and device.type == "cuda")


def device() -> torch.device:
    """The processor or the accelerator, such as a GPU, that accelerate gives this process."""
    found: torch.device = PartialState(cpu=on_processors()).device
    return found


def several() -> bool:
    """Whether this is one of several processes, as ``accelerate launch`` starts them."""
    return int(os.environ.get("WORLD_SIZE", "1")) > 1


def splits() -> bool:
    """Whether several processes split the weights among them while they train."""
    return several() and parse_flag_from_env("ACCELERATE_USE_FSDP")


def on_processors() -> bool:
    """Whether accelerate is to stay on processors, by the user's wish or for want of anything else.

    It has to be told, or takes several processes without an accelerator for single ones; so it does
    with a Mac's, which processes cannot share.
    """
    return (
        parse_flag_from_env("ACCELERATE_USE_CPU")
        or not torch.accelerator.is_available()
        or (several() and torch.backends.mps.is_available())
    )


def tuning_of(model: PreTrainedModel) -> Tuning:
    """What the model's config says; the default for a model of someone else's."""
    return tuning_in(model.config)


def tuning_in(config: PretrainedConfig) -> Tuning:
    """What a config says; the default for one of someone else's."""
    return Tuning(**getattr(config, "tuning", {}))


def set_tuning(model: PreTrainedModel, tuning: Tuning) -> None:
    """Keep it in the model's config."""
    model.config.tuning = asdict(tuning)


def load_tuned(
    kinds: Mapping[str, type[Model]], folder: Path, group: str = "policy"
) -> tuple[Model, PeftModel | None]:
    """The model in a folder, and the adapter in it if the folder holds one to a model elsewhere.

    Args:
        kinds: the classes that can be used, by their names.
        folder: where ``save_pretrained`` wrote.
        group: what names it in the settings, ``policy`` or ``feedback_model``.

    Raises:
        UserError: if there is none, or none of these kinds.
    """
    name = architecture(folder)
    if name is None or name not in kinds:
        raise UserError(
            f"{group}.path: {folder} holds {'no model' if name is None else f'a {name}'}; name a "
            f"folder with one of {', '.join(kinds)} that save_pretrained has written"
        )
    if not (folder / _ADAPTER).is_file():
        return _read(kinds[name], folder, group), None
    try:
        base = Path(LoraConfig.from_pretrained(str(folder)).base_model_name_or_path)
        model = _read(kinds[name], base, group)
        adapter = PeftModel.from_pretrained(model, str(folder), is_trainable=True)
    except (OSError, ValueError, RuntimeError, KeyError) as error:
        raise UserError(f"the adapter in {folder} cannot be read: {error}") from error
    model.config = AutoConfig.from_pretrained(folder, local_files_only=True)
    return model, adapter


def _read(kind: type[Model], folder: Path, group: str) -> Model:
    return load_model(kind, folder.resolve(), group.replace("_", " "), _EXAMPLES[group])


def load_tokenizer(folder: Path, group: str = "policy") -> PreTrainedTokenizerBase:
    """The tokenizer in a folder; ``group`` as for :func:`load_tuned`.

    Raises:
        UserError: if it cannot be read.
    """
    try:
        tokenizer: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(
            folder, local_files_only=True
        )
    except Exception as error:  # the readers of tokenizers have many of their own
        raise UserError(
            f"the tokenizer of the {group.replace('_', ' ')} in {folder} cannot be read: {error}"
        ) from error
    return tokenizer


def save_tuned(
    folder: Path,
    model: PreTrainedModel,
    adapter: PeftModel | None,
    tokenizer: PreTrainedTokenizerBase,
) -> None:
    """Write config, safetensors weights and tokenizer, as ``save_pretrained`` does.

    Of a model with an adapter, only the adapter; its config says where the model is.
    """
    if adapter is None:
        model.save_pretrained(folder)
    else:
        adapter.save_pretrained(str(folder))
        (folder / "README.md").unlink()  # peft's card, which knows nothing of the run
        model.config.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def to_train(
    model: PreTrainedModel, adapter: PeftModel | None, tuning: Tuning, seed: int
) -> PeftModel | None:
    """Give a model the precision it is trained in, and its adapter, if that is what is trained.

    Weights that change are in fp32, whatever the precision of the computing; frozen ones are in
    the latter.

    Args:
        model: changed in place; it goes to the device accelerate chooses, or stays in the
            processors' memory if its weights are to be split.
        adapter: the adapter it has already, if any.
        tuning: how it is trained.
        seed: of a new adapter's weights.
    """
    model.to(device=torch.device("cpu") if splits() else device())  # type: ignore[call-arg]
    if tuning.rank and adapter is None:
        model.to(dtype=torch.bfloat16 if tuning.half(device()) else torch.float32)  # type: ignore[call-arg]
        torch.manual_seed(seed)
        adapter = get_peft_model(model, _lora(model, tuning))
    elif not tuning.rank:
        model.float()
    return adapter


def _lora(model: PreTrainedModel, tuning: Tuning) -> LoraConfig:
    return LoraConfig(
        r=tuning.rank,
        lora_alpha=tuning.alpha,
        target_modules="all-linear",
        task_type="SEQ_2_SEQ_LM" if model.config.is_encoder_decoder else "CAUSAL_LM",
        fan_in_fan_out=isinstance(model, GPT2LMHeadModel),
    )


def trained(
    model: PreTrainedModel, adapter: PeftModel | None, tuning: Tuning
) -> tuple[PreTrainedModel, PeftModel | None]:
    """What acts and is saved after training: LoRA's part is added to the weights, or kept."""
    if adapter is not None and tuning.merge:
        model, adapter = adapter.merge_and_unload(), None
    return model.eval().to(device()), adapter
