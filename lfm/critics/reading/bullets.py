"""Answers that list some of the steps, as the paper's prompts ask for."""

from __future__ import annotations

from dataclasses import dataclass

from lfm.critics.reading.base import Labels, Reading
from lfm.critics.reading.outline import Outline, outline
from lfm.critics.reading.words import begins_with, verdict


@dataclass(frozen=True, slots=True)
class BulletReader:
    """Understands a list of the steps that were good, or of those that were not.

    What is not on the list is the opposite of what is on it, as in upstream's
    ``build_reward_data.py``; but only where the list is whole. If the answer was cut off, or a
    bullet names no step or one that was not shown, what is not listed has no label.

    Attributes:
        listed: whether the steps on the list are productive.
        nothing: a word at the beginning that says that there are none to list.
    """

    listed: bool
    nothing: str

    def __call__(self, text: str, shown: range, complete: bool) -> Reading:
        """Read an answer; see :class:`lfm.critics.reading.base.Reader`."""
        parts = outline(text)
        labels = Labels(shown)
        if begins_with(parts.opening, self.nothing):
            whole = complete and not parts.entries
            if whole:
                labels.add_all(shown, not self.listed, "")
        else:
            whole = self._list(parts, labels) and complete
            if whole and labels.clean and parts.entries:
                for step in labels.rest():
                    labels.add(step, not self.listed, "")
        sections = parts.sections
        return labels.reading(sections["summary"], sections["suggestion"], clean=whole)

    def _list(self, parts: Outline, labels: Labels) -> bool:
        """Note what is listed; returns whether all of it was understood."""
        whole = parts.stray == 0
        for entry in parts.entries:
            said = verdict(entry.text)
            if said is not None and said != self.listed:
                whole = False  # "Step 3: not helpful" among the helpful ones
                continue
            for steps in entry.steps:
                labels.add_all(steps, self.listed, entry.text, "" if self.listed else entry.text)
        return whole
