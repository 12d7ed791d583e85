"""The teacher of feedback conditioning: who answered hears of it, and answers again.

Source: "Learning through conditioning on natural language feedback". It shares with ILF that
answers are written anew (:mod:`lfm.recipes.refinement`); its own are who says which answers need
that, how the best is chosen, and what of it is imitated.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, closing
from dataclasses import replace
from pathlib import Path

from envs.files import write_json
from envs.record import Step, Trajectory
from lfm import layout
from lfm.builders import questions_of
from lfm.chat_builder import make_chat, make_sampling
from lfm.conditioning.best import best_by
from lfm.conditioning.cleaning import cleaned_by, without_opening
from lfm.conditioning.identification import Identification
from lfm.config import TrainConfig
from lfm.critic_config import ChatCriticConfig
from lfm.recipe_config import (
    Cleaning,
    ErrorsBy,
    FeedbackConditioningRecipeConfig,
    OnCorrect,
)
from lfm.recipes.refinement import Ask, Episodes, Heard, RefinementTeacher, labels_of
from lfm.refining.base import Asked, Selector
from lfm.refining.verifying import Verifier
from lfm.run import Run, Stage
from lfm.stages import Counts
from lfm.store import Advice, read_advice, write_advice
from policies.learned import Examples, examples_of
from policies.writing.base import Retry, Writer
from policies.writing.policy import WriterPolicy
from policies.writing.retrying import Before, RetryingPolicy


class ConditioningTeacher(RefinementTeacher):
    """Has answers that are called wrong written anew, by who gave them.

    Args:
        run: where everything is kept.
        config: of the run.
        ask: asks the critic for feedback.
        judge: asks it which answers are right.
        load: reads who writes from a policy's folder.
    """

    def __init__(
        self,
        run: Run,
        config: TrainConfig,
        ask: Ask,
        judge: Ask,
        load: Callable[[Path], Writer] = WriterPolicy.load,
    ) -> None:
        super().__init__(run, config, ask, load)
        assert isinstance(config.recipe, FeedbackConditioningRecipeConfig)
        self._conditioning = config.recipe
        self._judge = judge
        if config.recipe.errors_by is ErrorsBy.truth:
            self.privileged = self.privileged_elsewhere = True

    def teach(self, name: str, episodes: Episodes, split: str) -> Examples:
        """Have the answers to tasks of any split written anew, and clean what was written."""
        examples = self._cleaned(name, super().teach(name, episodes, split))
        if not self._conditioning.tuning:
            return examples
        heard, retry = self._heard(name, episodes, split), self._config.retry.wording()
        return [
            retried(episode, step, heard[episode.trajectory_id, step].reason, wanted, retry)
            for episode, targets in examples
            for step, wanted in enumerate(targets, start=1)
            if wanted is not None
        ]

    def retrying(
        self, name: str, writer: WriterPolicy, episodes: Episodes, split: str
    ) -> RetryingPolicy:
        """A policy that has heard what is said of its first answers.

        Args:
            name: of the feedback's stage.
            writer: the policy.
            episodes: its first answers; of several in an episode, the first counts.
            split: of the tasks.
        """
        heard = self._listen(name, episodes, split)
        refine_all = self._conditioning.on_correct is OnCorrect.refine
        first = {}
        for each in episodes:
            label = heard.get((each.trajectory_id, 1))
            if label is not None:
                stands = label.productive and not refine_all
                said = Before(each.steps[0].action, None if stands else label.reason)
                first[each.instruction, each.seed] = said
        retry = self._config.retry.wording()
        return RetryingPolicy(writer, retry, first, privileged=self.privileged)

    def _listen(self, name: str, episodes: Episodes, split: str) -> Heard:
        """What the critic said, with the verdicts of who says which answers are right."""
        heard = self._heard(name, episodes, split)
        truth = self._truth(episodes, split)
        errors_by = self._conditioning.errors_by
        if errors_by is ErrorsBy.feedback:
            right = {place: label.productive for place, label in heard.items()}
        elif errors_by is ErrorsBy.judge:
            judged = labels_of(episodes, self._judge(name, episodes, split))
            right = {place: label.productive for place, label in judged.items()}
        else:
            right = truth

        def write(stage: Stage) -> Counts:
            pairs = [(right[place], truth[place]) for place in right]
            found = Identification.of(pairs).as_dict()
            write_json(stage.folder / layout.IDENTIFICATION_FILE, found)
            stage.log(**found)
            return {"answers": len(pairs), **found}

        self._run.stage(layout.identification(name), write)
        return {
            place: replace(label, productive=right[place])
            for place, label in heard.items()
            if place in right
        }

    def _heard(self, name: str, episodes: Episodes, split: str) -> Heard:
        return super()._listen(name, episodes, split)

    def _selector(
        self, stage: Stage, writer: Writer, verifier: Verifier
    ) -> AbstractContextManager[Selector]:
        """What chooses the best of several texts."""
        return best_by(self._config, stage, writer, verifier)

    def _truth(self, episodes: Episodes, split: str) -> dict[tuple[str, int], bool]:
        """Which answers are right. Privileged."""
        verifier = Verifier(questions_of(self._config.env, split))
        return {
            (each.trajectory_id, at): verifier.verdict(each, step.action).success
            for each in episodes
            for at, step in enumerate(each.steps, start=1)
        }

    def _cleaned(self, name: str, examples: Examples) -> Examples:
        """The targets without what was said around them; what was made of them is kept."""
        if self._conditioning.cleaning is Cleaning.none:
            return examples
        stage = layout.advice(name)
        self._run.stage(stage, lambda running: self._clean(running, examples))
        advice = read_advice(self._run.path(stage) / layout.ADVICE_FILE)
        cleaned = {(each.trajectory_id, each.step): each.action for each in advice}
        return examples_of([episode for episode, _ in examples], cleaned)

    def _clean(self, stage: Stage, examples: Examples) -> Counts:
        wanted = [
            (episode.trajectory_id, step, text)
            for episode, targets in examples
            for step, text in enumerate(targets, start=1)
            if text is not None
        ]
        texts = [text for *_, text in wanted]
        critic, recipe = self._config.critic, self._conditioning
        cleaned: Mapping[str, str] = {text: without_opening(text) for text in texts}
        who = recipe.cleaning.value
        if recipe.cleaning is Cleaning.teacher:
            assert isinstance(critic, ChatCriticConfig)
            prompt = f"clean {recipe.aside.name}/{recipe.aside.version}"
            with closing(make_chat(critic, stage.run.directory)) as model:
                sampling, who = make_sampling(critic), model.name
                cleaned = cleaned_by(model, recipe.aside.clean, prompt, stage.name, sampling, texts)
        advice = [Advice(episode, step, cleaned[text]) for episode, step, text in wanted]
        write_advice(stage.folder / layout.ADVICE_FILE, advice, who, privileged=False)
        changed = sum(cleaned[text] != text for text in texts)
        stage.log(answers=len(texts), changed=changed)
        return {"answers": len(texts), "changed": changed}


def retried(
    episode: Trajectory, step: int, feedback: str, wanted: str, retry: Retry
) -> tuple[Trajectory, list[str | None]]:
    """An example of following feedback: the answer, what was said of it, and the answer wanted.

    What is rejected for it, where pairs are learned, is the first answer once more.
    """
    asked = Asked(episode, step, feedback)
    told = asked.again(retry)[-1]["content"]
    steps = (
        *episode.steps[: step - 1],
        Step(asked.answer, told, (), 0.0),
        Step(asked.answer, "", (), 0.0),
    )
    return replace(episode, steps=steps, success=False), [*[None] * step, wanted]
