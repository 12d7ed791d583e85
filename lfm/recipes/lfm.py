"""Learning from language feedback: clone, roll out, ask, distil, imitate, adapt.

The method of "Policy Improvement using Language Feedback Models" (arXiv 2402.07876), stage by
stage. Every stage reads files of the run directory and writes files, and is skipped when its own
are there; what one stage hands to the next is always read back from the files. With no rounds it
is cloning alone, with an expert as the teacher it is DAgger, and with one that has answers written
anew it is imitation from language feedback (arXiv 2303.16755).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from envs.errors import UserError
from envs.record import Trajectory
from lfm import layout, stages
from lfm.builders import load_learned, load_policy, privileged_expert
from lfm.config import TrainConfig
from lfm.env_config import TRAIN_SPLIT
from lfm.model_config import TrainingConfig
from lfm.recipe_config import FeedbackConditioningRecipeConfig, ILFRecipeConfig
from lfm.recipes.adaptation import adapt
from lfm.recipes.conditioning import ConditioningTeacher
from lfm.recipes.drawing import Drawn, draw
from lfm.recipes.ilf import best_of, diverged
from lfm.recipes.setting import Setting
from lfm.recipes.teachers import MakeTeacher, make_teacher
from lfm.rollout import Task
from lfm.run import Run, Stage
from lfm.statistics import ResultRow
from lfm.workers import Workers
from lfm.writer_builder import lessons
from lfm.writer_config import WriterPolicyConfig
from policies.learned import Examples, LearnedPolicy
from policies.writing.policy import WriterPolicy


class Learning:
    """One run of the recipe.

    Args:
        run: where everything is kept.
        config: what to do.
        workers: who plays, and reads for the critic.
        make_teacher: makes another teacher than the one that the config names.
    """

    def __init__(
        self,
        run: Run,
        config: TrainConfig,
        workers: Workers,
        make_teacher: MakeTeacher = make_teacher,
    ) -> None:
        self._config = config
        self._setting = Setting(run, config, config.recipe.batch_envs, workers)
        self._run = run
        self._teacher = make_teacher(run, config, workers)
        self._splits = config.env.evaluated_splits()
        self._demonstrations_privileged = config.recipe.demonstrations > 0 and privileged_expert(
            config.env
        )

    def learn(self) -> list[ResultRow]:
        """Do all stages; returns the rows of ``results.json``."""
        recipe = self._config.recipe
        for split in (TRAIN_SPLIT, *self._splits):
            self._setting.task_ids(split)  # missing games shall show before anything is learned
        drawn = self._draw_tasks()
        examples, policy = self._begin(drawn.demonstrated)
        rows = self._evaluate(policy.name, policy)
        if recipe.rounds == 0:
            return rows
        privileged = self._demonstrations_privileged or self._teacher.privileged
        for number, tasks in enumerate(drawn.explored, start=1):
            examples = [*examples, *self._try(f"round{number}", policy, tasks)]
            before = None if recipe.from_scratch else policy
            name = f"{recipe.name}{number}"
            policy = self._imitate(name, examples, before, privileged=privileged)
        rows += self._evaluate(recipe.name, policy)
        if isinstance(recipe, ILFRecipeConfig):
            diverged(self._setting, self._config, policy)
            rows += best_of(self._setting, self._config, policy, privileged=privileged)
        for method, adapted in self._adapt(policy):
            rows += self._evaluate(method, adapted)
        return rows

    def _draw_tasks(self) -> Drawn:
        """Training tasks to be demonstrated, and those to be explored; see :func:`draw`."""
        recipe = self._config.recipe
        tasks = self._setting.task_ids(TRAIN_SPLIT)
        asked = {"demonstrations": recipe.demonstrations}
        if recipe.rounds:
            asked["rollout_tasks"] = recipe.rollout_tasks
        for name, count in asked.items():
            if count > len(tasks):
                raise UserError(
                    f"recipe.{name}: {count} training tasks are asked for and there are "
                    f"{len(tasks)}; ask for fewer"
                )
        return draw(
            tasks,
            self._setting.task_type,
            recipe.demonstrations,
            recipe.rollout_tasks,
            recipe.rounds,
            self._config.seed,
        )

    def _begin(self, demonstrated: list[str]) -> tuple[Examples, Path]:
        """What is imitated in every round, and the policy before the first."""
        if isinstance(self._config.policy, WriterPolicyConfig):
            base = self._teach(self._config.policy)
            if not demonstrated:
                return [], base
        examples = self._demonstrate(demonstrated)
        privileged = self._demonstrations_privileged
        return examples, self._imitate("bc", examples, None, privileged=privileged)

    def _teach(self, policy: WriterPolicyConfig) -> Path:
        """The policy that all training begins with, taught how to write if it has to be."""
        config, stage = self._config, layout.policy(layout.BASE)

        def teach(running: Stage) -> stages.Counts:
            told = []
            if policy.path is None:
                told = lessons(config.env, config.retry.wording(), policy.lessons, config.seed)
            return stages.teach_lessons(running, config, policy, told)

        self._run.stage(stage, teach)
        return self._run.path(stage)

    def _demonstrate(self, task_ids: list[str]) -> Examples:
        """The expert plays; episodes it did not win are kept on disk and not imitated.

        Raises:
            UserError: if it won none.
        """
        tasks = [Task(task_id) for task_id in task_ids]
        expert = load_policy("expert", self._config.env)
        episodes = self._setting.play(layout.DEMONSTRATIONS, expert, TRAIN_SPLIT, tasks)
        won = [(each, [step.action for step in each.steps]) for each in episodes if each.success]
        if not won:
            raise UserError(
                f"the expert won none of {len(episodes)} demonstrations within "
                f"{self._config.env.max_steps} steps, so there is nothing to imitate; raise "
                "env.max_steps or recipe.demonstrations and start a new run"
            )
        return won

    def _imitate(
        self, name: str, examples: Examples, before: Path | None, *, privileged: bool
    ) -> Path:
        """Train a policy: on from the one before, or else as the run's first one is trained.

        That is from random weights, or, if it writes, from what the run began with.
        """
        policy, seed = self._config.policy, self._config.seed
        schedule: TrainingConfig = policy if before is None else self._config.recipe.adaptation
        if before is None and isinstance(policy, WriterPolicyConfig):
            before = self._run.path(layout.policy(layout.BASE))

        def train(stage: Stage) -> stages.Counts:
            if before is None:
                return stages.train_policy(stage, policy, examples, seed, privileged=privileged)
            return stages.fine_tune_policy(
                stage, schedule, before, examples, seed, privileged=privileged
            )

        self._run.stage(layout.policy(name), train)
        return self._run.path(layout.policy(name))

    def _evaluate(self, method: str, folder: Path) -> list[ResultRow]:
        policy = load_learned(folder)
        most = self._config.recipe.eval_tasks
        found = [self._setting.evaluate(method, policy, split, most) for split in self._splits]
        rows = [each.row for each in found]
        recipe = self._config.recipe
        if isinstance(recipe, FeedbackConditioningRecipeConfig) and recipe.feedback_at_test:
            rows += [
                self._evaluate_told(method, policy, each.episodes, split)
                for each, split in zip(found, self._splits, strict=True)
            ]
        return rows

    def _evaluate_told(
        self, method: str, policy: LearnedPolicy, episodes: list[Trajectory], split: str
    ) -> ResultRow:
        """Evaluate a policy once more, when it has heard what is said of its answers."""
        assert isinstance(self._teacher, ConditioningTeacher)
        assert isinstance(policy, WriterPolicy)
        told = self._teacher.retrying(f"{method}-{split}", policy, episodes, split)
        most = self._config.recipe.eval_tasks
        return self._setting.evaluate(f"{method}+feedback", told, split, most).row

    def _try(self, name: str, folder: Path, task_ids: list[str]) -> Examples:
        """The policy tries training tasks, and the teacher says what to imitate."""
        recipe = self._config.recipe
        policy = load_learned(folder, recipe.temperature)
        samples = range(recipe.rollout_samples)
        tasks = [Task(task_id, sample) for sample in samples for task_id in task_ids]
        episodes = self._setting.play(layout.rollouts(name), policy, TRAIN_SPLIT, tasks)
        return self._teacher.learn(name, episodes)

    def _adapt(self, policy: Path) -> Iterator[tuple[str, Path]]:
        """The policy tries the tasks of ``env.split``; see :func:`lfm.recipes.adaptation.adapt`."""
        recipe, split = self._config.recipe, self._config.env.split
        return adapt(
            self._setting,
            recipe.adaptation,
            policy,
            lambda name, episodes: self._teacher.teach(name, episodes, split),
            split,
            recipe.eval_tasks,
            privileged=self._teacher.privileged_elsewhere,
        )
