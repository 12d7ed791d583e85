"""What of a run is exported, and who says what of its steps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from envs.errors import UserError
from envs.record import Trajectory
from lfm import layout
from lfm.critics.base import StepFeedback
from lfm.export_config import ExportedLabels
from lfm.relabelling import label_of
from lfm.store import Judgement, Speaker, read_advisor, read_critic
from lfm.story import Story, find_set, read_stories
from lfm.summary import read_agreements

PEOPLE = "people"
"""Stands for the people who gave labels; their names are in the run."""
_MIDDLE = 0.5
"""Threshold of whoever judged without one of its own, such as the critic."""


@dataclass(frozen=True)
class Source:
    """A run to be exported.

    Attributes:
        run: its folder.
        stages: the sets of episodes that are wanted, oldest first.
        labels: whose word counts.
        thresholds: feedback model's name -> probability from which it calls a step productive.
        privileged: critic's or feedback model's name -> whether what it says goes back to what an
            agent could not know. A name that is missing is of another run, and this one cannot say.
        advisors: set of episodes -> who said what they would have done, if anybody did.
    """

    run: Path
    stages: tuple[str, ...]
    labels: ExportedLabels
    thresholds: Mapping[str, float]
    privileged: Mapping[str, bool]
    advisors: Mapping[str, Speaker]

    @staticmethod
    def of(run: Path, chosen: str | None, labels: ExportedLabels) -> Source:
        """All sets of a run, or the one that was chosen.

        Raises:
            UserError: if the folder is no run or lacks the set, or a file is damaged.
        """
        if not (run / layout.CONFIG_FILE).exists():
            raise UserError(f"run: {run} is no run (it has no {layout.CONFIG_FILE})")
        stages = layout.episode_sets(run) if chosen is None else [find_set(run, chosen)]
        if not stages:
            raise UserError(f"run: {run} has no episodes yet; export it when a stage is done")
        agreements = read_agreements(run).items()
        thresholds = {name: float(facts["threshold"]) for name, facts in agreements}
        advisors = {stage: said for stage in stages if (said := _advisor(run, stage))}
        return Source(run, tuple(stages), labels, thresholds, _privileged(run), advisors)

    def sets(self) -> Iterator[tuple[str, list[Story]]]:
        """Each set with its episodes and all that was said of them."""
        for stage in self.stages:
            yield stage, self.stories(stage)

    def episodes(self) -> Iterator[tuple[str, Story]]:
        """Each episode of all sets, with its set before it."""
        for stage, stories in self.sets():
            yield from ((stage, story) for story in stories)

    def stories(self, stage: str) -> list[Story]:
        """The episodes of a set and all that was said of them."""
        return read_stories(self.run, stage)

    def verdicts(self, story: Story) -> dict[int, StepFeedback]:
        """Step (from 1) -> what the one whose word counts says; a later label of a step wins."""
        if self.labels is ExportedLabels.feedback_model:
            return {
                step: StepFeedback(step, self._approved(judged), judged.reason)
                for step, judged in story.judgements.items()
            }
        critics = {label.step: label for window in story.windows for label in window.steps}
        if self.labels is ExportedLabels.critic:
            return critics
        people = {
            step: label_of(said, critics.get(step))
            for step, said in story.people.items()
            if said.is_label
        }
        return people if self.labels is ExportedLabels.human else critics | people

    def _approved(self, judged: Judgement) -> bool:
        return judged.p_productive >= self.thresholds.get(judged.feedback_model, _MIDDLE)

    def labelled_by(self, story: Story) -> dict[str, str | bool | None]:
        """Who it is whose word counts, as the columns of a row.

        People are privileged where the critic is, whose words they may have read.
        """
        critic = story.critic.name if story.critic else None
        judge = judge_of(story)
        name, teacher = {
            ExportedLabels.critic: (critic, critic),
            ExportedLabels.human: (PEOPLE, critic),
            ExportedLabels.both: (f"{critic}, {PEOPLE}" if critic else PEOPLE, critic),
            ExportedLabels.feedback_model: (judge, judge),
        }[self.labels]
        return {"labels_by": name, "labels_privileged": self.privileged.get(teacher or "")}

    def speakers(self, stage: str, story: Story) -> dict[str, str | bool | None]:
        """Who said something of an episode, and whether they were privileged, as columns."""
        critic, advisor = story.critic if story.windows else None, self.advisors.get(stage)
        judge = judge_of(story)
        return {
            "critic": critic.name if critic else None,
            "critic_privileged": critic.privileged if critic else None,
            "feedback_model": judge,
            "feedback_model_privileged": self.privileged.get(judge or ""),
            "advisor": advisor.name if advisor else None,
            "advisor_privileged": advisor.privileged if advisor else None,
        }


def judge_of(story: Story) -> str | None:
    """The feedback model, or what took its place, that judged an episode; None if none did."""
    return next((judged.feedback_model for judged in story.judgements.values()), None)


def _privileged(run: Path) -> dict[str, bool]:
    """The critics of a run and the feedback models that learned from them."""
    known: dict[str, bool] = {}
    for folder in sorted(run.glob(layout.feedback("*"))):
        if (folder / layout.DONE_FILE).exists() and (critic := read_critic(folder)):
            known |= {folder.name: critic.privileged, critic.name: critic.privileged}
    return known


def _advisor(run: Path, stage: str) -> Speaker | None:
    folder = run / layout.advice(stage.rpartition("/")[2])
    done = (folder / layout.DONE_FILE).exists()
    return read_advisor(folder / layout.ADVICE_FILE) if done else None


def about(stage: str, episode: Trajectory) -> dict[str, str | int | bool]:
    """What a row of any format says of the episode it is from."""
    names = (
        *("trajectory_id", "env", "env_version", "split", "task_id", "task_type"),
        *("policy", "seed", "success"),
    )
    facts = {name: getattr(episode, name) for name in names}
    return {"set": stage, **facts, "policy_privileged": episode.privileged}
