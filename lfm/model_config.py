"""What can be set of models and of how they are trained; see :mod:`lfm.config`."""

from __future__ import annotations

from dataclasses import dataclass

from omegaconf import MISSING

from envs.errors import UserError
from lfm.limits import above_zero, one_of, within


@dataclass
class TrainingConfig:
    """How a model is trained."""

    updates: int = MISSING
    """Steps of the optimiser, whatever the amount of data."""
    batch_size: int = MISSING
    """Episodes in one step of the optimiser; with policy=windowed, steps of episodes."""
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
class PolicyConfig(TransformerConfig):
    """The policy: what acts."""

    name: str = MISSING
    """Name of the architecture; set by the choice of policy=..."""

    def __post_init__(self) -> None:
        one_of("policy.name", self.name, ("small", "windowed"))
        self.check("policy")


@dataclass
class SmallPolicyConfig(PolicyConfig):
    """A small transformer over the steps of the episode."""

    bag_size: int = MISSING
    """Width of the words that a text is averaged over before the network reads it."""
    features: int = MISSING
    """What is read of a text. 1: all but what lines say of things; 2: that as well; 3: also each
    thing that a line lists on its own, and the instruction word by word, for long instructions."""

    def __post_init__(self) -> None:
        super().__post_init__()
        within("policy.bag_size", self.bag_size, 1)
        within("policy.features", self.features, 1, 3)


@dataclass
class WindowedPolicyConfig(PolicyConfig):
    """The paper's architecture: an encoder-decoder that reads the last steps as one prompt."""

    window: int = MISSING
    """Past steps in the prompt."""

    def __post_init__(self) -> None:
        super().__post_init__()
        within("policy.window", self.window, 0)


@dataclass
class FeedbackModelConfig(TransformerConfig):
    """The feedback model: what learns the critic's judgement."""

    bag_size: int = MISSING
    """Width of the words that a text is averaged over before the network reads it."""
    features: int = MISSING
    """What is read of a text, as of policy.features."""
    threshold: float = MISSING
    """A step counts as productive when its probability is at least this."""

    def __post_init__(self) -> None:
        self.check("feedback_model")
        within("feedback_model.bag_size", self.bag_size, 1)
        within("feedback_model.features", self.features, 1, 3)
        within("feedback_model.threshold", self.threshold, 0, 1)


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
