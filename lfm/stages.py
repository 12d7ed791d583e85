"""The stages that recipes and commands are made of: each fills one folder of a run.

A stage takes what earlier stages wrote, leaves its own files in ``stage.folder`` and returns the
counts to remember. Given the same inputs and seed it writes the same, also after a kill.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import torch

from envs.base import TextEnv
from envs.files import write_json
from envs.live import LiveTrajectories
from envs.record import Trajectory
from envs.store import write_trajectories
from lfm import progress
from lfm.advisors import Advisor
from lfm.builders import load_learned, new_policy
from lfm.config import TrainConfig
from lfm.critics.base import Critic, Window, WindowFeedback
from lfm.feedback_builder import fit_feedback_model
from lfm.feedback_model import LabelledEpisode
from lfm.layout import ADVICE_FILE, AGREEMENT_FILE, JUDGEMENTS_FILE, TRAJECTORIES_FILE
from lfm.model_config import (
    PolicyConfig,
    PretrainedConfig,
    TrainingConfig,
)
from lfm.processes import call_others
from lfm.rollout import Rollout, Task, roll_out
from lfm.run import Stage
from lfm.store import Judgement, write_advice, write_feedback, write_judgements
from lfm.workers import Workers
from lfm.writer_builder import new_writer
from lfm.writer_config import WriterPolicyConfig
from policies.base import Policy
from policies.expert import ExpertPolicy
from policies.imitation import Follow, Schedule
from policies.learned import Examples, LearnedPolicy
from policies.tuned import LAST
from policies.writing.base import Record
from policies.writing.training import SFT

Counts = dict[str, Any]


def play(
    stage: Stage,
    make_env: Callable[[], TextEnv],
    policy: Policy,
    tasks: Sequence[Task],
    rollout: Rollout,
    workers: Workers,
) -> Counts:
    """A policy plays tasks; writes the episodes."""
    if isinstance(policy, ExpertPolicy):
        _prepare_expert(stage, make_env, [task.task_id for task in tasks])
    with (
        closing(LiveTrajectories(stage.work / "live.jsonl")) as live,
        progress.track(f"{stage.name}: {policy.name} plays", len(tasks)) as advance,
    ):
        episodes = roll_out(make_env, policy, tasks, rollout, live, advance, workers)
    write_trajectories(stage.folder / TRAJECTORIES_FILE, episodes)
    successes = sum(episode.success for episode in episodes)
    steps = sum(len(episode.steps) for episode in episodes)
    stage.log(episodes=len(episodes), successes=successes, steps=steps)
    return {"episodes": len(episodes), "successes": successes, "steps": steps}


def _prepare_expert(stage: Stage, make_env: Callable[[], TextEnv], task_ids: list[str]) -> None:
    with closing(make_env()) as env:
        if env.slow_expert:
            title = f"{stage.name}: expert prepares"
            with progress.track(title, len(task_ids)) as advance:
                env.prepare_expert(task_ids, torch.get_num_threads(), advance)


def ask_critic(stage: Stage, critic: Critic, windows: Sequence[Window]) -> Counts:
    """The critic reads windows; writes what it said."""
    with progress.track(f"{stage.name}: critic reads", len(windows)) as advance:
        feedback = critic.critique(windows, advance)
    write_feedback(stage.folder, feedback, critic.name, critic.privileged)
    labels = [label for window in feedback for label in window.steps]
    counts = {
        "windows": len(windows),
        "steps": len(labels),
        "productive": sum(label.productive for label in labels),
        **_answers(feedback),
    }
    stage.log(**counts)
    return counts


def _answers(feedback: Sequence[WindowFeedback]) -> Counts:
    """How reading a language model's answers went, and what they took; nothing of another critic.

    The keys are the words that ``parse`` begins with (:class:`lfm.critics.base.WindowFeedback`).
    """
    outcomes = Counter(window.parse.partition(":")[0] for window in feedback)
    if not outcomes.keys() - {"ok"}:
        return {}
    return {
        **outcomes,
        "input_tokens": sum(window.input_tokens for window in feedback),
        "output_tokens": sum(window.output_tokens for window in feedback),
    }


def train_feedback_model(
    stage: Stage,
    config: TrainConfig,
    episodes: Sequence[LabelledEpisode],
    *,
    privileged: bool,
) -> Counts:
    """Distil the critic's labels; writes the model and its agreement with held-out labels.

    ``privileged`` says whether the critic is.
    """
    fit = partial(
        fit_feedback_model,
        stage.folder.name,
        config,
        episodes,
        schedule_of(config.feedback_model, config.seed),
        privileged=privileged,
        work=stage.work,
    )
    if isinstance(config.feedback_model, PretrainedConfig):
        call_others(fit)
    with progress.track(f"{stage.name}: training", config.feedback_model.updates) as advance:
        model, agreement = fit(follow=follower(stage, advance))
    model.save(stage.folder)
    _keep_last(stage)
    write_json(stage.folder / AGREEMENT_FILE, agreement.as_dict())
    stage.log(f1=agreement.f1, precision=agreement.precision, recall=agreement.recall)
    return {"episodes": len(episodes), "held_out_steps": agreement.steps, "f1": agreement.f1}


def judge(stage: Stage, rule: Callable[[], Sequence[Judgement]]) -> Counts:
    """A rule of :mod:`lfm.selection` says which steps to keep; writes what it said."""
    judgements = rule()
    write_judgements(stage.folder / JUDGEMENTS_FILE, judgements)
    kept = sum(judgement.kept for judgement in judgements)
    stage.log(judged=len(judgements), kept=kept)
    return {"judged": len(judgements), "kept": kept}


def advise(stage: Stage, advisor: Advisor, episodes: Sequence[Trajectory]) -> Counts:
    """The advisor says what it would have done in each state; writes that."""
    with progress.track(f"{stage.name}: {advisor.name} advises", len(episodes)) as advance:
        advice = advisor.advise(episodes, advance)
    write_advice(stage.folder / ADVICE_FILE, advice, advisor.name, advisor.privileged)
    stage.log(advised=len(advice))
    return {"episodes": len(episodes), "advised": len(advice)}


def train_policy(
    stage: Stage, config: PolicyConfig, examples: Examples, seed: int, *, privileged: bool
) -> Counts:
    """Imitate, from random weights.

    ``privileged`` says whether privileged information had a part in choosing the examples.
    """
    make = partial(new_policy, config, stage.folder.name, examples, seed)
    policy = make()
    policy.model.config.privileged = privileged
    return _imitate(stage, policy, make, config, examples, seed)


def fine_tune_policy(
    stage: Stage,
    config: TrainingConfig,
    start: Path,
    examples: Examples,
    seed: int,
    *,
    privileged: bool,
) -> Counts:
    """Imitate, on from the weights of the policy in the folder ``start``.

    If there is nothing to imitate the policy stays as it is, and that is said. ``privileged`` says
    whether privileged information had a part in choosing; what the policy had learned before
    counts too.
    """
    make = partial(load_learned, start)
    policy = make()
    policy.model.config.privileged = policy.privileged or privileged
    if _wanted(examples):
        return _imitate(stage, policy, make, config, examples, seed)
    progress.say(f"{stage.name}: no step was kept; the policy stays as it was")
    policy.save(stage.folder)
    return {"episodes": len(examples), "imitated_steps": 0}


def teach_lessons(
    stage: Stage, config: TrainConfig, policy: WriterPolicyConfig, told: Sequence[Record]
) -> Counts:
    """Make the writer that a run begins with; one from random weights learns its lessons."""
    writer = new_writer(config, policy, stage.folder.name, told)
    if told:
        schedule = replace(
            schedule_of(policy, config.seed),
            updates=policy.lesson_updates,
            learning_rate=policy.lesson_learning_rate,
        )
        with progress.track(f"{stage.name}: lessons", schedule.updates) as advance:
            follow = follower(stage, advance)
            writer.study(told, schedule, update=SFT, work=stage.work, follow=follow)
    writer.save(stage.folder)
    return {"lessons": len(told)}


def _imitate(
    stage: Stage,
    policy: LearnedPolicy,
    make: Callable[[], LearnedPolicy],
    config: TrainingConfig,
    examples: Examples,
    seed: int,
) -> Counts:
    """Train a policy, which other processes make once more to help, and keep it."""
    schedule = schedule_of(config, seed)
    if policy.shared:
        call_others(partial(_help, make, examples, schedule, stage.work))
    with progress.track(f"{stage.name}: training", config.updates) as advance:
        policy.fit(examples, schedule, work=stage.work, follow=follower(stage, advance))
    policy.save(stage.folder)
    _keep_last(stage)
    return {"episodes": len(examples), "imitated_steps": _wanted(examples)}


def _keep_last(stage: Stage) -> None:
    """Where training ended with other weights than the best, they stay beside those."""
    if (stage.work / LAST).exists():
        (stage.work / LAST).rename(stage.folder / LAST)


def _help(
    make: Callable[[], LearnedPolicy], examples: Examples, schedule: Schedule, work: Path
) -> None:
    """What another process does while the first trains: the same, unseen."""
    make().fit(examples, schedule, work=work)


def _wanted(examples: Examples) -> int:
    return sum(target is not None for _, targets in examples for target in targets)


def schedule_of(config: TrainingConfig, seed: int) -> Schedule:
    """The schedule that settings say."""
    return Schedule(
        config.updates, config.batch_size, config.learning_rate, config.weight_decay, seed
    )


def follower(stage: Stage, advance: Callable[[int], None]) -> Follow:
    """Log the losses; a resumed training tells of the updates it found done at once."""
    told = 0

    def follow(updates: int, losses: Mapping[str, float]) -> None:
        nonlocal told
        stage.log(step=updates, **losses)
        advance(updates - told)
        told = updates

    return follow
