"""The critic that is a person: what is said of answers to text tasks stands in a file."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from io import StringIO
from pathlib import Path

from envs.errors import UserError
from envs.files import naming_errors, write_text
from lfm.critics.base import Advance, StepFeedback, Window, WindowFeedback, unfollowed
from lfm.critics.reading.answers import read_feedback

COLUMNS = ("task_id", "answer", "feedback")
"""Columns of the file; it may have others."""

Rows = dict[tuple[str, str], str]
"""Feedback by task and answer; empty where nothing has been said."""


class PersonCritic:
    """Finds in a table what a person said of each answer. Not privileged.

    ``No feedback needed`` says that an answer is right, anything else that it is not. Of an answer
    whose feedback is empty nothing is said.

    Args:
        file: CSV, with the columns :data:`COLUMNS`; it need not be there.

    Raises:
        UserError: the file cannot be read, or lacks a column.
    """

    name = "person"
    privileged = False

    def __init__(self, file: Path) -> None:
        self._file = file
        self._said = _read(file) if file.exists() else {}

    def wanting(self, windows: Sequence[Window]) -> int:
        """Add the answers that the file lacks to it, without feedback; returns how many these are.

        Raises:
            UserError: the file cannot be written.
        """
        asked = [each for window in windows for each in _answers(window)]
        new = [each for each in dict.fromkeys(asked) if each not in self._said]
        self._said |= dict.fromkeys(new, "")
        if new:
            _write(self._file, self._said)
        return len(new)

    def critique(
        self, windows: Sequence[Window], advance: Advance = unfollowed
    ) -> list[WindowFeedback]:
        """What the person said of the answers in the windows.

        Raises:
            UserError: if nothing was said of any of them.
        """
        found = [self._tell(window) for window in windows]
        advance(len(windows))
        if windows and not any(each.steps for each in found):
            raise UserError(
                f"critic.file: {self._file} has no feedback on any of {len(windows)} answers; "
                "write some in its column feedback, or 'No feedback needed' for answers that are "
                "right."
            )
        return found

    def close(self) -> None:
        """Nothing has to be let go of."""

    def _tell(self, window: Window) -> WindowFeedback:
        said = [self._said.get(each, "") for each in _answers(window)]
        steps = tuple(
            StepFeedback(*label)
            for step, text in enumerate(said, start=window.first)
            for label in read_feedback(text, range(step, step + 1), complete=True).steps
        )
        trajectory_id = window.trajectory.trajectory_id
        return WindowFeedback(window.window_id, trajectory_id, steps, "", "", 0, 0, "ok", "")


def _answers(window: Window) -> list[tuple[str, str]]:
    episode = window.trajectory
    steps = episode.steps[window.first - 1 : window.last]
    return [(episode.task_id, step.action) for step in steps]


def _read(file: Path) -> Rows:
    with naming_errors(file), file.open(encoding="utf-8", newline="") as lines:
        table = csv.DictReader(lines)
        lacking = [name for name in COLUMNS if name not in (table.fieldnames or ())]
        if lacking:
            raise UserError(
                f"critic.file: {file} has no column {lacking[0]}; it needs {', '.join(COLUMNS)}."
            )
        return {(row["task_id"], row["answer"]): (row["feedback"] or "").strip() for row in table}


def _write(file: Path, rows: Rows) -> None:
    text = StringIO()
    table = csv.writer(text)
    table.writerow(COLUMNS)
    table.writerows((*place, feedback) for place, feedback in rows.items())
    write_text(file, text.getvalue())
