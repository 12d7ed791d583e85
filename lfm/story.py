"""An episode with everything that was said of it, ready to be told to a person."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, NamedTuple

from envs.errors import UserError
from envs.record import Step, Trajectory
from envs.store import read_trajectories
from lfm import layout
from lfm.corrections import Correction, fitting, known_episodes, read_corrections, standing
from lfm.critics.base import StepFeedback, WindowFeedback
from lfm.done import finished
from lfm.rewritten import Rewritten, read_rewritten
from lfm.store import Judgement, Speaker, read_advice, read_critic, read_feedback, read_judgements


class ToldStep(NamedTuple):
    """A step and what was said of it.

    Attributes:
        number: from 1.
        step: what was done and seen.
        labels: the critic's words on it, one for each window that covers it.
        judgement: the feedback model's, or None if it did not judge this episode.
        advice: what an advisor would have done, or None if none was asked or it had none.
        person: the verdict of people on it, or None if nobody judged it.
        rewritten: what became of it as an answer, where answers were written anew; else None.
    """

    number: int
    step: Step
    labels: tuple[StepFeedback, ...]
    judgement: Judgement | None
    advice: str | None
    person: Correction | None
    rewritten: Rewritten | None


@dataclass(frozen=True)
class Story:
    """An episode and what was said of it.

    Attributes:
        trajectory: the episode.
        windows: the critic's answers to its windows; empty if it did not read this episode.
        judgements: step (from 1) -> the feedback model's judgement.
        advice: step (from 1) -> what an advisor would have done.
        critic: who the critic was, or None.
        people: step (from 1) -> the verdict of people.
        rewritten: step (from 1) -> what became of it, where answers were written anew.
    """

    trajectory: Trajectory
    windows: tuple[WindowFeedback, ...]
    judgements: Mapping[int, Judgement]
    advice: Mapping[int, str]
    critic: Speaker | None
    people: Mapping[int, Correction]
    rewritten: Mapping[int, Rewritten]

    @property
    def told(self) -> Iterator[ToldStep]:
        """The steps in order."""
        labels = defaultdict(list)
        for window in self.windows:
            for label in window.steps:
                labels[label.step].append(label)
        for number, step in enumerate(self.trajectory.steps, start=1):
            yield ToldStep(
                number,
                step,
                tuple(labels[number]),
                self.judgements.get(number),
                self.advice.get(number),
                self.people.get(number),
                self.rewritten.get(number),
            )


def find_set(run_directory: Path, name: str) -> str:
    """The stage that made the set of episodes called ``name``.

    Args:
        run_directory: the run.
        name: a stage, e.g. ``"rollouts/round1"``, or its last part, ``"round1"``.

    Raises:
        UserError: if the run has no such set; the message lists those it has.
    """
    sets = layout.episode_sets(run_directory)
    for stage in sets:
        if name in (stage, stage.rpartition("/")[2]):
            return stage
    have = ", ".join(stage.rpartition("/")[2] for stage in sets) or "none yet"
    raise UserError(f"set: {run_directory} has no episodes called {name!r}; it has: {have}")


def read_stories(
    run_directory: Path, stage: str, only: Collection[str] | None = None
) -> list[Story]:
    """The episodes of a stage with the feedback and judgements that later stages gave them.

    Args:
        run_directory: the run.
        stage: which.
        only: ids of the episodes that are wanted; None for all.

    Raises:
        UserError: if a file is missing or damaged.
    """
    name = stage.rpartition("/")[2]
    windows: dict[str, list[WindowFeedback]] = defaultdict(list)
    judgements: dict[str, dict[int, Judgement]] = defaultdict(dict)
    advice: dict[str, dict[int, str]] = defaultdict(dict)
    rewritten: dict[str, dict[int, Rewritten]] = defaultdict(dict)
    critic = None
    if finished(feedback := run_directory / layout.feedback(name)):
        critic = read_critic(feedback)
        for window in read_feedback(feedback, only):
            windows[window.trajectory_id].append(window)
    if finished(judged := run_directory / layout.judgements(name)):
        for judgement in read_judgements(judged / layout.JUDGEMENTS_FILE, only):
            judgements[judgement.trajectory_id][judgement.step] = judgement
    episodes = read_trajectories(run_directory / stage / layout.TRAJECTORIES_FILE, only)
    heard = [window for told in windows.values() for window in told]
    for place, each in read_rewritten(run_directory, name, episodes, heard, only).items():
        rewritten[place[0]][place[1]] = each
    # Where answers were written anew, advice is what was left of them when they were cleaned.
    advised = run_directory / layout.advice(name)
    if not rewritten and finished(advised):
        for said in read_advice(advised / layout.ADVICE_FILE, only):
            advice[said.trajectory_id][said.step] = said.action
    corrections: dict[str, list[Correction]] = defaultdict(list)
    for correction in read_corrections(run_directory / layout.CORRECTIONS_FILE):
        corrections[correction.episode].append(correction)
    return [
        Story(
            trajectory=each,
            windows=tuple(windows[each.trajectory_id]),
            judgements=judgements[each.trajectory_id],
            advice=advice[each.trajectory_id],
            critic=critic,
            people=_verdicts(each, corrections[each.trajectory_id]),
            rewritten=rewritten[each.trajectory_id],
        )
        for each in episodes
    ]


def _verdicts(episode: Trajectory, corrections: Sequence[Correction]) -> dict[int, Correction]:
    if not corrections:
        return {}
    said = standing(fitting(corrections, known_episodes([episode])))
    return {step: verdict for (_, step), verdict in said.items()}


def story_json(story: Story) -> dict[str, Any]:
    """A story for programs; texts are as they are in the files."""
    trajectory = story.trajectory
    names = [field.name for field in fields(trajectory) if field.name != "steps"]
    return {
        **{name: getattr(trajectory, name) for name in names},
        "critic": story.critic and story.critic.name,
        "steps": [_step_json(told) for told in story.told],
        "windows": [{"summary": e.summary, "suggestion": e.suggestion} for e in story.windows],
    }


def _step_json(told: ToldStep) -> dict[str, Any]:
    judged = told.judgement
    return {
        "step": told.number,
        "action": told.step.action,
        "observation": told.step.observation,
        "score": told.step.score,
        "labels": [{"productive": e.productive, "reason": e.reason} for e in told.labels],
        "judgement": judged
        and {name: getattr(judged, name) for name in ("p_productive", "kept", "reason")},
        "advice": told.advice,
        "rewritten": told.rewritten and _rewritten_json(told.rewritten),
        "person": told.person
        and {name: getattr(told.person, name) for name in ("who", "new", "note")},
    }


def _rewritten_json(rewritten: Rewritten) -> dict[str, Any]:
    verdict = rewritten.verdict
    return {
        "verdict": verdict and {"right": verdict.productive, "reason": verdict.reason},
        "texts": [
            {each.name: getattr(text, each.name) for each in fields(text)[2:]}
            for text in rewritten.texts
        ],
        "imitated": rewritten.imitated,
    }


def clean(text: str) -> str:
    """``text`` without what could move the cursor, colour the screen or reorder what is read.

    Control and format characters (also escape sequences' first character and the marks that
    reverse writing direction) go; line ends and tabs stay, as plain ones.
    """
    kept = (
        character
        for character in text.replace("\r\n", "\n")
        if character in "\n\t" or unicodedata.category(character) not in ("Cc", "Cf", "Cs")
    )
    return "".join(kept)
