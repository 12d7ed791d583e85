"""Rows for stepwise supervision, as TRL names them: ``prompt``, ``completions``, ``labels``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

from envs.record import Step
from lfm.critics.base import StepFeedback
from lfm.exports.rows import opening, write_lines
from lfm.exports.source import Source, about
from lfm.story import Story


def write_stepwise(source: Source, out: Path) -> int:
    """Write a row for every stretch of labelled steps; returns how many there are.

    Raises:
        UserError: if a file of the run is damaged, or this one cannot be written.
    """
    told = (_rows(source, *each) for each in source.episodes())
    return write_lines(out, chain.from_iterable(told))


def _rows(source: Source, stage: str, story: Story) -> Iterator[dict[str, Any]]:
    verdicts = source.verdicts(story)
    who = {**about(stage, story.trajectory), **source.labelled_by(story)}
    for first, last in _stretches(verdicts):
        steps = [_told(step) for step in story.trajectory.steps]
        yield {
            **who,
            "first_step": first,
            "prompt": "\n".join([opening(story.trajectory), *steps[: first - 1]]),
            "completions": steps[first - 1 : last],
            "labels": [verdicts[number].productive for number in range(first, last + 1)],
            "reasons": [verdicts[number].reason for number in range(first, last + 1)],
        }


def _stretches(verdicts: Mapping[int, StepFeedback]) -> Iterator[tuple[int, int]]:
    """First and last step of every unbroken row of labelled steps, from 1."""
    first = None
    for number in sorted(verdicts):
        first = number if first is None else first
        if number + 1 not in verdicts:
            yield first, number
            first = None


def _told(step: Step) -> str:
    """A step and what came of it, which is what it was judged by."""
    return f"> {step.action.strip()}\n{step.observation.strip()}"
