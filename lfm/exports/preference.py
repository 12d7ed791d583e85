"""Pairs for preference learning, as TRL names them: ``prompt``, ``chosen``, ``rejected``.

Two actions are a pair only if episodes of the same task came to the same state by the same way:
everything that the agent was told, did and saw before is the same to the letter. One of the actions
was called productive there, and the other was not.

Where answers were written anew, the text that was chosen and the answer that was called wrong are a
pair as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, product
from pathlib import Path
from typing import Any, NamedTuple

from envs.record import Trajectory
from lfm.critics.base import StepFeedback
from lfm.export_config import ExportedLabels
from lfm.exports.rows import opening, turns, write_lines
from lfm.exports.source import Source, about
from lfm.story import Story


class _Tried(NamedTuple):
    """What was said of an action in a state."""

    stage: str
    story: Story
    step: int
    verdict: StepFeedback


_States = dict[int, dict[str, list[_Tried]]]
"""State -> action -> each time it was tried there."""


def write_preference(source: Source, out: Path) -> int:
    """Write all pairs of a run; returns how many there are.

    Raises:
        UserError: if a file of the run is damaged, or this one cannot be written.
    """
    return write_lines(out, chain(_pairs(source), _anew(source)))


def _pairs(source: Source) -> Iterator[dict[str, Any]]:
    for actions in _states(source).values():
        # An action of which both was said in the same state is neither good nor bad.
        agreed = [
            tried
            for tried in actions.values()
            if len({each.verdict.productive for each in tried}) < 2
        ]
        good = [tried[0] for tried in agreed if tried[0].verdict.productive]
        bad = [tried[0] for tried in agreed if not tried[0].verdict.productive]
        for chosen, rejected in product(good, bad):
            yield _pair(source, chosen, rejected)


def _anew(source: Source) -> Iterator[dict[str, Any]]:
    """What was written in the place of answers that were called wrong, preferred to them."""
    for stage, story in source.episodes():
        verdicts = source.verdicts(story)
        for step, each in story.rewritten.items():
            verdict = verdicts.get(step)
            if source.labels is ExportedLabels.critic and each.verdict is not None:
                verdict = each.verdict  # asked for that alone
            answer = story.trajectory.steps[step - 1].action
            if each.chosen is None or verdict is None or verdict.productive:
                continue
            if each.imitated is None or each.imitated == answer:
                continue
            text = each.chosen
            yield {
                **about(stage, story.trajectory),
                **source.labelled_by(story),
                "labels_privileged": each.privileged,
                "rejected_trajectory_id": story.trajectory.trajectory_id,
                "step": step,
                "chosen_reason": f"written anew by {text.refiner}, chosen by {text.selection}",
                "rejected_reason": verdict.reason,
                **_messages(story.trajectory, step, each.imitated, answer),
            }


def _states(source: Source) -> _States:
    """Every labelled step of a run under the state in which it was done."""
    ways: dict[tuple[Any, ...], int] = {}
    states: _States = {}
    for stage, story in source.episodes():
        verdicts = source.verdicts(story)
        for number, state in enumerate(_came_by(story.trajectory, ways), start=1):
            if number in verdicts:
                tried = _Tried(stage, story, number, verdicts[number])
                action = story.trajectory.steps[number - 1].action
                states.setdefault(state, {}).setdefault(action, []).append(tried)
    return states


def _came_by(episode: Trajectory, ways: dict[tuple[Any, ...], int]) -> Iterator[int]:
    """The number of the state before each step; the same way has the same number."""

    def state(*way: Any) -> int:
        return ways.setdefault(way, len(ways))

    at = state(episode.env, episode.env_version, episode.task_id, opening(episode))
    for step in episode.steps:
        yield at
        at = state(at, step.action, step.observation)


def _pair(source: Source, chosen: _Tried, rejected: _Tried) -> dict[str, Any]:
    episode = chosen.story.trajectory
    return {
        **about(chosen.stage, episode),
        **source.labelled_by(chosen.story),
        "rejected_trajectory_id": rejected.story.trajectory.trajectory_id,
        "step": chosen.step,
        "chosen_reason": chosen.verdict.reason,
        "rejected_reason": rejected.verdict.reason,
        **_messages(episode, chosen.step, _action(chosen), _action(rejected)),
    }


def _action(tried: _Tried) -> str:
    return tried.story.trajectory.steps[tried.step - 1].action


def _messages(episode: Trajectory, step: int, chosen: str, rejected: str) -> dict[str, Any]:
    """What was told before a step, and two answers to it."""
    told = [{"role": role, "content": text} for role, text in turns(episode, step - 1)]
    answers = {"chosen": chosen, "rejected": rejected}
    replies = {
        name: [{"role": "assistant", "content": text.strip()}] for name, text in answers.items()
    }
    return {"prompt": told, **replies}
