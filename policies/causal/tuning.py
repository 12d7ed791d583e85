"""The families of causal chat models that are known, and reading one of them."""

from __future__ import annotations

from pathlib import Path

from peft import PeftModel
from transformers import (
    GPT2LMHeadModel,
    LlamaForCausalLM,
    PretrainedConfig,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    Qwen2ForCausalLM,
    Qwen3ForCausalLM,
)

from envs.errors import UserError
from policies.pretrained import architecture
from policies.tuning import load_tuned, tuning_in

FAMILIES: dict[str, type[PreTrainedModel]] = {
    kind.__name__: kind
    for kind in (GPT2LMHeadModel, LlamaForCausalLM, Qwen2ForCausalLM, Qwen3ForCausalLM)
}
"""Classes whose attention, positions and head are known to be what acting and training expect."""


def context_length(config: PretrainedConfig, tokenizer: PreTrainedTokenizerBase) -> int:
    """Most tokens of an episode that the model of this config reads at once."""
    text = config.get_text_config()
    most = min(int(text.max_position_embeddings), tokenizer.model_max_length)
    return min(tuning_in(config).longest or most, most)


def is_causal(folder: Path) -> bool:
    """Whether the folder holds a model of one of the :data:`FAMILIES`, or an adapter to one."""
    return architecture(folder) in FAMILIES


def load_chat_model(
    folder: Path, group: str = "policy"
) -> tuple[PreTrainedModel, PeftModel | None]:
    """The model in a folder, and the adapter in it if the folder holds one to a model elsewhere.

    Args:
        folder: where.
        group: as for :func:`policies.tuning.load_tuned`.

    Raises:
        UserError: if there is none, or none of a known family, or one whose layers see only the
            last tokens: here all see the whole conversation.
    """
    model, adapter = load_tuned(FAMILIES, folder, group)
    kinds = set(getattr(model.config, "layer_types", None) or ["full_attention"])
    if kinds != {"full_attention"}:
        raise UserError(
            f"{group}.path: the model in {folder} has {', '.join(sorted(kinds))} layers, and only "
            "full attention is read; choose a model without a sliding window"
        )
    return model, adapter
