"""Learning from language feedback: clone, roll out, ask, distil, imitate, adapt.

The method of "Policy Improvement using Language Feedback Models" (arXiv 2402.07876), stage by
stage. Every stage reads files of the run directory and writes files, and is skipped when its own
are there; what one stage hands to the next is always read back from the files.
"""

from __future__ import annotations

import random
from pathlib import Path

from envs.errors import UserError
from envs.record import Trajectory
from lfm import layout, stages
from lfm.builders import make_critic
from lfm.config import TrainConfig
from lfm.feedback_model import LabelledEpisode, SmallFeedbackModel, labelled_episodes
from lfm.recipes.adaptation import adapt
from lfm.recipes.setting import Setting
from lfm.rollout import Task
from lfm.run import Run
from lfm.selection import kept_steps
from lfm.statistics import ResultRow
from lfm.store import read_feedback, read_judgements
from policies.expert import ExpertPolicy
from policies.small import Chosen, SmallPolicy

TRAIN_SPLIT = "train"
SEEN_SPLIT = "valid_seen"


class Learning:
    """One run of the recipe; cloning alone is the same with no rounds.

    Args:
        run: where everything is kept.
        config: what to do.
    """

    def __init__(self, run: Run, config: TrainConfig) -> None:
        self._config = config
        self._setting = Setting(run, config, config.recipe.batch_envs)
        self._run = run
        self._examples: list[tuple[Trajectory, Chosen]] = []
        self._labelled: list[LabelledEpisode] = []
        self._critic = make_critic(config.critic, config.env, TRAIN_SPLIT, config.seed)

    def learn(self) -> list[ResultRow]:
        """Do all stages; returns the rows of ``results.json``."""
        recipe = self._config.recipe
        demonstrated, explored = self._draw_tasks()
        self._demonstrate(demonstrated)
        policy = self._imitate("bc")
        rows = self._evaluate("bc", policy)
        if recipe.rounds == 0:
            return rows
        for number in range(1, recipe.rounds + 1):
            tasks = explored[(number - 1) * recipe.rollout_tasks :][: recipe.rollout_tasks]
            feedback_model = self._listen(f"round{number}", policy, tasks)
            policy = self._imitate(f"lfm{number}")
        rows += self._evaluate("lfm", policy)
        for number in range(1, recipe.adaptation.rounds + 1):
            policy = adapt(
                self._setting,
                recipe.adaptation,
                policy,
                feedback_model,
                f"adapted{number}",
                self._config.env.split,
                recipe.eval_tasks,
            )
        if recipe.adaptation.rounds:
            rows += self._evaluate("adapted", policy)
        return rows

    def _draw_tasks(self) -> tuple[list[str], list[str]]:
        """Training tasks to be demonstrated, and others to be explored, new ones each round."""
        recipe = self._config.recipe
        tries = recipe.rollout_tasks * recipe.rounds
        tasks = list(self._setting.task_ids(TRAIN_SPLIT))
        random.Random(self._config.seed).shuffle(tasks)
        demonstrated = tasks[: recipe.demonstrations]
        explored = tasks[recipe.demonstrations :][:tries]
        if len(demonstrated) < recipe.demonstrations or len(explored) < tries:
            raise UserError(
                f"recipe.demonstrations + recipe.rounds * recipe.rollout_tasks: "
                f"{recipe.demonstrations} + {tries} training tasks are asked for and there are "
                f"{len(tasks)}; ask for fewer"
            )
        return demonstrated, explored

    def _demonstrate(self, task_ids: list[str]) -> None:
        """The expert plays; episodes it did not win are kept on disk and not imitated.

        Raises:
            UserError: if it won none.
        """
        tasks = [Task(task_id) for task_id in task_ids]
        stage = layout.DEMONSTRATIONS
        episodes = self._setting.play(stage, ExpertPolicy(), TRAIN_SPLIT, tasks)
        self._examples += [(each, [True] * len(each.steps)) for each in episodes if each.success]
        if not self._examples:
            raise UserError(
                f"the expert won none of {len(episodes)} demonstrations within "
                f"{self._config.env.max_steps} steps, so there is nothing to imitate; raise "
                "env.max_steps or recipe.demonstrations and start a new run"
            )

    def _imitate(self, name: str) -> Path:
        """Train a policy from random weights on all examples so far."""
        privileged = self._critic.privileged and bool(self._labelled)
        self._run.stage(
            layout.policy(name),
            lambda stage: stages.train_policy(
                stage,
                self._config.policy,
                self._examples,
                self._config.seed,
                privileged=privileged,
            ),
        )
        return self._run.path(layout.policy(name))

    def _evaluate(self, method: str, folder: Path) -> list[ResultRow]:
        policy = SmallPolicy.load(folder)
        most = self._config.recipe.eval_tasks
        return [
            self._setting.evaluate(method, policy, split, most)
            for split in dict.fromkeys((SEEN_SPLIT, self._config.env.split))
        ]

    def _listen(self, name: str, folder: Path, task_ids: list[str]) -> Path:
        """Roll out, have the critic read, distil its labels, keep what the distillate likes."""
        config = self._config
        policy = SmallPolicy.load(folder, config.recipe.temperature)
        samples = range(config.recipe.rollout_samples)
        tasks = [Task(task_id, sample) for sample in samples for task_id in task_ids]
        episodes = self._setting.play(layout.rollouts(name), policy, TRAIN_SPLIT, tasks)
        self._run.stage(
            layout.feedback(name),
            lambda stage: stages.ask_critic(
                stage, self._critic, episodes, config.critic.window, config.critic.max_windows
            ),
        )
        feedback = read_feedback(self._run.path(layout.feedback(name)))
        self._labelled += labelled_episodes(episodes, feedback)
        self._run.stage(
            layout.feedback_model(name),
            lambda stage: stages.train_feedback_model(
                stage,
                config.feedback_model,
                self._labelled,
                config.seed,
                privileged=self._critic.privileged,
            ),
        )
        model = self._run.path(layout.feedback_model(name))
        self._keep(name, model, episodes)
        return model

    def _keep(self, name: str, model: Path, episodes: list[Trajectory]) -> None:
        threshold = self._config.feedback_model.threshold
        stage = layout.judgements(name)
        self._run.stage(
            stage,
            lambda running: stages.judge(
                running, SmallFeedbackModel.load(model), episodes, threshold
            ),
        )
        judgements = read_judgements(self._run.path(stage) / layout.JUDGEMENTS_FILE)
        self._examples += kept_steps(episodes, judgements)
