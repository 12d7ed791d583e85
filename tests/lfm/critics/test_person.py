"""The critic that is a person with a table."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from envs.errors import UserError
from lfm.critics.person import PersonCritic
from lfm.critics.windows import make_windows
from tests.lfm.composing import compose
from tests.lfm.refining.writers import episode

WINDOWS = make_windows([episode("a", "x"), episode("b", "y,\nz"), episode("c", "x")], 1)


def write(file: Path, *feedback: str) -> None:
    """Fill the column feedback, row by row."""
    with file.open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    with file.open("w", newline="") as lines:
        table = csv.writer(lines)
        table.writerow(["answer", "feedback", "task_id", "who"])
        for row, said in zip(rows, feedback, strict=True):
            table.writerow([row["answer"], said, row["task_id"], "me"])


def test_answers_are_put_into_the_file_once_and_what_is_written_beside_them_is_said(
    tmp_path: Path,
) -> None:
    file = tmp_path / "feedback.csv"
    assert PersonCritic(file).wanting(WINDOWS) == 2
    write(file, "No feedback needed", "Leave out the z.")
    person = PersonCritic(file)
    assert person.wanting(WINDOWS) == 0
    labels = [each.steps[0] for each in person.critique(WINDOWS)]
    assert [(each.step, each.productive) for each in labels] == [(1, True), (1, False), (1, True)]
    assert labels[1].reason == "Leave out the z."


def test_more_answers_are_added_and_what_was_written_stays(tmp_path: Path) -> None:
    file = tmp_path / "feedback.csv"
    PersonCritic(file).wanting(WINDOWS[:1])
    write(file, "Better.")
    assert PersonCritic(file).wanting(WINDOWS) == 1
    first, second, third = PersonCritic(file).critique(WINDOWS)
    assert [first.steps[0].reason, third.steps[0].reason] == ["Better."] * 2
    assert second.steps == ()


def test_a_file_in_which_nothing_is_said_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "feedback.csv"
    person = PersonCritic(file)
    person.wanting(WINDOWS)
    with pytest.raises(UserError, match="no feedback on any of 3 answers"):
        person.critique(WINDOWS)
    file.write_text("task_id,answer\n")
    with pytest.raises(UserError, match="no column feedback"):
        PersonCritic(file)


def test_a_persons_table_is_for_text_tasks() -> None:
    settings = ["critic=person", "critic.file=feedback.csv"]
    with pytest.raises(UserError, match=r"critic: person writes of answers in text"):
        compose("config", ["env=alfworld", *settings])
    assert compose("config", ["recipe=ilf", "env=hidden_rule", *settings]).critic.window == 1
