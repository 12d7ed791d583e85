"""What can be set of a policy that answers in its own words; see :mod:`lfm.config`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from omegaconf import MISSING

from envs.errors import UserError
from lfm.limits import above_zero, one_of, within
from lfm.model_config import PolicyConfig, Precision


class UpdateKind(str, Enum):
    """What a writer learns by."""

    sft = "sft"
    dpo = "dpo"
    dpo_sft = "dpo_sft"


@dataclass
class WriterPolicyConfig(PolicyConfig):
    """A causal language model that answers in its own words.

    Without a path it begins from random weights and is taught lessons first, which environments
    have that declare them. Every training of a run begins with what came of that, or with the model
    at the path.
    """

    path: str | None = MISSING
    """Folder of a chat model and its tokenizer, as save_pretrained writes them, or its name on the
    Hugging Face hub; null = a small one from random weights, taught by lessons."""
    hidden_size: int = MISSING
    """Width of the small one; a multiple of twice the number of heads."""
    layers: int = MISSING
    """Depth of the small one."""
    heads: int = MISSING
    """Attention heads in each layer of the small one."""
    rope_theta: float = MISSING
    """Base of the small one's rotary positions: about 100 for conversations of some dozen words."""
    lessons: int = MISSING
    """Lessons that the small one is taught."""
    lesson_updates: int = MISSING
    """Steps of the optimiser while it is taught."""
    lesson_learning_rate: float = MISSING
    """Highest learning rate while it is taught."""
    update: UpdateKind = MISSING
    """What it learns by. sft: likelihood of the text wanted; dpo: preference of that text to its
    own answer; dpo_sft: both."""
    beta: float = MISSING
    """How closely dpo holds it to what it was before: smaller lets it go further."""
    answer_tokens: int = MISSING
    """Most tokens of an answer."""
    rank: int = MISSING
    """Rank of LoRA's matrices on all linear layers; 0 = train all weights."""
    alpha: int = MISSING
    """Scale of what LoRA adds, as a multiple of one over the rank."""
    merge: bool = MISSING
    """Add what LoRA learned to the weights, and save a whole model; false = save the adapter."""
    precision: Precision = MISSING
    """What to compute in; auto: bf16 on a GPU and fp32 elsewhere."""
    checkpointing: bool = MISSING
    """Compute activations again instead of keeping them: less memory, a third more time."""

    def check(self, group: str) -> None:
        """Refuse impossible values, naming them ``group.field``.

        Raises:
            UserError: for the first value out of range.
        """
        super().check(group)
        one_of(f"{group}.name", self.name, ("writer",))
        for name in ("hidden_size", "layers", "heads", "lessons", "lesson_updates"):
            within(f"{group}.{name}", getattr(self, name), 1)
        if self.hidden_size % (2 * self.heads):
            raise UserError(
                f"{group}.hidden_size: {self.hidden_size} cannot be shared among {self.heads} "
                f"heads; it must be a multiple of {2 * self.heads} (twice {group}.heads)."
            )
        for name in ("rope_theta", "lesson_learning_rate", "beta"):
            above_zero(f"{group}.{name}", getattr(self, name))
        within(f"{group}.answer_tokens", self.answer_tokens, 1)
        within(f"{group}.rank", self.rank, 0)
        within(f"{group}.alpha", self.alpha, 1)
