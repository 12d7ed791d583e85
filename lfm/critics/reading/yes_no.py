"""Answers that begin with yes or no: about each step in turn, or about the only one."""

from __future__ import annotations

from lfm.critics.reading.base import Labels, Reading
from lfm.critics.reading.outline import outline
from lfm.critics.reading.words import after_verdict, verdict


def read_yes_no(text: str, shown: range, complete: bool) -> Reading:
    """Read lines such as ``Step 3: yes, it found the mug``.

    Where one step was shown, the answer may begin with the verdict itself. See
    :class:`lfm.critics.reading.base.Reader`.
    """
    parts = outline(text)
    labels = Labels(shown)
    clean = complete and parts.stray == 0
    for entry in parts.entries:
        said = verdict(entry.text)
        if said is None:
            clean = False
            continue
        for steps in entry.steps:
            labels.add_all(steps, said, after_verdict(entry.text))
    said = verdict(parts.opening)
    if not parts.entries and len(shown) == 1 and said is not None:
        labels.add(shown[0], said, after_verdict(parts.opening))
    sections = parts.sections
    return labels.reading(sections["summary"], sections["suggestion"], clean=clean)
