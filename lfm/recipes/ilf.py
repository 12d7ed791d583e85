"""What imitation from language feedback has besides its rounds: a reward model, and divergences."""

from __future__ import annotations

from pathlib import Path

from envs.store import read_trajectories
from lfm import layout
from lfm.builders import questions_of
from lfm.config import TrainConfig
from lfm.env_config import TRAIN_SPLIT
from lfm.recipe_config import ILFRecipeConfig
from lfm.recipes.setting import Setting
from lfm.refinements import read_refinements
from lfm.refining.divergence import measure
from lfm.refining.rewards import pairs_of, train_reward_model
from lfm.run import Run, Stage
from lfm.stages import Counts
from lfm.statistics import ResultRow
from policies.writing.base import Record, Turn
from policies.writing.policy import WriterPolicy
from policies.writing.reward import BestOf, RewardModel


def best_of(
    setting: Setting, config: TrainConfig, policy: Path, *, privileged: bool
) -> list[ResultRow]:
    """Evaluate the best of several answers, chosen by a reward model learned from all rounds.

    Args:
        setting: run and environment.
        config: of the run.
        policy: folder of the policy that answers.
        privileged: whether what was chosen in the rounds goes back to what an agent could not know.
    """
    recipe, run = config.recipe, setting.run
    assert isinstance(recipe, ILFRecipeConfig)
    if not recipe.best_of:
        return []
    stage, base = layout.reward_model(recipe.name), run.path(layout.policy(layout.BASE))

    def train(running: Stage) -> Counts:
        pairs = _pairs(run, recipe.rounds)
        policy, seed = config.policy, config.seed
        return train_reward_model(running, policy, base, pairs, seed, privileged=privileged)

    run.stage(stage, train)
    reward = RewardModel.load(run.path(stage))
    best = BestOf(WriterPolicy.load(policy), reward, recipe.best_of, recipe.temperature)
    name, splits = f"{recipe.name}+best{recipe.best_of}", config.env.evaluated_splits()
    return [setting.evaluate(name, best, split, recipe.eval_tasks).row for split in splits]


def _pairs(run: Run, rounds: int) -> list[list[Record]]:
    """What is better than what, from all rounds."""
    found: list[list[Record]] = []
    for number in range(1, rounds + 1):
        name = f"round{number}"
        episodes = read_trajectories(run.path(layout.rollouts(name)) / layout.TRAJECTORIES_FILE)
        file = run.path(layout.refinements(name)) / layout.REFINEMENTS_FILE
        found += pairs_of(episodes, read_refinements(file))
    return found


def diverged(setting: Setting, config: TrainConfig, policy: Path) -> None:
    """Measure how far a policy has gone from the one that the run began with, on training tasks."""
    recipe, run = config.recipe, setting.run
    assert isinstance(recipe, ILFRecipeConfig)
    if not recipe.divergence_texts:
        return
    base = WriterPolicy.load(run.path(layout.policy(layout.BASE)))
    tasks = setting.task_ids(TRAIN_SPLIT, recipe.divergence_texts)
    questions = questions_of(config.env, TRAIN_SPLIT)
    told = [[Turn(role="user", content=questions(each).instruction)] for each in tasks]
    run.stage(
        layout.divergence(recipe.name),
        lambda stage: measure(stage, base, WriterPolicy.load(policy), told, config.seed),
    )
