"""How a causal policy is trained, kept in its config, and reading the families that are known."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from accelerate import PartialState
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import (
    AutoConfig,
    AutoTokenizer,
    GPT2LMHeadModel,
    LlamaForCausalLM,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    Qwen2ForCausalLM,
    Qwen3ForCausalLM,
)

from envs.errors import UserError
from policies.pretrained import architecture, load_model

FAMILIES: dict[str, type[PreTrainedModel]] = {
    kind.__name__: kind
    for kind in (GPT2LMHeadModel, LlamaForCausalLM, Qwen2ForCausalLM, Qwen3ForCausalLM)
}
"""Classes whose attention, positions and head are known to be what acting and training expect."""
_ADAPTER = "adapter_config.json"
_EXAMPLES = {"policy": "RUN/policies/bc", "feedback_model": "RUN/feedback_model/round1"}
"""Folders such as a user should have named, by where they are named in the settings."""


@dataclass(frozen=True, slots=True)
class Tuning:
    """How a causal policy learns; part of its config, so that learning can go on from its folder.

    Attributes:
        rank: of LoRA's matrices on all linear layers; 0 trains all weights.
        alpha: LoRA's scale, as a multiple of one over the rank.
        merge: whether what LoRA learned is added to the weights, or kept as an adapter.
        precision: ``bf16``, ``fp32``, or ``auto`` for bf16 on a GPU and fp32 elsewhere.
        longest: most tokens of an episode that are read at once; 0 for as many as the model takes.
        row_tokens: tokens that are read in one pass while training, about.
        checkpointing: compute activations again instead of keeping them.
        compiled: compile the layers while training on a GPU.
    """

    rank: int = 0
    alpha: int = 32
    merge: bool = True
    precision: str = "auto"
    longest: int = 0
    row_tokens: int = 8192
    checkpointing: bool = False
    compiled: bool = False

    def half(self, device: torch.device) -> bool:
        """Whether to compute in bfloat16 there."""
        return self.precision == "bf16" or (self.precision == "auto" and device.type == "cuda")


def device() -> torch.device:
    """The processor or GPU that accelerate gives this process."""
    found: torch.device = PartialState().device
    return found


def tuning_of(model: PreTrainedModel) -> Tuning:
    """What the model's config says; the default for a model of someone else's."""
    return Tuning(**getattr(model.config, "tuning", {}))


def set_tuning(model: PreTrainedModel, tuning: Tuning) -> None:
    """Keep it in the model's config."""
    model.config.tuning = asdict(tuning)


def context_length(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> int:
    """Most tokens of an episode that the model reads at once."""
    most = min(int(model.config.max_position_embeddings), tokenizer.model_max_length)
    return min(tuning_of(model).longest or most, most)


def is_causal(folder: Path) -> bool:
    """Whether the folder holds a model of one of the :data:`FAMILIES`, or an adapter to one."""
    return architecture(folder) in FAMILIES


def load_chat_model(
    folder: Path, group: str = "policy"
) -> tuple[PreTrainedModel, PeftModel | None]:
    """The model in a folder, and the adapter in it if the folder holds one to a model elsewhere.

    Args:
        folder: where.
        group: what names it in the settings, ``policy`` or ``feedback_model``.

    Raises:
        UserError: if there is none, or none of a known family.
    """
    name = architecture(folder)
    if name not in FAMILIES:
        raise UserError(
            f"{group}.path: {folder} holds {'no model' if name is None else f'a {name}'}; name a "
            f"folder with one of {', '.join(FAMILIES)} that save_pretrained has written"
        )
    if not (folder / _ADAPTER).is_file():
        return _full_attention(_read(name, folder, group), group), None
    try:
        base = Path(LoraConfig.from_pretrained(str(folder)).base_model_name_or_path)
        model = _full_attention(_read(name, base, group), group)
        adapter = PeftModel.from_pretrained(model, str(folder), is_trainable=True)
    except (OSError, ValueError, RuntimeError, KeyError) as error:
        raise UserError(f"the adapter in {folder} cannot be read: {error}") from error
    model.config = AutoConfig.from_pretrained(folder, local_files_only=True)
    return model, adapter


def _read(name: str, folder: Path, group: str) -> PreTrainedModel:
    what = group.replace("_", " ")
    return load_model(FAMILIES[name], folder.resolve(), what, _EXAMPLES[group])


def _full_attention(model: PreTrainedModel, group: str) -> PreTrainedModel:
    """Refuse layers that see only the last tokens: here all see the whole conversation."""
    kinds = set(getattr(model.config, "layer_types", None) or ["full_attention"])
    if kinds != {"full_attention"}:
        raise UserError(
            f"{group}.path: the model in {model.config.name_or_path} has {', '.join(sorted(kinds))}"
            " layers, and only full attention is read; choose a model without a sliding window"
        )
    return model


def load_tokenizer(folder: Path, group: str) -> PreTrainedTokenizerBase:
    """The tokenizer in a folder; ``group`` as for :func:`load_chat_model`.

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


def to_train(
    model: PreTrainedModel, adapter: PeftModel | None, tuning: Tuning, seed: int
) -> PeftModel | None:
    """Give a model the precision it is trained in, and its adapter, if that is what is trained.

    Weights that change are in fp32, whatever the precision of the computing; frozen ones are in
    the latter.

    Args:
        model: changed in place.
        adapter: the adapter it has already, if any.
        tuning: how it is trained.
        seed: of a new adapter's weights.
    """
    half = tuning.half(device())
    if not tuning.rank:
        model.float()
        return None
    if adapter is not None:
        return adapter
    if half:
        model.bfloat16()
    else:
        model.float()
    torch.manual_seed(seed)
    scale = LoraConfig(
        r=tuning.rank,
        lora_alpha=tuning.alpha,
        target_modules="all-linear",
        task_type="CAUSAL_LM",
        fan_in_fan_out=isinstance(model, GPT2LMHeadModel),
    )
    new: PeftModel = get_peft_model(model, scale)
    return new
