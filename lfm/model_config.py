"""What can be set of models and of how they are trained; see :mod:`lfm.config`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from omegaconf import MISSING

from envs.errors import UserError
from lfm.limits import above_zero, one_of, within


@dataclass
class TrainingConfig:
    """How a model is trained."""

    updates: int = MISSING
    """Steps of the optimiser, whatever the amount of data."""
    batch_size: int = MISSING
    """Episodes in one step of the optimiser; with policy=windowed and policy=writer, and
    flan_t5_large as the policy or the feedback model, steps of episodes."""
    learning_rate: float = MISSING
    """Highest learning rate of the schedule."""
    weight_decay: float = MISSING
    """Weight decay of AdamW."""

    def check(self, group: str) -> None:
        """Refuse impossible values, naming them ``group.field``.

        Raises:
            UserError: for the first value out of range.
        """
        within(f"{group}.updates", self.updates, 1)
        within(f"{group}.batch_size", self.batch_size, 1)
        above_zero(f"{group}.learning_rate", self.learning_rate)
        within(f"{group}.weight_decay", self.weight_decay, 0)


@dataclass
class TransformerConfig(TrainingConfig):
    """A small transformer and how it is trained."""

    hidden_size: int = MISSING
    """Width of the network; a multiple of twice the number of heads."""
    layers: int = MISSING
    """Depth of the network."""
    heads: int = MISSING
    """Attention heads in each layer."""
    dropout: float = MISSING
    """Part of the activations dropped while training."""

    def check(self, group: str) -> None:
        """Refuse impossible values, naming them ``group.field``.

        Raises:
            UserError: for the first value out of range.
        """
        super().check(group)
        for name in ("hidden_size", "layers", "heads"):
            within(f"{group}.{name}", getattr(self, name), 1)
        if self.hidden_size % (2 * self.heads):
            raise UserError(
                f"{group}.hidden_size: {self.hidden_size} cannot be shared among {self.heads} "
                f"heads; it must be a multiple of {2 * self.heads} (twice {group}.heads)."
            )
        within(f"{group}.dropout", self.dropout, 0, 0.9)


@dataclass
class PolicyConfig(TrainingConfig):
    """The policy: what acts."""

    name: str = MISSING
    """Name of the architecture; set by the choice of policy=..."""

    def __post_init__(self) -> None:
        one_of("policy.name", self.name, ("small", "windowed", "causal", "flan_t5_large", "writer"))
        self.check("policy")


@dataclass
class SmallPolicyConfig(PolicyConfig, TransformerConfig):
    """A small transformer over the steps of the episode."""

    bag_size: int = MISSING
    """Width of the words that a text is averaged over before the network reads it."""
    features: int = MISSING
    """What is read of a text. 1: all but what lines say of things; 2: that as well; 3: also each
    thing that a line lists on its own, and the instruction word by word, for long instructions; 4:
    also which part of the instruction matters now, by the turns that were taken, for streets; 5:
    also, apart from all else, which of the names and crossings that it tells have come."""
    augment: bool = MISSING
    """Learn from variations of the episodes: in a mirror, with other things in sight, on longer or
    shorter ways, going on as another after a turn, ending elsewhere; for few episodes and
    observations that list what is in sight. The step that ends an episode counts more than
    others."""
    one_more_step: float = MISSING
    """Chance of the action stop from which on a policy that takes the best actions goes one step on
    and stops then; 0: it stops where that is best. For streets, where stopping beside the goal
    counts, too."""

    def __post_init__(self) -> None:
        super().__post_init__()
        within("policy.bag_size", self.bag_size, 1)
        within("policy.features", self.features, 1, 5)
        within("policy.one_more_step", self.one_more_step, 0, 1)
        if self.augment and self.features < 3:
            raise UserError("policy.augment=true varies what lines list: give policy.features=4.")


@dataclass
class WindowedPolicyConfig(PolicyConfig, TransformerConfig):
    """The paper's architecture: an encoder-decoder that reads the last steps as one prompt."""

    window: int = MISSING
    """Past steps in the prompt."""

    def __post_init__(self) -> None:
        super().__post_init__()
        within("policy.window", self.window, 0)


class Precision(str, Enum):
    """What a pretrained policy computes in."""

    auto = "auto"
    bf16 = "bf16"
    fp32 = "fp32"


@dataclass
class PretrainedConfig(TrainingConfig):
    """A pretrained model, and how much of it is trained."""

    path: str = MISSING
    """Folder of a model and its tokenizer, as save_pretrained writes them, or its name on the
    Hugging Face hub; training begins with it."""
    rank: int = MISSING
    """Rank of LoRA's matrices on all linear layers; 0 = train all weights."""
    alpha: int = MISSING
    """Scale of what LoRA adds, as a multiple of one over the rank."""
    merge: bool = MISSING
    """Add what LoRA learned to the weights, and save a whole model; false = save the adapter."""
    precision: Precision = MISSING
    """What to compute in; auto: bf16 on a GPU and fp32 elsewhere."""
    longest: int = MISSING
    """Most tokens that are read at once, 0 = as many as the model or its tokenizer says. A policy
    leaves older steps out; the window of feedback_model=causal has to fit."""
    row_tokens: int = MISSING
    """Tokens in one pass of the model while training, about: the memory it takes follows this."""
    checkpointing: bool = MISSING
    """Compute activations again instead of keeping them: less memory, a third more time."""

    def check(self, group: str) -> None:
        """Refuse impossible values, naming them ``group.field``.

        Raises:
            UserError: for the first value out of range.
        """
        super().check(group)
        within(f"{group}.rank", self.rank, 0)
        within(f"{group}.alpha", self.alpha, 1)
        within(f"{group}.longest", self.longest, 0)
        within(f"{group}.row_tokens", self.row_tokens, 1)


@dataclass
class CausalConfig(PretrainedConfig):
    """A chat model: GPT-2, Llama, Qwen2 or Qwen3."""

    compiled: bool = MISSING
    """Compile the layers for training; on a GPU alone, and not where weights are split."""


@dataclass
class PretrainedPolicyConfig(PolicyConfig, PretrainedConfig):
    """A pretrained model as the policy."""

    held_out: float = MISSING
    """Part of the episodes that is not learned from. The policy gets the weights with the lowest
    loss on them; the last ones are in its folder last. 0 = learn from all, keep the last."""

    def __post_init__(self) -> None:
        super().__post_init__()
        within("policy.held_out", self.held_out, 0, 0.5)


class Acting(str, Enum):
    """How a causal policy chooses an action."""

    score = "score"
    generate = "generate"


@dataclass
class CausalPolicyConfig(PretrainedPolicyConfig, CausalConfig):
    """A chat model that reads an episode as one conversation."""

    acting: Acting = MISSING
    """How an action is chosen. score: the one whose tokens are likeliest in the mean; generate:
    token by token among those that lead to an admissible action."""


@dataclass
class FlanT5PolicyConfig(PretrainedPolicyConfig):
    """The paper's policy: a T5 that reads the last steps as one prompt."""

    window: int = MISSING
    """Past steps in the prompt."""

    def __post_init__(self) -> None:
        super().__post_init__()
        within("policy.window", self.window, 0)


@dataclass
class FeedbackModelConfig(TrainingConfig):
    """The feedback model: what learns the critic's judgement."""

    name: str = MISSING
    """Name of the architecture; set by the choice of feedback_model=..."""
    threshold: float = MISSING
    """A step counts as productive when its probability is at least this."""
    detailed: bool = MISSING
    """Learn also what the critic says of a whole window: a summary, and what to do then; not with
    flan_t5_large, which reads single steps. Pretrained models give reasons only then; the small one
    always does."""

    def __post_init__(self) -> None:
        one_of("feedback_model.name", self.name, ("small", "causal", "flan_t5_large"))
        self.check("feedback_model")
        within("feedback_model.threshold", self.threshold, 0, 1)


@dataclass
class SmallFeedbackModelConfig(FeedbackModelConfig, TransformerConfig):
    """A small transformer over the steps of the episode."""

    bag_size: int = MISSING
    """Width of the words that a text is averaged over before the network reads it."""
    features: int = MISSING
    """What is read of a text, as of policy.features."""

    def __post_init__(self) -> None:
        super().__post_init__()
        within("feedback_model.bag_size", self.bag_size, 1)
        within("feedback_model.features", self.features, 1, 4)


@dataclass
class CausalFeedbackModelConfig(FeedbackModelConfig, CausalConfig):
    """A chat model that reads a window and writes what the critic would say of it."""


@dataclass
class FlanT5FeedbackModelConfig(FeedbackModelConfig, PretrainedConfig):
    """The paper's feedback model: a T5 that reads a step and answers yes or no, and why."""

    held_out: float = MISSING
    """Part of the episodes to learn from that is held back; the model gets the weights with the
    lowest loss on them. 0 = learn from all, keep the last."""

    def __post_init__(self) -> None:
        super().__post_init__()
        within("feedback_model.held_out", self.held_out, 0, 0.5)


@dataclass
class AdaptationConfig(TrainingConfig):
    """Learning from tries on new tasks, judged by the teacher of the rounds."""

    rounds: int = MISSING
    """Rounds of: roll out, judge, imitate; each goes on from the last."""
    samples: int = MISSING
    """Episodes per task in each round."""
    temperature: float = MISSING
    """Temperature of the policy while it explores."""
    threshold: float = MISSING
    """A step is imitated when the feedback model's probability is at least this."""

    def check(self, group: str) -> None:
        """Refuse impossible values, naming them ``group.field``.

        Raises:
            UserError: for the first value out of range.
        """
        super().check(group)
        within(f"{group}.rounds", self.rounds, 0)
        within(f"{group}.samples", self.samples, 1)
        above_zero(f"{group}.temperature", self.temperature)
        within(f"{group}.threshold", self.threshold, 0, 1)
