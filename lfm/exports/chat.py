"""Conversations in the ShareGPT style, with a flag on every turn: learn from it or not."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from lfm import layout
from lfm.exports.rows import turns, write_lines
from lfm.exports.source import Source, about, judge_of
from lfm.story import Story

_NAMES = {"user": "human", "assistant": "gpt"}
"""What the format calls whose turn it is."""


def write_chat(source: Source, out: Path) -> int:
    """Write the episodes of which something was imitated; returns how many conversations.

    Raises:
        UserError: if a file of the run is damaged, or this one cannot be written.
    """
    told = (_conversations(source, *each) for each in source.episodes())
    return write_lines(out, chain.from_iterable(told))


def _conversations(source: Source, stage: str, story: Story) -> Iterator[dict[str, Any]]:
    """The episode as it went, and one more for each state in which something else is imitated.

    What an advisor would have done can be the last turn of a conversation alone: the episode went
    on from what the policy did.
    """
    wanted = _imitated(stage, story)
    if not wanted:
        return
    episode = story.trajectory
    who = {**about(stage, episode), **_chosen_by(source, stage, story)}
    told = turns(episode, len(episode.steps))[:-1]  # what was seen last is answered by nothing
    same = {at for at, action in wanted.items() if episode.steps[at - 1].action == action}
    if same:
        yield {**who, "id": episode.trajectory_id, "conversations": _flagged(told, same)}
    for number in sorted(wanted.keys() - same):
        before = [*told[: 2 * number - 1], ("assistant", wanted[number].strip())]
        name = f"{episode.trajectory_id}@{number}"
        yield {**who, "id": name, "conversations": _flagged(before, {number})}


def _flagged(told: list[tuple[str, str]], learned: set[int]) -> list[dict[str, str | bool]]:
    """Turns with their flags; action ``n`` (from 1) is turn ``2 n - 1`` (from 0)."""
    return [
        {"from": _NAMES[role], "value": text, "loss": at % 2 == 1 and (at + 1) // 2 in learned}
        for at, (role, text) in enumerate(told)
    ]


def _imitated(stage: str, story: Story) -> dict[int, str]:
    """Step (from 1) -> the action that a policy learned in its state."""
    steps = enumerate(story.trajectory.steps, start=1)
    if stage == layout.DEMONSTRATIONS:
        return {number: step.action for number, step in steps} if story.trajectory.success else {}
    kept = {number for number, judged in story.judgements.items() if judged.kept}
    anew = {
        number: each.imitated
        for number, each in story.rewritten.items()
        if each.imitated is not None
    }
    own = {number: step.action for number, step in steps if number in kept}
    return own | dict(story.advice) | anew


def _chosen_by(source: Source, stage: str, story: Story) -> dict[str, str | bool | None]:
    """Who said what is to be imitated."""
    if stage == layout.DEMONSTRATIONS:
        return {"chosen_by": "success", "chosen_by_privileged": False}
    if anew := story.rewritten.values():
        critic = {story.critic.name} if story.critic else set()
        names = {text.selection for each in anew for text in each.texts} or critic
        privileged = any(each.privileged for each in anew)
        return {"chosen_by": ", ".join(sorted(names)), "chosen_by_privileged": privileged}
    if advisor := source.advisors.get(stage):
        return {"chosen_by": advisor.name, "chosen_by_privileged": advisor.privileged}
    judge = judge_of(story)
    return {"chosen_by": judge, "chosen_by_privileged": source.privileged.get(judge or "")}
