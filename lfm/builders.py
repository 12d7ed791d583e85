"""From settings to objects: the one place that knows which class a name stands for."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import fields
from enum import Enum
from importlib.util import find_spec
from pathlib import Path

from envs.alfworld.env import ALFWorldEnv
from envs.alfworld.game import Game
from envs.alfworld.games import make_source
from envs.answers.bbh.env import BBHEnv
from envs.answers.env import AnswerEnv
from envs.answers.games.env import GamesEnv
from envs.answers.hidden_rule import HiddenRuleEnv
from envs.answers.mbpp.env import MBPPEnv
from envs.answers.question import Level, Question
from envs.answers.summarize.env import SummarizeEnv
from envs.answers.together.env import TextTasksEnv
from envs.answers.word_removal import WordRemovalEnv
from envs.base import TextEnv
from envs.errors import UserError
from envs.scienceworld.env import ScienceWorldEnv
from envs.scienceworld.machines import kept
from envs.touchdown.env import TouchdownEnv
from lfm.answer_config import (
    AnswerConfig,
    BBHConfig,
    GamesConfig,
    HiddenRuleConfig,
    MBPPConfig,
    SummarizeConfig,
    TextTasksConfig,
    WordRemovalConfig,
)
from lfm.chat_builder import make_chat, make_sampling
from lfm.config import RayConfig, RolloutConfig
from lfm.critic_config import (
    AnswerPromptConfig,
    ChatCriticConfig,
    CriticConfig,
    PromptConfig,
    SimulatorCriticConfig,
)
from lfm.critics.answers import AnswerCritic
from lfm.critics.base import Critic
from lfm.critics.chat import ChatCritic, nothing, told_of
from lfm.critics.prompt import Prompt
from lfm.critics.scienceworld import ScienceWorldCritic
from lfm.critics.simulator import SimulatorCritic
from lfm.critics.touchdown import TouchdownCritic
from lfm.env_config import ALFWorldConfig, EnvConfig, ScienceWorldConfig, TouchdownConfig
from lfm.model_config import (
    CausalConfig,
    CausalPolicyConfig,
    FlanT5PolicyConfig,
    PolicyConfig,
    PretrainedConfig,
    PretrainedPolicyConfig,
    SmallFeedbackModelConfig,
    SmallPolicyConfig,
    WindowedPolicyConfig,
)
from lfm.workers import Here, Workers
from policies.base import Policy
from policies.causal.policy import CausalPolicy
from policies.causal.tuning import is_causal
from policies.expert import ExpertPolicy
from policies.learned import Examples, LearnedPolicy
from policies.pretrained import model_folder
from policies.random import RandomPolicy
from policies.small import SmallPolicy
from policies.step_transformer import StepConfig
from policies.straight import RandomWalkPolicy, StraightPolicy, TrafficWalkPolicy
from policies.tuning import Tuning
from policies.windowed import WindowedPolicy, WindowedShape, is_windowed
from policies.writing.policy import WriterPolicy, is_writer

_ENVS: dict[type[EnvConfig], type[TextEnv]] = {
    ALFWorldConfig: ALFWorldEnv,
    ScienceWorldConfig: ScienceWorldEnv,
    TouchdownConfig: TouchdownEnv,
    WordRemovalConfig: WordRemovalEnv,
    HiddenRuleConfig: HiddenRuleEnv,
    MBPPConfig: MBPPEnv,
    SummarizeConfig: SummarizeEnv,
    BBHConfig: BBHEnv,
    GamesConfig: GamesEnv,
    TextTasksConfig: TextTasksEnv,
}


def make_env(config: EnvConfig, split: str) -> TextEnv:
    """An environment over the tasks of ``split``."""
    if isinstance(config, ALFWorldConfig):
        return ALFWorldEnv(
            split=split,
            engine=config.engine.value,
            data=config.data,
            goals=config.goals.value,
            dialect=config.dialect.value,
            max_steps=config.max_steps,
            world_seed=config.world_seed,
            games=config.games,
        )
    if isinstance(config, ScienceWorldConfig):
        return ScienceWorldEnv(
            split=split,
            max_steps=config.max_steps,
            simplifications=config.simplifications,
            # What is evaluated is counted by per_task, also where that is the training split.
            per_task=config.per_task if split == config.split else config.train_per_task,
            tasks=tuple(config.tasks),
            java=config.java,
            task_steps=config.limits(),
        )
    if isinstance(config, TouchdownConfig):
        return _touchdown(config, split)
    if isinstance(config, AnswerConfig):
        return _answers(config, split)
    raise _unknown_env(config)


_ANSWERS: dict[type[AnswerConfig], Callable[..., AnswerEnv]] = {
    WordRemovalConfig: WordRemovalEnv,
    HiddenRuleConfig: HiddenRuleEnv,
    GamesConfig: GamesEnv,
    BBHConfig: BBHEnv,
    MBPPConfig: MBPPEnv,
    SummarizeConfig: SummarizeEnv,
    TextTasksConfig: TextTasksEnv,
}
"""Text tasks: their settings are the arguments of the environment, under the same names."""


def _answers(config: AnswerConfig, split: str) -> AnswerEnv:
    make = _ANSWERS.get(type(config))
    if make is None:
        raise _unknown_env(config)
    settings = {each.name: getattr(config, each.name) for each in fields(config)}
    del settings["name"]
    plain = {name: of.value if isinstance(of, Enum) else of for name, of in settings.items()}
    return make(**{**plain, "split": split})


def _touchdown(config: TouchdownConfig, split: str) -> TouchdownEnv:
    return TouchdownEnv(
        split=split,
        max_steps=config.max_steps,
        actions=config.actions.value,
        stop=config.stop.value,
        landmarks=config.landmarks,
        traffic=config.traffic,
        data=config.data,
        routes=config.routes if split == config.split else config.train_routes,
        scenario=config.scenario,
        world_seed=config.world_seed,
        games=config.games,
    )


def warm(config: EnvConfig) -> AbstractContextManager[None]:
    """While inside, what environments have started is kept for those that are made later."""
    return kept() if isinstance(config, ScienceWorldConfig) else nullcontext()


def privileged_critic(config: CriticConfig, prompt: PromptConfig, env: EnvConfig) -> bool:
    """Whether the critic knows what an agent could not, or its prompt tells it."""
    if isinstance(config, SimulatorCriticConfig):
        return not (isinstance(env, AnswerConfig) and config.level is Level.format)
    return isinstance(config, ChatCriticConfig) and prompt.privileged


def privileged_expert(config: EnvConfig) -> bool:
    """Whether the environment's expert knows what an agent could not."""
    return _ENVS[type(config)].privileged_expert


def walks(env: str) -> bool:
    """Whether the actions of the environment of this name are moves, whose repetition leads on."""
    return any(each.name == env and each.walks for each in _ENVS.values())


def make_workers(config: RolloutConfig) -> AbstractContextManager[Workers]:
    """Who plays and reads; what they need is started and ended with the context.

    Raises:
        UserError: if Ray is not installed, or there is no such cluster.
    """
    if not isinstance(config, RayConfig):
        return nullcontext(Here())
    if find_spec("ray") is None:
        raise UserError(
            "rollout=ray needs the ray package; type: pip install -c constraints.txt -e '.[ray]'"
        )
    from lfm.ray_workers import connected  # an extra, and slow to import

    return connected(config)


def game_of(config: EnvConfig, split: str) -> Callable[[str], Game]:
    """Task id -> game, of the tasks of ``split`` of ALFWorld. Privileged."""
    if isinstance(config, ALFWorldConfig):
        return make_source(config.data, split, config.world_seed, config.games).game
    raise UserError(f"env.name: {config.name!r} has no games; choose alfworld.")


def make_chat_critic(
    config: ChatCriticConfig,
    prompt: PromptConfig,
    env: EnvConfig,
    split: str,
    run: Path,
    purpose: str,
    workers: Workers,
) -> ChatCritic:
    """The critic that is a language model; close it when it is not needed any more.

    Args:
        config: which one.
        prompt: how it is asked.
        env: what it judges in.
        split: of the tasks.
        run: the run directory.
        purpose: what for, in the ledger.
        workers: who reads, if it is a local one.

    Raises:
        UserError: if a key is missing, or the cache or a local model cannot be opened.
    """
    told = Prompt(
        name=f"{prompt.name}/{prompt.version}",
        form=prompt.form.value,
        system=prompt.system,
        opening=prompt.opening,
        step=prompt.step,
        question=prompt.question,
        own=prompt.own if isinstance(prompt, AnswerPromptConfig) else "",
    )
    of_text = isinstance(prompt, AnswerPromptConfig)
    return ChatCritic(
        make_chat(config, run, workers),
        told,
        purpose,
        make_sampling(config),
        told_of(questions_of(env, split)) if of_text else nothing,
        privileged=prompt.privileged,
    )


def questions_of(config: EnvConfig, split: str) -> Callable[[str], Question]:
    """Task id -> question, of the text tasks of ``split``. Privileged.

    Raises:
        UserError: if they are no text tasks.
    """
    if not isinstance(config, AnswerConfig):
        raise UserError(f"env.name: {config.name!r} has no text tasks, whose answers are judged.")
    return _answers(config, split).question


def make_simulator_critic(
    config: SimulatorCriticConfig, env: EnvConfig, split: str, seed: int
) -> Critic:
    """The critic that reads the simulator of the tasks of ``split``; close it after use."""
    rates = (config.miss_rate, config.false_alarm_rate)
    if isinstance(env, ALFWorldConfig):
        return SimulatorCritic(game_of(env, split), *rates, seed)
    if isinstance(env, ScienceWorldConfig):
        return ScienceWorldCritic(env.simplifications, env.java, *rates, seed)
    if isinstance(env, TouchdownConfig):
        return TouchdownCritic(lambda: _touchdown(env, split), *rates, seed)
    if isinstance(env, AnswerConfig):
        return AnswerCritic(questions_of(env, split), config.level, *rates, seed)
    raise _unknown_env(env)


def _unknown_env(config: EnvConfig) -> UserError:
    names = ", ".join(each.name for each in _ENVS.values())
    return UserError(f"env.name: {config.name!r} is not known; choose one of {names}.")


def new_policy(config: PolicyConfig, name: str, examples: Examples, seed: int) -> LearnedPolicy:
    """A policy that has learned nothing yet.

    It has random weights that follow from ``seed``, and the words of the examples; or it is the
    pretrained model that the settings name.

    Raises:
        UserError: if there is no such model.
    """
    if isinstance(config, CausalPolicyConfig):
        return CausalPolicy.new(name, model_folder(config.path), tuning(config))
    if isinstance(config, FlanT5PolicyConfig):
        return WindowedPolicy.tuned(name, model_folder(config.path), tuning(config), config.window)
    if isinstance(config, WindowedPolicyConfig):
        shape = WindowedShape(
            config.hidden_size, config.layers, config.heads, config.dropout, config.window
        )
        return WindowedPolicy.new(name, shape, examples, seed)
    if isinstance(config, SmallPolicyConfig):
        architecture = step_config(config)
        architecture.augment = config.augment
        architecture.one_more_step = config.one_more_step
        return SmallPolicy.new(name, architecture, examples, seed)
    raise UserError(
        f"policy.name: {config.name!r} is not known; choose small, windowed, causal or "
        "flan_t5_large."
    )


def tuning(config: PretrainedConfig) -> Tuning:
    """How a pretrained model is trained."""
    return Tuning(
        rank=config.rank,
        alpha=config.alpha,
        merge=config.merge,
        precision=config.precision.value,
        longest=config.longest,
        row_tokens=config.row_tokens,
        checkpointing=config.checkpointing,
        compiled=isinstance(config, CausalConfig) and config.compiled,
        # A feedback model's labels are held out by tasks, and calibrate it.
        held_out=config.held_out if isinstance(config, PretrainedPolicyConfig) else 0.0,
        acting=config.acting.value if isinstance(config, CausalPolicyConfig) else "score",
    )


def step_config(config: SmallPolicyConfig | SmallFeedbackModelConfig) -> StepConfig:
    """The architecture that both small models have."""
    return StepConfig(
        hidden_size=config.hidden_size,
        bag_size=config.bag_size,
        layers=config.layers,
        heads=config.heads,
        dropout=config.dropout,
        features=config.features,
    )


def load_learned(folder: Path, temperature: float = 0.0) -> LearnedPolicy:
    """The policy in a folder, of whatever architecture.

    Raises:
        UserError: if the folder holds none.
    """
    if is_windowed(folder):
        return WindowedPolicy.load(folder, temperature)
    if is_writer(folder):
        return WriterPolicy.load(folder, temperature)
    if is_causal(folder):
        return CausalPolicy.load(folder, temperature)
    return SmallPolicy.load(folder, temperature)


_SIMPLE: dict[str, Callable[[], Policy]] = {
    "random": RandomPolicy,
    "random_walk": RandomWalkPolicy,
    "straight": StraightPolicy,
    "traffic_walk": TrafficWalkPolicy,
}
"""Policies that know nothing, by the words that name them."""


def load_policy(name: str, env: EnvConfig) -> Policy:
    """The expert, one of those that know nothing, or the policy in a folder.

    Args:
        name: ``expert``, ``random``, ``random_walk``, ``straight``, ``traffic_walk`` or a folder.
        env: what it is to play, whose expert it may be.

    Raises:
        UserError: if it is none of these.
    """
    if name == "expert":
        return ExpertPolicy(privileged_expert(env))
    if name in _SIMPLE:
        return _SIMPLE[name]()
    if isinstance(env, AnswerConfig) and is_causal(Path(name)):
        return WriterPolicy.load(Path(name))  # any chat model can answer in its own words
    return load_learned(Path(name))
