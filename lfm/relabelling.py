"""People's labels in the form of a critic's, for a feedback model to learn from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

from lfm.corrections import Correction, Place
from lfm.critics.base import StepFeedback, Window, WindowFeedback

PERSON = "person"
"""``WindowFeedback.parse`` of a window that has a person's labels alone."""


def relabelled(
    windows: Sequence[Window],
    answers: Sequence[WindowFeedback],
    verdicts: Mapping[Place, Correction],
    *,
    with_critic: bool,
) -> list[WindowFeedback]:
    """The labels of people, with those of a critic where no person judged, or without.

    Args:
        windows: of the episodes.
        answers: the critic's, to some of these windows.
        verdicts: of people, all of them labels.
        with_critic: keep the critic's labels of other steps, and its words on windows.
    """
    said = {answer.window_id: answer for answer in answers}
    found = []
    for window in windows:
        episode = window.trajectory.trajectory_id
        silent = WindowFeedback(window.window_id, episode, (), "", "", 0, 0, PERSON, "")
        answer = said.get(window.window_id, silent)
        critics = {label.step: label for label in answer.steps}
        steps = dict(critics) if with_critic else {}
        for step in range(window.first, window.last + 1):
            verdict = verdicts.get((episode, step))
            if verdict is not None:
                steps[step] = label_of(verdict, critics.get(step))
        if steps:
            base = answer if with_critic else silent
            found.append(replace(base, steps=tuple(steps[step] for step in sorted(steps))))
    return found


def label_of(verdict: Correction, critics: StepFeedback | None) -> StepFeedback:
    """A person's verdict, which is a label, in the form of a critic's.

    The note is the reason. Without one, the critic's reason stays where both say the same.
    """
    agreed = critics is not None and critics.productive == verdict.productive
    reason = verdict.note or (critics.reason if critics is not None and agreed else "")
    return StepFeedback(verdict.step, verdict.productive, reason)


def basis(labels: str, verdicts: Mapping[Place, Correction]) -> str:
    """A number, in hexadecimal, that other labels from people would not have."""
    told = sorted((*place, each.new, each.note) for place, each in verdicts.items())
    return hashlib.sha256(json.dumps([labels, told]).encode()).hexdigest()
