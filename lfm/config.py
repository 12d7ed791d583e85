"""What can be set: one dataclass per group of settings, a docstring under each field.

The values are in the yaml files of ``conf/``; here are the names, the types and the limits. The
yaml files extend these classes (:mod:`lfm.schemas`), and :mod:`lfm.cli` turns the composed
settings into real instances once, so that everything after it sees plain dataclasses. Those of
environments are in :mod:`lfm.env_config`, those of models and their training in
:mod:`lfm.model_config`, those of critics in :mod:`lfm.critic_config`, those of chat models in
:mod:`lfm.chat_config`, those of commands that only read what there is in
:mod:`lfm.reading_config`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum

from omegaconf import MISSING

from envs.errors import UserError
from lfm.chat_config import ChatConfig, EndpointConfig, check_address
from lfm.critic_config import CriticConfig, InstructConfig, PromptConfig, RetryConfig
from lfm.env_config import TRAIN_SPLIT, ALFWorldConfig, EnvConfig
from lfm.limits import (
    FORMATS,
    MAX_JUDGED_STEPS,
    MAX_SEED,
    above_zero,
    one_folder,
    one_of,
    within,
)
from lfm.model_config import Acting, AdaptationConfig, FeedbackModelConfig, PolicyConfig
from lfm.together import check_prompt, check_suggestions, check_writing

CHAT = "chat"
"""``policy=chat``: a chat model acts."""


class Teaching(str, Enum):
    """What says which actions to imitate in the policy's own episodes."""

    feedback_model = "feedback_model"
    critic = "critic"
    reward = "reward"
    random = "random"
    suggestion = "suggestion"
    all = "all"
    expert = "expert"
    planner = "planner"
    chat = "chat"
    refinement = "refinement"


class Labels(str, Enum):
    """Whose labels a feedback model learns from."""

    critic = "critic"
    human = "human"
    both = "both"


RECIPES = ("lfm", "bc", "dagger", "actpred", "ilf", "feedback_conditioning")

_RECIPES = {
    Teaching.expert: ("dagger",),
    Teaching.planner: ("dagger",),
    Teaching.chat: ("actpred",),
    Teaching.refinement: ("ilf", "feedback_conditioning"),
}
"""The recipes of teachers that say what should have been done; the others are of lfm."""


class WandbMode(str, Enum):
    """Where Weights & Biases writes: to the service, or to files in the run directory."""

    online = "online"
    offline = "offline"


@dataclass
class RecipeConfig:
    """The learning method and how much of everything it uses."""

    name: str = MISSING
    """Name of the method; set by the choice of recipe=..."""
    demonstrations: int = MISSING
    """Episodes of the expert to start from; 0 is for policies that can write before they have seen
    any."""
    rollout_tasks: int = MISSING
    """Training tasks the policy tries in each round."""
    rollout_samples: int = MISSING
    """Episodes per training task in each round."""
    temperature: float = MISSING
    """Temperature of the policy while it explores; evaluation always takes the best action."""
    rounds: int = MISSING
    """Rounds of: roll out, ask the teacher what to imitate, imitate."""
    from_scratch: bool = MISSING
    """Train the policy of a round as the first one, from random weights; false: train on from the
    policy before, as recipe.adaptation says."""
    teacher: Teaching = MISSING
    """What says which actions to imitate. feedback_model: the steps that a model trained on the
    critic's labels calls productive; critic: those that the critic calls so; reward: all steps of
    successful episodes; random: any steps, as many as the feedback model keeps; suggestion:
    the steps that the feedback model keeps, and in the place of others what the critic suggests, if
    it holds when it is tried in the simulator (ALFWorld); all: every step;
    expert: what the environment's expert would have done; planner: what ALFWorld's planner would
    have done, which knows where everything is; chat: what a chat model would have done;
    refinement: what a policy that writes makes of its answer when it is told of it."""
    labels: Labels = MISSING
    """What the feedback model learns from. critic: the critic's labels; human: those that people
    gave in the report, and no others; both: the critic's, with people's in their place where there
    are some. May be changed when a run is gone on with: what rests on it is then made again."""
    adaptation: AdaptationConfig = MISSING
    """Learning from tries on the tasks of env.split."""
    eval_tasks: int = MISSING
    """Tasks per split in each evaluation, spread evenly over it; 0 = the whole split."""
    batch_envs: int = MISSING
    """Episodes played side by side, with one pass of the policy for all of them."""

    def __post_init__(self) -> None:
        one_of("recipe.name", self.name, RECIPES)
        for name in ("rollout_tasks", "rollout_samples", "batch_envs"):
            within(f"recipe.{name}", getattr(self, name), 1)
        for name in ("demonstrations", "rounds", "eval_tasks"):
            within(f"recipe.{name}", getattr(self, name), 0)
        self.adaptation.check("recipe.adaptation")
        if self.adaptation.rounds and not self.rounds:
            raise UserError(
                "recipe.adaptation.rounds: adapting needs what the rounds teach; set "
                "recipe.rounds to at least 1, or recipe.adaptation.rounds=0."
            )
        above_zero("recipe.temperature", self.temperature)
        if self.name not in _RECIPES.get(self.teacher, ("lfm", "bc")):
            raise UserError(
                f"recipe.teacher: {self.teacher.value} does not go with recipe={self.name}; "
                "expert and planner are the teachers of recipe=dagger, chat is that of "
                "recipe=actpred, refinement that of recipe=ilf and "
                "recipe=feedback_conditioning, all others are those of recipe=lfm."
            )
        distils = self.teacher in (Teaching.feedback_model, Teaching.random, Teaching.suggestion)
        if self.labels is not Labels.critic and not distils:
            raise UserError(
                f"recipe.labels: {self.labels.value} is for a feedback model to learn from, and "
                f"recipe.teacher={self.teacher.value} trains none; leave it out, or choose "
                "recipe.teacher=feedback_model."
            )

    def check_critic(self, critic: CriticConfig) -> None:
        """Refuse a critic that cannot do what the recipe asks of it; see subclasses."""


@dataclass
class RolloutConfig:
    """Where episodes are played, and where critics read that no server answers for."""

    name: str = MISSING
    """Where; set by the choice of rollout=..."""

    def __post_init__(self) -> None:
        one_of("rollout.name", self.name, ("local", "ray"))


@dataclass
class RayConfig(RolloutConfig):
    """On a Ray cluster, a task for each batch of episodes."""

    address: str | None = MISSING
    """Of a cluster that is there, as HOST:PORT; null = one that is started on this machine, and
    ended with the command."""
    cpus: int = MISSING
    """Processor cores of each task."""
    gpus: float = MISSING
    """GPUs of each task; a part of one lets several tasks share it."""

    def __post_init__(self) -> None:
        super().__post_init__()
        host, _, port = (self.address or "HOST:0").rpartition(":")
        if not host or "/" in host or not (port.isascii() and port.isdigit()):
            raise UserError(
                f"rollout.address: {self.address!r} is not the address of a cluster; write "
                "HOST:PORT, as `ray start --head` says it."
            )
        within("rollout.cpus", self.cpus, 1)
        within("rollout.gpus", self.gpus, 0)


@dataclass
class LoggerConfig:
    """Where metrics go besides the run directory's own files."""

    name: str = MISSING
    """Name of the logger; set by the choice of logger=..."""

    def __post_init__(self) -> None:
        one_of("logger.name", self.name, ("none", "wandb"))


@dataclass
class WandbConfig(LoggerConfig):
    """Weights & Biases."""

    project: str = MISSING
    """Project the run is listed under."""
    mode: WandbMode = MISSING
    """online: send to the service; offline: keep in the run directory, `wandb sync` sends later."""
    models: bool = MISSING
    """Whether policies and feedback models are kept there, too; they may be large."""


@dataclass
class ModelFolder:
    """A saved model; ``policy=X`` is short for ``policy.path=X``."""

    path: str = MISSING
    """A folder of the run directory, such as runs/default/<time>/policies/lfm1."""


@dataclass
class PlayerConfig(ModelFolder):
    """A policy that plays, here or behind an address."""

    server: str | None = MISSING
    """Address of a server that has the policy's model, such as http://localhost:8000/v1, to act
    through it as chat=openai says; the folder needs no weights then. null = here."""
    served_as: str | None = MISSING
    """The model's name at policy.server; null = the one that it lists."""
    acting: Acting | None = MISSING
    """How a causal policy chooses an action, score or generate, as in training; null = as it was
    trained."""


def is_model_folder(hint: object) -> bool:
    """Whether a field of this type is given as the path of a saved model."""
    return isinstance(hint, type) and issubclass(hint, ModelFolder)


@dataclass
class CommandConfig:
    """What every command that plays games has."""

    env: EnvConfig = MISSING
    """The environment."""
    rollout: RolloutConfig = MISSING
    """Where episodes are played."""
    seed: int = MISSING
    """Every random choice follows it."""
    threads: int = MISSING
    """Processor cores to use; 0 = all of them."""

    def __post_init__(self) -> None:
        within("seed", self.seed, 0, MAX_SEED)
        within("threads", self.threads, 0)


@dataclass
class TrainConfig(CommandConfig):
    """``python -m lfm.train``: the whole loop."""

    policy: PolicyConfig = MISSING
    """What acts."""
    critic: CriticConfig = MISSING
    """What judges, at first."""
    prompt: PromptConfig = MISSING
    """How a critic that is a language model is asked, and how feedback_model=causal is told."""
    retry: RetryConfig = MISSING
    """How a policy that writes is asked to answer once more."""
    instruct: InstructConfig = MISSING
    """How recipe=ilf asks whether feedback was followed."""
    chat: ChatConfig = MISSING
    """The chat model of recipe=actpred."""
    feedback_model: FeedbackModelConfig = MISSING
    """What learns to judge."""
    recipe: RecipeConfig = MISSING
    """The learning method."""
    logger: LoggerConfig = MISSING
    """Where metrics go besides the run directory."""
    experiment: str = MISSING
    """Name of the folder under runs/; set by the choice of experiment=..."""
    run_dir: str | None = MISSING
    """Folder for everything the run makes; null = runs/<experiment>/<time>."""
    resume: str | None = MISSING
    """Folder of a run that was interrupted, to go on with it."""

    def __post_init__(self) -> None:
        super().__post_init__()
        within("env.max_steps", self.env.max_steps, 1, MAX_JUDGED_STEPS)
        if self.env.split == TRAIN_SPLIT:
            raise UserError(
                "env.split: train is what the policy learns from, so it shows nothing about new "
                f"tasks; choose {' or '.join(self.env.new_splits())}."
            )
        if self.recipe.teacher is Teaching.planner and not isinstance(self.env, ALFWorldConfig):
            raise UserError(
                f"recipe.teacher: planner needs env=alfworld; there is no planner for "
                f"env={self.env.name}, whose expert is recipe.teacher=expert."
            )
        check_prompt(self.env, self.critic, self.prompt)
        if self.recipe.teacher is Teaching.chat:
            self.chat.check("chat")
        self.recipe.check_critic(self.critic)
        if self.recipe.teacher is Teaching.suggestion:
            check_suggestions(self.env, self.critic, self.prompt)
        check_writing(
            self.env,
            self.policy,
            self.recipe.name,
            refines=self.recipe.teacher is Teaching.refinement,
            begins=self.recipe.demonstrations > 0,
        )
        one_folder(self.run_dir, self.resume)


@dataclass
class EvaluateConfig(CommandConfig):
    """``python -m lfm.evaluate``: play with a policy and count successes."""

    policy: PlayerConfig = field(default_factory=PlayerConfig)
    """Folder of a policy, or the word expert, random or chat, or in streets straight, random_walk
    or traffic_walk."""
    chat: ChatConfig = MISSING
    """The chat model of policy=chat, and how policy.server is asked."""
    batch_envs: int = MISSING
    """Episodes played side by side."""
    out: str | None = MISSING
    """File for the result as JSON. Episodes are kept beside it, batch by batch, in a folder with
    the same name and .run; the same command goes on there after an interruption. null = none."""
    leaderboard: str | None = MISSING
    """File that the result is added to, for lfm.leaderboard to print; null = none."""
    expect: int | None = MISSING
    """How many tasks there must be, such as 134; any other number is an error. null = all that the
    split has; official splits have their own count checked in any case."""
    format: str = MISSING
    """What is printed: table, json or latex."""

    def __post_init__(self) -> None:
        super().__post_init__()
        within("batch_envs", self.batch_envs, 1)
        one_of("format", self.format, FORMATS)
        asked = self._asked()
        if asked is not None and self.policy.acting is not None:
            raise UserError(
                f"policy.acting: with {asked} it is the chat model that says what to do; leave out "
                "policy.acting."
            )
        if asked is not None and isinstance(self.rollout, RayConfig):
            raise UserError(
                f"rollout=ray: {asked} is asked by one process, which keeps its answers and its "
                "budget; leave out rollout=ray."
            )

    def _asked(self) -> str | None:
        """The setting by which a chat model is asked; None if none is.

        Raises:
            UserError: if it cannot be asked so.
        """
        player = self.policy
        if player.server is None:
            if player.served_as is not None:
                raise UserError("policy.served_as: it is a name at policy.server; give both.")
            if player.path != CHAT:
                return None
            self.chat.check("chat")
            return "policy=chat"
        check_address("policy.server", player.server)
        if not isinstance(self.chat, EndpointConfig):
            raise UserError(
                "policy.server: it is asked as chat=openai says; leave out chat=transformers."
            )
        replace(self.chat, model="known later").check("chat")
        return "policy.server"


@dataclass
class AdaptConfig(CommandConfig):
    """``python -m lfm.adapt``: adapting a policy to tasks nobody labelled."""

    policy: ModelFolder = field(default_factory=ModelFolder)
    """Folder of the policy to adapt."""
    feedback_model: ModelFolder = field(default_factory=ModelFolder)
    """Folder of the feedback model that judges its steps."""
    adaptation: AdaptationConfig = MISSING
    """How often it tries, and how it learns from it."""
    batch_envs: int = MISSING
    """Episodes played side by side."""
    run_dir: str | None = MISSING
    """Folder for everything the command makes; null = runs/adapt/<time>."""
    resume: str | None = MISSING
    """Folder of a run that was interrupted, to go on with it."""

    def __post_init__(self) -> None:
        super().__post_init__()
        within("env.max_steps", self.env.max_steps, 1, MAX_JUDGED_STEPS)
        self.adaptation.check("adaptation")
        within("batch_envs", self.batch_envs, 1)
        one_folder(self.run_dir, self.resume)
