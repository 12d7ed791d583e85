"""The teacher of recipes that use the words of feedback: who writes an answer anew, told of it.

Source: imitation learning from language feedback (arXiv 2303.16755). The feedback and the first
answer are not in what is imitated: the policy learns to write at once what it, or the policy that
the run began with, writes when it has been told.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from pathlib import Path

from envs.record import Trajectory
from lfm import layout
from lfm.builders import privileged_critic, questions_of
from lfm.chat_builder import make_chat, make_sampling
from lfm.config import TrainConfig
from lfm.critic_config import ChatCriticConfig
from lfm.critics.base import StepFeedback, WindowFeedback
from lfm.env_config import TRAIN_SPLIT
from lfm.feedback_model import labelled_episodes
from lfm.recipe_config import OnCorrect, Refiner, RefiningRecipeConfig, Told
from lfm.recipes.selectors import make_selector, privileged_choice
from lfm.refinements import read_refinements
from lfm.refining.base import Asked, Selector
from lfm.refining.sampling import seed_of
from lfm.refining.stage import Refining, refine
from lfm.refining.teacher import TeacherAuthor
from lfm.refining.verifying import Verifier
from lfm.run import Run, Stage
from lfm.stages import Counts
from policies.learned import Examples, examples_of
from policies.writing.base import Author, Writer
from policies.writing.policy import WriterPolicy

Episodes = Sequence[Trajectory]
Ask = Callable[[str, Episodes, str], list[WindowFeedback]]
"""The stage in which the critic reads the episodes of a round, on tasks of a split."""
UNTOLD = (Told.none, Told.fresh)
"""With which the refiner hears no feedback."""
Heard = dict[tuple[str, int], StepFeedback]
"""What the critic said, by episode and step."""


class RefinementTeacher:
    """Has answers written anew and chosen among; what was chosen is to be imitated.

    Args:
        run: where everything is kept.
        config: of the run.
        ask: asks the critic.
        load: reads who writes from a policy's folder.
    """

    def __init__(
        self,
        run: Run,
        config: TrainConfig,
        ask: Ask,
        load: Callable[[Path], Writer] = WriterPolicy.load,
    ) -> None:
        assert isinstance(config.recipe, RefiningRecipeConfig)
        self._run = run
        self._config = config
        self._recipe = config.recipe
        self._ask = ask
        self._load = load
        heard = self._hears and privileged_critic(config.critic, config.prompt, config.env)
        self.privileged = self.privileged_elsewhere = privileged_choice(config) or heard

    def learn(self, name: str, episodes: Episodes) -> Examples:
        """Have the answers to training tasks written anew."""
        return self.teach(name, episodes, TRAIN_SPLIT)

    def teach(self, name: str, episodes: Episodes, split: str) -> Examples:
        """Have the answers to tasks of any split written anew."""
        heard = self._listen(name, episodes, split) if self._hears else None
        asked, said = self._asked(name, episodes, heard)
        stage = layout.refinements(name)
        self._run.stage(stage, lambda running: self._refine(running, asked, said, split))
        rows = read_refinements(self._run.path(stage) / layout.REFINEMENTS_FILE)
        wanted = {(row.trajectory_id, row.step): row.text for row in rows if row.selected}
        if self._recipe.on_correct is OnCorrect.keep:
            wanted |= _right(episodes, heard or {})
        return examples_of(episodes, wanted)

    @property
    def _hears(self) -> bool:
        """Whether the critic is asked: expert iteration, which refines all untold, does without."""
        untold = self._recipe.feedback in UNTOLD
        return not (untold and self._recipe.on_correct is OnCorrect.refine)

    def _listen(self, name: str, episodes: Episodes, split: str) -> Heard:
        return labels_of(episodes, self._ask(name, episodes, split))

    def _asked(
        self, name: str, episodes: Episodes, heard: Heard | None
    ) -> tuple[list[Asked], list[str]]:
        """The answers that are to be written anew, and what who chooses knows was said of each."""
        everything = self._recipe.on_correct is OnCorrect.refine
        answers = [(each, step + 1) for each in episodes for step in range(len(each.steps))]
        said = [""] * len(answers)
        if heard is not None:
            labels = [heard.get((each.trajectory_id, step)) for each, step in answers]
            kept = [
                (answer, label.reason)
                for answer, label in zip(answers, labels, strict=True)
                if label and (everything or not label.productive)
            ]
            answers, said = [answer for answer, _ in kept], [reason for _, reason in kept]
        if self._recipe.feedback is Told.shuffled:
            said = shuffled(said, seed_of(self._config.seed, name))
        told = [None if self._recipe.feedback in UNTOLD else word for word in said]
        fresh = self._recipe.feedback is Told.fresh
        pairs = zip(answers, told, strict=True)
        return [Asked(*answer, word, fresh) for answer, word in pairs], said

    def _refine(
        self, stage: Stage, asked: Sequence[Asked], said: Sequence[str], split: str
    ) -> Counts:
        config, recipe = self._config, self._recipe
        acting = {each.trajectory.policy for each in asked}
        (name,) = acting if acting and recipe.refiner is Refiner.policy else (layout.BASE,)
        writer = self._load(self._run.path(layout.policy(name)))
        verifier = Verifier(questions_of(config.env, split))
        with (
            self._author(stage, writer) as author,
            self._selector(stage, writer, verifier) as selector,
        ):
            refining = Refining(
                writer=author,
                retry=config.retry.wording(),
                samples=recipe.refinements,
                temperature=recipe.refining_temperature,
                seed=config.seed,
                privileged=self.privileged,
            )
            return refine(stage, refining, asked, said, selector, verifier)

    @contextmanager
    def _author(self, stage: Stage, writer: Writer) -> Iterator[Author]:
        """Who writes anew."""
        critic = self._config.critic
        if self._recipe.refiner is not Refiner.teacher:
            yield writer
            return
        assert isinstance(critic, ChatCriticConfig)
        prompt = f"retry {self._config.retry.wording().name}"
        with closing(make_chat(critic, stage.run.directory)) as model:
            yield TeacherAuthor(model, prompt, stage.name, make_sampling(critic))

    def _selector(
        self, stage: Stage, writer: Writer, verifier: Verifier
    ) -> AbstractContextManager[Selector]:
        """What chooses among what the writer wrote."""
        seed = seed_of(self._config.seed, stage.name)
        return nullcontext(make_selector(self._config, writer, verifier, seed))


def labels_of(episodes: Episodes, feedback: Sequence[WindowFeedback]) -> Heard:
    """What a critic said, by episode and step."""
    return {
        (each.trajectory.trajectory_id, at): label
        for each in labelled_episodes(episodes, feedback)
        for at, label in each.labels.items()
    }


def _right(episodes: Episodes, heard: Heard) -> dict[tuple[str, int], str]:
    """The answers that the critic called right."""
    return {
        (each.trajectory_id, at): step.action
        for each in episodes
        for at, step in enumerate(each.steps, start=1)
        if (label := heard.get((each.trajectory_id, at))) and label.productive
    }


def shuffled(said: Sequence[str], seed: int) -> list[str]:
    """What was said, each of another answer than the one that it was said of."""
    order = list(range(len(said)))
    random.Random(seed).shuffle(order)
    told = list(said)
    for at, other in zip(order, [*order[1:], *order[:1]], strict=True):
        told[at] = said[other]
    return told
