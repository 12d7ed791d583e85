"""Which yaml file of ``conf/`` extends which dataclass of :mod:`lfm.config`."""

from __future__ import annotations

from functools import cache
from typing import Any

from hydra.core.config_store import ConfigStore
from omegaconf import OmegaConf

from lfm.answer_config import (
    BBHConfig,
    GamesConfig,
    HiddenRuleConfig,
    MBPPConfig,
    SummarizeConfig,
    TextTasksConfig,
    WordRemovalConfig,
)
from lfm.chat_config import EndpointConfig, LocalChatConfig
from lfm.config import (
    AdaptConfig,
    EvaluateConfig,
    LoggerConfig,
    RayConfig,
    RecipeConfig,
    RolloutConfig,
    TrainConfig,
    WandbConfig,
)
from lfm.critic_config import (
    AnswerPromptConfig,
    InstructConfig,
    OpenAICriticConfig,
    PersonCriticConfig,
    PromptConfig,
    RetryConfig,
    SimulatorCriticConfig,
    TransformersCriticConfig,
)
from lfm.env_config import ALFWorldConfig, ScienceWorldConfig, TouchdownConfig
from lfm.export_config import ExportConfig
from lfm.model_config import (
    AdaptationConfig,
    CausalFeedbackModelConfig,
    CausalPolicyConfig,
    FlanT5FeedbackModelConfig,
    FlanT5PolicyConfig,
    SmallFeedbackModelConfig,
    SmallPolicyConfig,
    WindowedPolicyConfig,
)
from lfm.reading_config import (
    AgreeConfig,
    CompareConfig,
    DoctorConfig,
    InspectConfig,
    LeaderboardConfig,
    PushConfig,
)
from lfm.recipe_config import (
    AsideConfig,
    FeedbackConditioningRecipeConfig,
    ILFRecipeConfig,
)
from lfm.writer_config import WriterPolicyConfig

COMMANDS: dict[str, type[Any]] = {
    "config": TrainConfig,
    "evaluate": EvaluateConfig,
    "compare": CompareConfig,
    "leaderboard": LeaderboardConfig,
    "adapt": AdaptConfig,
    "inspect": InspectConfig,
    "agree": AgreeConfig,
    "push": PushConfig,
    "doctor": DoctorConfig,
    "export": ExportConfig,
}
"""The file in conf/ that a command starts from, and what it extends."""

GROUPS: dict[str, dict[str, type[Any]]] = {
    "env": {
        "alfworld": ALFWorldConfig,
        "scienceworld": ScienceWorldConfig,
        "scienceworld_eto": ScienceWorldConfig,
        "scienceworld_lfm": ScienceWorldConfig,
        "scienceworld_swiftsage": ScienceWorldConfig,
        "touchdown": TouchdownConfig,
        "word_removal": WordRemovalConfig,
        "hidden_rule": HiddenRuleConfig,
        "mbpp": MBPPConfig,
        "summarize": SummarizeConfig,
        "bbh": BBHConfig,
        "bbsr": GamesConfig,
        "text_tasks": TextTasksConfig,
    },
    "policy": {
        "small": SmallPolicyConfig,
        "windowed": WindowedPolicyConfig,
        "causal": CausalPolicyConfig,
        "flan_t5_large": FlanT5PolicyConfig,
        "writer": WriterPolicyConfig,
    },
    "critic": {
        "simulator": SimulatorCriticConfig,
        "openai": OpenAICriticConfig,
        "transformers": TransformersCriticConfig,
        "person": PersonCriticConfig,
    },
    "prompt": {
        **dict.fromkeys(
            ("structured", "paper_intent", "paper_positive", "paper_reason", "paper_action"),
            PromptConfig,
        ),
        **dict.fromkeys(
            ("unconstrained", "teacher_answer", "ground_truth", "lazy", "regex_focused"),
            AnswerPromptConfig,
        ),
        "error_identification": AnswerPromptConfig,
    },
    "retry": dict.fromkeys(("bare", "plain"), RetryConfig),
    "instruct": {"five": InstructConfig},
    "chat": {"openai": EndpointConfig, "transformers": LocalChatConfig},
    "feedback_model": {
        "small": SmallFeedbackModelConfig,
        "causal": CausalFeedbackModelConfig,
        "flan_t5_large": FlanT5FeedbackModelConfig,
    },
    "adaptation": {"small": AdaptationConfig},
    "recipe": {
        **dict.fromkeys(("lfm", "bc", "dagger", "actpred"), RecipeConfig),
        "ilf": ILFRecipeConfig,
        "feedback_conditioning": FeedbackConditioningRecipeConfig,
    },
    "aside": {"plain": AsideConfig},
    "rollout": {"local": RolloutConfig, "ray": RayConfig},
    "logger": {"none": LoggerConfig, "wandb": WandbConfig},
}
"""Folder in conf/, the files in it, and what each extends."""


def env_name(option: str) -> str:
    """The environment that a file of ``conf/env`` is about.

    Example:
        >>> env_name("scienceworld_eto"), env_name("word_removal")
        ('scienceworld', 'word_removal')
    """
    names = [name for name in GROUPS["env"] if f"{option}_".startswith(f"{name}_")]
    return min(names, key=len, default=option)


def last_word(option: str | None) -> str:
    """What an experiment is, whatever it is an experiment with.

    Example:
        >>> last_word("scienceworld_smoke")
        'smoke'
    """
    return (option or "").rpartition("_")[2]


@cache
def register() -> None:
    """Give Hydra the schemas, once; a yaml file names its own as ``<file>_schema``.

    A yaml file finds what it has otherwise with an environment by ``${env_name:${env}}``, and with
    experiments of a kind by ``${last_word:${experiment}}``.
    """
    store = ConfigStore.instance()
    for command, schema in COMMANDS.items():
        store.store(name=f"{command}_schema", node=schema)
    for group, options in GROUPS.items():
        for option, schema in options.items():
            store.store(group=group, name=f"{option}_schema", node=schema)


# Not in `register`, because a launcher of Hydra's composes settings in processes of its own, which
# have what Hydra keeps and not what OmegaConf does.
OmegaConf.register_new_resolver("env_name", env_name, replace=True)
OmegaConf.register_new_resolver("last_word", last_word, replace=True)
