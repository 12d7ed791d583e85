"""Teachers: what says which actions to imitate in the policy's own episodes.

The method's teacher is the feedback model that a critic's labels are distilled into; the others
are its controls, and the experts of DAgger. Each speaks in stages of the run, so that everything
said is kept; what is handed on is always read back from the files.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Protocol

from envs.errors import UserError
from envs.record import Trajectory
from lfm import layout, stages
from lfm.advisors import ExpertAdvisor, PlannerAdvisor
from lfm.answer_config import AnswerConfig
from lfm.builders import (
    game_of,
    make_chat_critic,
    make_env,
    make_simulator_critic,
    privileged_critic,
    privileged_expert,
)
from lfm.chat_actor import ChatAdvisor
from lfm.chat_builder import make_chat, make_sampling
from lfm.config import Labels, Teaching, TrainConfig
from lfm.corrections import (
    Correction,
    Place,
    fitting,
    known_episodes,
    labels_of,
    read_corrections,
)
from lfm.critic_config import ChatCriticConfig, PersonCriticConfig, SimulatorCriticConfig
from lfm.critics.base import Critic, Window, WindowFeedback
from lfm.critics.windows import half_successful, make_windows
from lfm.env_config import TRAIN_SPLIT
from lfm.feedback_builder import load_feedback_model
from lfm.feedback_model import FeedbackModel, LabelledEpisode, labelled_episodes
from lfm.parted_critic import PartedCritic
from lfm.progress import say
from lfm.recipe_config import FeedbackConditioningRecipeConfig
from lfm.recipes.conditioning import ConditioningTeacher
from lfm.recipes.dry_run import DryRun, persons_file, say_cost
from lfm.recipes.refinement import RefinementTeacher
from lfm.relabelling import basis, relabelled
from lfm.run import Run, Stage
from lfm.selection import (
    as_many_at_random,
    by_critic,
    by_feedback_model,
    by_reward,
    everything,
    kept_steps,
    to_adapt,
)
from lfm.store import Judgement, read_advice, read_critic, read_feedback, read_judgements
from lfm.suggestions import SuggestionAdvisor, suggested
from lfm.workers import Workers
from policies.learned import Examples, examples_of

Episodes = Sequence[Trajectory]
Rule = Callable[[Episodes], list[Judgement]]


class Teacher(Protocol):
    """Says what to imitate.

    Attributes:
        privileged: what it says of training tasks goes back to information an agent could not have.
        privileged_elsewhere: the same of what it says of other tasks, which a policy adapts to.
    """

    privileged: bool
    privileged_elsewhere: bool

    def learn(self, name: str, episodes: Episodes) -> Examples:
        """Teach from episodes on training tasks, learning to teach from them, if need be."""
        ...

    def teach(self, name: str, episodes: Episodes, split: str) -> Examples:
        """Teach from episodes on tasks of any split."""
        ...


MakeTeacher = Callable[[Run, TrainConfig, Workers], Teacher]


def make_teacher(run: Run, config: TrainConfig, workers: Workers) -> Teacher:
    """The teacher that ``recipe.teacher`` names; ``workers`` read for its critic, if it has one."""
    teaching = config.recipe.teacher
    if teaching in (Teaching.expert, Teaching.planner, Teaching.chat):
        return AdviceTeacher(run, config)
    if teaching is Teaching.critic:
        return CriticTeacher(run, config, workers)
    if teaching is Teaching.suggestion:
        return SuggestionTeacher(run, config, workers)
    if teaching is Teaching.refinement:
        ask = partial(_ask, run, config, workers)
        recipe = config.recipe
        if not isinstance(recipe, FeedbackConditioningRecipeConfig):
            return RefinementTeacher(run, config, ask)
        judging = replace(config, prompt=recipe.judging)
        judge = partial(_ask, run, judging, workers, stage_of=layout.correctness)
        return ConditioningTeacher(run, config, ask, judge)
    if teaching is Teaching.reward:
        return RuleTeacher(run, by_reward, privileged_elsewhere=True)
    if teaching is Teaching.all:
        return RuleTeacher(run, everything, privileged_elsewhere=False)
    return FeedbackModelTeacher(run, config, workers)


def keep(run: Run, name: str, episodes: Episodes, rule: Callable[[], list[Judgement]]) -> Examples:
    """A stage in which a rule says which steps to keep; returns them."""
    run.stage(layout.judgements(name), lambda stage: stages.judge(stage, rule))
    file = run.path(layout.judgements(name)) / layout.JUDGEMENTS_FILE
    return kept_steps(episodes, read_judgements(file))


class FeedbackModelTeacher:
    """Asks a critic about training tasks, distils its labels, and judges by the distillate.

    With ``recipe.teacher=random`` any steps are kept, as many as the feedback model would keep.
    """

    def __init__(self, run: Run, config: TrainConfig, workers: Workers) -> None:
        self._run = run
        self._config = config
        self._workers = workers
        self._labelled: list[LabelledEpisode] = []
        self._model = Path()
        self.privileged = privileged_critic(config.critic, config.prompt, config.env)
        self.privileged_elsewhere = self.privileged

    def learn(self, name: str, episodes: Episodes) -> Examples:
        """Ask the critic, train the feedback model on all labels so far, keep what it likes."""
        config = self._config
        feedback = _ask(self._run, config, self._workers, name, episodes, TRAIN_SPLIT)
        verdicts = self._verdicts(name, episodes)
        if config.recipe.labels is not Labels.critic:
            windows = make_windows(episodes, config.critic.window)
            both = config.recipe.labels is Labels.both
            feedback = relabelled(windows, feedback, verdicts, with_critic=both)
        self._labelled += labelled_episodes(episodes, feedback)
        stage = layout.feedback_model(name)

        def train(running: Stage) -> stages.Counts:
            counts = stages.train_feedback_model(
                running, config, self._labelled, privileged=self.privileged
            )
            people = Counter(each.who for each in verdicts.values())
            return {**counts, "people": dict(people)} if people else counts

        rests_on = basis(config.recipe.labels.value, verdicts) if verdicts else ""
        self._run.stage(stage, train, rests_on)
        self._model = self._run.path(stage)
        return self._keep(name, episodes, by_feedback_model, config.feedback_model.threshold)

    def teach(self, name: str, episodes: Episodes, split: str) -> Examples:
        """Keep what the feedback model likes; no critic is asked."""
        return self._keep(name, episodes, to_adapt, self._config.recipe.adaptation.threshold)

    def _verdicts(self, name: str, episodes: Episodes) -> dict[Place, Correction]:
        """People's labels of the episodes, if ``recipe.labels`` wants any.

        Raises:
            UserError: if only people's labels count and there are none.
        """
        labels, file = self._config.recipe.labels, self._run.path(layout.CORRECTIONS_FILE)
        if labels is Labels.critic:
            return {}
        verdicts = labels_of(fitting(read_corrections(file), known_episodes(episodes)))
        people = ", ".join(sorted({each.who for each in verdicts.values()})) or "nobody yet"
        say(f"{name}: recipe.labels={labels.value}; steps judged: {len(verdicts):,}, by {people}")
        if labels is Labels.human and not verdicts and not self._labelled:
            raise UserError(
                f"recipe.labels: human needs steps that a person has judged, and {file} has none "
                f"of {layout.rollouts(name)}; judge some with `python -m lfm.inspect "
                f"run={self._run.directory} serve=true` and go on with "
                f"resume={self._run.directory}, or choose recipe.labels=critic"
            )
        return verdicts

    def _keep(
        self,
        name: str,
        episodes: Episodes,
        select: Callable[[FeedbackModel, Episodes, float], list[Judgement]],
        threshold: float,
    ) -> Examples:
        def rule() -> list[Judgement]:
            judgements = select(load_feedback_model(self._model), episodes, threshold)
            if self._config.recipe.teacher is Teaching.random:
                return as_many_at_random(judgements, self._config.seed)
            return judgements

        return keep(self._run, name, episodes, rule)


class SuggestionTeacher(FeedbackModelTeacher):
    """Keeps what the feedback model likes, and elsewhere what it likes of the critic's suggestions.

    On tasks without a critic nobody suggests anything, and it only keeps.
    """

    def learn(self, name: str, episodes: Episodes) -> Examples:
        """The kept steps, and in the place of others the suggestions that hold when tried."""
        kept = super().learn(name, episodes)
        stage = layout.advice(name)
        self._run.stage(stage, lambda running: self._try(running, name, episodes))
        advice = _advice(self._run, name, episodes)
        return [
            (each, [own or other for own, other in zip(targets, others, strict=True)])
            for (each, targets), (_, others) in zip(kept, advice, strict=True)
        ]

    def _try(self, stage: Stage, name: str, episodes: Episodes) -> stages.Counts:
        feedback = self._run.path(layout.feedback(name))
        judgements = self._run.path(layout.judgements(name)) / layout.JUDGEMENTS_FILE
        wanted = suggested(read_feedback(feedback), read_judgements(judgements))
        critic = read_critic(feedback)
        assert critic is not None  # or the feedback model had nothing to learn from
        model = load_feedback_model(self._model)
        threshold = self._config.feedback_model.threshold
        with closing(make_env(self._config.env, TRAIN_SPLIT)) as env:
            judge = partial(by_feedback_model, model, threshold=threshold)
            advisor = SuggestionAdvisor(env, critic, wanted, judge)
            return {**stages.advise(stage, advisor, episodes), "suggested": len(wanted)}


class CriticTeacher:
    """Asks the critic about every step, on any tasks, and trains no feedback model."""

    def __init__(self, run: Run, config: TrainConfig, workers: Workers) -> None:
        self._run = run
        self._config = config
        self._workers = workers
        self.privileged = privileged_critic(config.critic, config.prompt, config.env)
        # Success on tasks that a policy is evaluated on is what an agent there does not know.
        self.privileged_elsewhere = self.privileged or config.critic.chooses_by_success

    def learn(self, name: str, episodes: Episodes) -> Examples:
        """Keep the steps of training tasks that the critic calls productive."""
        return self.teach(name, episodes, TRAIN_SPLIT)

    def teach(self, name: str, episodes: Episodes, split: str) -> Examples:
        """Keep the steps that the critic calls productive."""
        feedback = _ask(self._run, self._config, self._workers, name, episodes, split)
        speaker = read_critic(self._run.path(layout.feedback(name)))
        critic = speaker.name if speaker else self._config.critic.name
        return keep(self._run, name, episodes, lambda: by_critic(critic, feedback, episodes))


class RuleTeacher:
    """Keeps steps by a rule that needs nothing but the episodes."""

    def __init__(self, run: Run, rule: Rule, *, privileged_elsewhere: bool) -> None:
        self._run = run
        self._rule = rule
        self.privileged = False
        self.privileged_elsewhere = privileged_elsewhere

    def learn(self, name: str, episodes: Episodes) -> Examples:
        """Keep what the rule says."""
        return self.teach(name, episodes, TRAIN_SPLIT)

    def teach(self, name: str, episodes: Episodes, split: str) -> Examples:
        """Keep what the rule says."""
        return keep(self._run, name, episodes, lambda: self._rule(episodes))


class AdviceTeacher:
    """Asks someone what they would have done in every state, and has that imitated."""

    def __init__(self, run: Run, config: TrainConfig) -> None:
        self._run = run
        self._config = config
        teaching = config.recipe.teacher
        self.privileged = teaching is Teaching.planner or (
            teaching is Teaching.expert and privileged_expert(config.env)
        )
        self.privileged_elsewhere = teaching is not Teaching.chat

    def learn(self, name: str, episodes: Episodes) -> Examples:
        """The expert's actions in the states of episodes on training tasks."""
        return self.teach(name, episodes, TRAIN_SPLIT)

    def teach(self, name: str, episodes: Episodes, split: str) -> Examples:
        """The expert's actions in the states of the episodes."""
        stage = layout.advice(name)
        self._run.stage(stage, lambda running: self._advise(running, episodes, split))
        return _advice(self._run, name, episodes)

    def _advise(self, stage: Stage, episodes: Episodes, split: str) -> stages.Counts:
        config = self._config
        if config.recipe.teacher is Teaching.chat:
            with closing(make_chat(config.chat, stage.run.directory)) as model:
                advisor = ChatAdvisor(model, make_sampling(config.chat), stage.name)
                return stages.advise(stage, advisor, episodes)
        if config.recipe.teacher is Teaching.planner:
            return stages.advise(stage, PlannerAdvisor(game_of(config.env, split)), episodes)
        with closing(make_env(config.env, split)) as env:
            return stages.advise(stage, ExpertAdvisor(env), episodes)


def _advice(run: Run, name: str, episodes: Episodes) -> Examples:
    """The episodes with what was advised in each of their states."""
    advice = read_advice(run.path(layout.advice(name)) / layout.ADVICE_FILE)
    wanted = {(each.trajectory_id, each.step): each.action for each in advice}
    return examples_of(episodes, wanted)


def _ask(
    run: Run,
    config: TrainConfig,
    workers: Workers,
    name: str,
    episodes: Episodes,
    split: str,
    stage_of: Callable[[str], str] = layout.feedback,
) -> list[WindowFeedback]:
    """A stage in which the critic reads the episodes; returns what it said."""

    def ask(running: Stage) -> stages.Counts:
        windows = _windows(config, episodes)
        with closing(_critic(running, config, workers, split, windows)) as critic:
            return stages.ask_critic(running, critic, windows)

    stage = stage_of(name)
    run.stage(stage, ask)
    return read_feedback(run.path(stage))


def _windows(config: TrainConfig, episodes: Episodes) -> list[Window]:
    """What the critic is to read."""
    critic = config.critic
    # What is said of a text task is said of one answer.
    windows = make_windows(episodes, 1 if isinstance(config.env, AnswerConfig) else critic.window)
    if critic.chooses_by_success:
        return half_successful(windows, critic.max_windows, config.seed)
    return windows[: critic.max_windows or None]


def _critic(
    stage: Stage, config: TrainConfig, workers: Workers, split: str, windows: list[Window]
) -> Critic:
    """The critic, unless its words shall only be estimated.

    What reads the simulator, and a local language model, reads wherever there are workers. Answers
    of a language model are kept and counted by this process alone, which also asks an endpoint.

    Raises:
        DryRun: in that case.
    """
    if isinstance(config.critic, SimulatorCriticConfig):
        make = partial(make_simulator_critic, config.critic, config.env, split, config.seed)
        privileged = privileged_critic(config.critic, config.prompt, config.env)
        return PartedCritic(make, workers, "simulator", privileged=privileged)
    if isinstance(config.critic, PersonCriticConfig):
        return persons_file(stage, config.critic, windows)
    assert isinstance(config.critic, ChatCriticConfig)
    critic = make_chat_critic(
        config.critic, config.prompt, config.env, split, stage.run.directory, stage.name, workers
    )
    if config.critic.dry_run:
        with closing(critic):
            raise DryRun(say_cost(stage, config, critic.estimate(windows)))
    return critic
