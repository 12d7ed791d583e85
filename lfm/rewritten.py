"""What became of answers in recipes that use the words of feedback: what is imitated, and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import NamedTuple

from omegaconf import OmegaConf

from envs.record import Trajectory
from lfm import layout
from lfm.critics.base import StepFeedback, WindowFeedback
from lfm.done import finished
from lfm.refinements import Refinement, read_refinements
from lfm.store import read_advice, read_critic, read_feedback

Place = tuple[str, int]
"""An answer: its episode, and which step of it, from 1."""


class Rewritten(NamedTuple):
    """What became of an answer that could have been written anew.

    Attributes:
        texts: what was written in its place; empty if it was not written anew.
        verdict: what the critic said when it was asked only whether the answer is right; None if
            it was not.
        imitated: what is learned in its place: the text that was chosen, as far as it was not
            cleaned, or the answer itself; None if nothing.
        privileged: what is imitated goes back to what an agent could not know.
    """

    texts: tuple[Refinement, ...]
    verdict: StepFeedback | None
    imitated: str | None
    privileged: bool

    @property
    def chosen(self) -> Refinement | None:
        """The text that was chosen, if one was."""
        return next((each for each in self.texts if each.selected), None)

    @property
    def told(self) -> str:
        """What who wrote the texts was told of the answer; empty if nothing."""
        return self.texts[0].feedback if self.texts else ""


def worth(text: Refinement) -> str:
    """What was found of a text, in words.

    The verdict was found afterwards, unless what chose is privileged.
    """
    verdict = "right" if text.success else "wrong" if text.match else "cannot be read"
    found = (f"{name} {value:.4g}" for name, value in text.scores.items())
    chosen = [f"chosen by {text.selection}"] if text.selected else []
    return "; ".join((f"{verdict}, score {text.score:.4g}", *found, *chosen))


def read_rewritten(
    run_directory: Path,
    name: str,
    episodes: Sequence[Trajectory],
    heard: Collection[WindowFeedback],
    only: Collection[str] | None = None,
) -> dict[Place, Rewritten]:
    """What became of the answers of a set; nothing if its answers were not written anew.

    Args:
        run_directory: the run.
        name: of the set, such as ``"round1"``.
        episodes: those that are wanted.
        heard: what the critic said of them.
        only: their ids; None for all of the set.

    Raises:
        UserError: if a file is missing or damaged.
    """
    if not finished(refined := run_directory / layout.refinements(name)):
        return {}
    texts: dict[Place, list[Refinement]] = defaultdict(list)
    for each in read_refinements(refined / layout.REFINEMENTS_FILE, only):
        texts[each.trajectory_id, each.step].append(each)
    judged = run_directory / layout.correctness(name)
    verdicts = _labels(read_feedback(judged, only)) if finished(judged) else None
    config = OmegaConf.load(run_directory / layout.CONFIG_FILE)
    keeps = OmegaConf.select(config, "recipe.on_correct") == "keep"
    by_truth = OmegaConf.select(config, "recipe.errors_by") == "truth"
    said = _labels(heard)
    privileged = by_truth or any(map(_privileged, (run_directory / layout.feedback(name), judged)))
    cleaned = _cleaned(run_directory / layout.advice(name), only)
    found = {}
    for episode in episodes:
        for number, step in enumerate(episode.steps, start=1):
            place = episode.trajectory_id, number
            word = said.get(place) if verdicts is None else verdicts.get(place)
            right = word is not None and word.productive
            if by_truth:  # an answer that is right ends its episode
                right = episode.success and number == len(episode.steps)
            kept = keeps and right and place in said and not texts[place]
            own = step.action if kept else None
            chosen = next((each.text for each in texts[place] if each.selected), own)
            found[place] = Rewritten(
                texts=tuple(texts[place]),
                verdict=(verdicts or {}).get(place),
                imitated=cleaned.get(place, chosen),
                privileged=privileged or any(each.privileged for each in texts[place]),
            )
    return found


def _cleaned(advised: Path, only: Collection[str] | None) -> dict[Place, str]:
    """What was left of texts that were cleaned, if they were."""
    if not finished(advised):
        return {}
    advice = read_advice(advised / layout.ADVICE_FILE, only)
    return {(each.trajectory_id, each.step): each.action for each in advice}


def _privileged(folder: Path) -> bool:
    """Whether a critic whose words are in a folder knew what an agent could not."""
    critic = read_critic(folder) if finished(folder) else None
    return critic is not None and critic.privileged


def _labels(heard: Collection[WindowFeedback]) -> dict[Place, StepFeedback]:
    """What was said of each answer."""
    return {(window.trajectory_id, each.step): each for window in heard for each in window.steps}
