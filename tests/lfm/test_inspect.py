"""A run told in the terminal."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import given
from rich.console import Console

from lfm import layout
from lfm.inspect import tell
from lfm.story import clean, find_set, read_stories


def inspect(run: Path, *settings: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "lfm.inspect", f"run={run}", *settings]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_without_more_it_shows_tables_sets_and_labelled_episodes(sample_run: Path) -> None:
    shown = inspect(sample_run)
    assert (shown.returncode, shown.stderr) == (0, "")
    for words in (
        "Success on tasks",
        "50.0%* (15.0% to 85.0%), 2 of 4",
        "rollouts/adapt1",
        "round1-0: success after 3 steps",
        "task  put a mug in cabinet [task-0]",
        "critic  simulator (privileged)",
        "1 > go to cabinet 1",
        "critic  productive: reason of the critic 1",
        "model  90% productive, imitated: reason of the model 1",
        "critic  not productive: reason of the critic 2",
        "model  45% productive, not imitated: reason of the model 2",
        "advice  Look for the mug first.",
        "model sums up  The model saw it walk.",
        "model advises  The model would look.",
        "2 of 6 episodes of rollouts/round1",
    ):
        assert words in shown.stdout


def test_text_from_files_is_shown_as_it_is_without_control_codes(sample_run: Path) -> None:
    shown = inspect(sample_run, "set=round1", "limit=1").stdout
    assert "[bold]not bold[/] <script>alert(1)</script> [31mred[0m &amp;" in shown
    assert "\x1b" not in shown


def test_a_terminal_gets_texts_wrapped_under_themselves(sample_run: Path) -> None:
    file = io.StringIO()
    story = read_stories(sample_run, layout.rollouts("round1"))[0]
    tell(story, Console(file=file, force_terminal=True, width=60))
    lines = re.sub(r"\x1b\[[0-9;]*m", "", file.getvalue()).splitlines()
    assert all(len(line) <= 60 for line in lines)
    first = next(at for at, line in enumerate(lines) if "You arrive at cabinet 1." in line)
    assert lines[first + 1].startswith(" " * 15)
    assert lines[first + 1].strip()


def test_what_to_show_can_be_chosen(sample_run: Path) -> None:
    failures = inspect(sample_run, "set=adapt1", "outcome=failure", "limit=5").stdout
    assert "adapt1-1: failure" in failures
    assert "adapt1-3: failure" in failures
    assert "success after" not in failures
    assert "adapt1-2: success" in inspect(sample_run, "set=rollouts/adapt1", "episode=3").stdout
    by_id = inspect(sample_run, "episode=bc-valid_seen-2").stdout
    assert "bc-valid_seen-2: success" in by_id
    assert "Success on tasks" not in by_id


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (["set=nope"], "it has: demonstrations, round1, adapt1, bc-valid_seen"),
        (["set=round1", "episode=7"], "a number from 1 to 6"),
        (["episode=nope"], "no episode 'nope'"),
        (["outcome=maybe"], "any, success, failure"),
        (["limit=-1"], "limit"),
    ],
)
def test_what_is_not_there_is_said_in_a_sentence(
    sample_run: Path, settings: list[str], words: str
) -> None:
    shown = inspect(sample_run, *settings)
    assert shown.returncode == 2
    assert words in shown.stderr
    assert "Traceback" not in shown.stderr


def test_a_folder_that_is_no_run_is_named(tmp_path: Path) -> None:
    shown = inspect(tmp_path)
    assert shown.returncode == 2
    assert f"run: {tmp_path} is no run" in shown.stderr


@pytest.mark.parametrize(
    "file",
    [
        "rollouts/round1/trajectories.parquet",
        "feedback/round1/labels.parquet",
        "judgements/round1/judgements.parquet",
        "feedback_model/round1/agreement.json",
        "results.json",
    ],
)
def test_a_damaged_file_is_named(make_run: Callable[[], Path], file: str) -> None:
    run = make_run()
    content = (run / file).read_bytes()
    (run / file).write_bytes(content[: len(content) // 2])
    shown = inspect(run)
    assert shown.returncode == 2
    assert str(run / file) in shown.stderr
    assert "Traceback" not in shown.stderr


def test_a_reader_who_has_seen_enough_is_no_error(sample_run: Path) -> None:
    command = f"{sys.executable} -m lfm.inspect run={sample_run} limit=6 | head -1"
    shown = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
    assert shown.stderr == ""
    assert shown.stdout.count("\n") == 1


def test_a_story_joins_what_was_said(sample_run: Path) -> None:
    assert find_set(sample_run, "round1") == "rollouts/round1"
    stories = read_stories(sample_run, layout.rollouts("round1"))
    first, last = stories[0], stories[-1]
    assert [told.number for told in first.told] == [1, 2, 3]
    assert [told.labels[0].productive for told in first.told] == [True, False, False]
    assert [told.judgement.kept for told in first.told if told.judgement] == [True, False, False]
    assert last.windows == ()
    assert [told.labels for told in last.told] == [(), (), ()]
    assert read_stories(sample_run, layout.DEMONSTRATIONS)[0].critic is None


@given(st.text())
def test_clean_text_has_no_control_codes_and_loses_nothing_else(text: str) -> None:
    cleaned = clean(text)
    assert all(
        character.isprintable() or character in "\n\t" or ord(character) > 127
        for character in cleaned
    )
    assert not set(cleaned) & {"\x1b", "\x9b", "\u202e", "\u200b", "\r"}
    printable = "".join(character for character in text if character.isprintable())
    assert printable == "".join(character for character in cleaned if character.isprintable())
