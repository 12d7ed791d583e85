"""A run told in the terminal."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given
from rich.console import Console

from envs.errors import UserError
from envs.files import read_json, write_json, write_text
from envs.store import read_trajectories, write_trajectories
from lfm import layout
from lfm.corrections import Correction, Overlay, known_episodes
from lfm.inspect import main, tell
from lfm.store import read_judgements, write_judgements
from lfm.story import clean, find_set, read_stories
from tests.lfm.looking import inspecting


def inspect(run: Path, *settings: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "lfm.inspect", f"run={run}", *settings]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def look(capsys: pytest.CaptureFixture[str]) -> Callable[..., list[str]]:
    """Inspects with these settings and returns the lines that are printed."""

    def lines(**settings: Any) -> list[str]:
        main(inspecting(**settings))
        return capsys.readouterr().out.splitlines()

    return lines


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


def test_what_people_said_is_told(make_run: Callable[[], Path]) -> None:
    run = make_run()
    said = read_stories(run, layout.rollouts("round1"))[0].trajectory
    overlay = Overlay(run)
    known = known_episodes([said])[said.trajectory_id]
    when = "2026-01-02T03:04:05+00:00"
    for step, digest in ((2, known.digest), (3, "of-another")):
        words = ("unproductive", "productive", "near \x1b[31m enough", False, None)
        overlay.append(Correction("Ada", when, said.trajectory_id, digest, step, *words))
    overlay.close()
    shown = inspect(run, "set=round1", "limit=1").stdout
    assert "person  Ada: productive: near [31m enough" in shown
    told = json.loads(inspect(run, "set=round1", "limit=1", "json=true").stdout)
    people = [step["person"] for step in told["steps"]]
    assert [each and each["new"] for each in people[:3]] == [None, "productive", None]


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


def _disagreeing(run: Path) -> Path:
    """The run, in which the model approves of one step that the critic does not."""
    file = run / layout.judgements("round1") / layout.JUDGEMENTS_FILE
    judged = [
        replace(each, p_productive=0.8)
        if (each.trajectory_id, each.step) == ("round1-1", 2)
        else each
        for each in read_judgements(file)
    ]
    write_judgements(file, judged)
    return run


def test_episodes_are_listed_without_unpacking_a_text(
    make_run: Callable[[], Path],
    look: Callable[..., list[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = _disagreeing(make_run())
    monkeypatch.setattr("lfm.inspect.read_stories", None)
    (line,) = look(run=run, list=True, disagree=True)
    for words in ("failure", "3 steps", "3 labelled", "1 differ", "1 imitated", "round1-1"):
        assert words in line
    assert len(look(run=run, list=True)) == 1 + 6 + 4 + 6 * 4
    listed = [json.loads(each) for each in look(run=run, list=True, set="round1", json=True)]
    assert [each["labelled"] for each in listed] == [3, 3, 3, 3, 0, 0]
    assert [each["disagreements"] for each in listed] == [0, 1, 0, 0, 0, 0]
    assert listed[0] == {
        "set": "rollouts/round1",
        "trajectory_id": "round1-0",
        "split": "valid_unseen",
        "task_id": "task-0",
        "task_type": "pick_and_place_simple",
        "instruction": "put a mug in cabinet",
        "policy": "bc",
        "success": True,
        "steps": 3,
        "labelled": 3,
        "judged": 3,
        "imitated": 1,
        "disagreements": 0,
    }


@pytest.mark.parametrize(
    ("settings", "found"),
    [
        ({"outcome": "failure"}, ["round1-1", "round1-3", "round1-5"]),
        ({"task": "task-2"}, ["round1-2"]),
        ({"split": "valid_unseen", "limit": 2}, ["round1-0", "round1-1"]),
        ({"split": "valid_seen"}, []),
        ({"task_type": "pick_and_place_simple", "limit": 1}, ["round1-0"]),
        ({"task_type": "look_at_obj_in_light"}, []),
    ],
)
def test_filters_choose_what_is_listed_and_told(
    sample_run: Path, look: Callable[..., list[str]], settings: dict[str, Any], found: list[str]
) -> None:
    chosen = {"run": sample_run, "set": "round1", "json": True, **settings}
    for lines in (look(**chosen, list=True), look(**chosen)):
        assert [json.loads(each)["trajectory_id"] for each in lines] == found


def test_a_story_is_a_line_of_json(sample_run: Path, look: Callable[..., list[str]]) -> None:
    stories = [json.loads(each) for each in look(run=sample_run, set="round1", json=True)]
    assert len(stories) == 6
    first = stories[0]
    assert first["steps"][0]["action"] == "go to cabinet 1"
    assert first["steps"][0]["judgement"]["kept"] is True
    assert first["steps"][1]["labels"][0]["productive"] is False
    assert first["windows"] == [
        {"summary": "It walked about.", "suggestion": "Look for the mug first."}
    ]
    assert stories[5]["steps"][0]["labels"] == []
    assert all(each.isprintable() for each in look(run=sample_run, set="round1", json=True))


@pytest.fixture
def other_run(sample_run: Path, tmp_path: Path) -> Path:
    """The run with another seed, another figure and one task that went otherwise; unfinished."""
    other = shutil.copytree(sample_run, tmp_path / "below" / "other")
    write_text(other / layout.CONFIG_FILE, "seed: 4\nenv:\n  name: alfworld\nrun_dir: x\n")
    rows = read_json(other / layout.RESULTS_FILE)
    rows[0]["success_rate"] = 0.75
    write_json(other / layout.RESULTS_FILE, rows)
    manifest = read_json(other / layout.MANIFEST_FILE)
    write_json(other / layout.MANIFEST_FILE, {**manifest, "finished": None, "python": "0"})
    file = other / layout.evaluation("bc", "valid_seen") / layout.TRAJECTORIES_FILE
    first, *rest = read_trajectories(file)
    write_trajectories(file, [replace(first, success=False), *rest])
    return other


def test_runs_are_listed(
    sample_run: Path, other_run: Path, tmp_path: Path, look: Callable[..., list[str]]
) -> None:
    shutil.copytree(sample_run, tmp_path / "first")
    unfinished, finished = look(runs=tmp_path)
    assert unfinished.endswith(str(other_run))
    assert "unfinished" in unfinished
    assert "seed 4" in unfinished
    assert "  finished" in finished
    assert "adapted 50.0%" in finished
    facts = [json.loads(each) for each in look(runs=tmp_path, json=True)]
    assert [each["seed"] for each in facts] == [4, 3]
    assert [len(each["results"]) for each in facts] == [6, 6]
    with pytest.raises(UserError, match="there is no folder"):
        look(runs=tmp_path / "nowhere")


def test_what_differs_in_two_runs_is_shown(
    sample_run: Path, other_run: Path, look: Callable[..., list[str]]
) -> None:
    (line,) = look(run=sample_run, other=other_run, json=True)
    found = json.loads(line)
    assert found["settings"] == {"seed": [3, 4]}
    assert [*found["software"]] == ["python"]
    assert found["results"][0] == {"method": "bc", "split": "valid_seen", "a": 0.5, "b": 0.75}
    assert found["tasks"][0] == {
        "set": "evaluations/bc-valid_seen",
        "tasks": 4,
        "both": 1,
        "only_a": 1,
        "only_b": 0,
        "neither": 2,
    }
    assert found["unlike"] == [
        {"set": "evaluations/bc-valid_seen", "task_id": "task-0", "a": True, "b": False}
    ]
    shown = "\n".join(look(run=sample_run, other=other_run))
    assert "+25.0" in shown
    assert "only a  evaluations/bc-valid_seen  task=task-0" in shown


def test_evaluations_of_one_policy_each_are_set_side_by_side(
    sample_run: Path, tmp_path: Path, look: Callable[..., list[str]]
) -> None:
    runs = []
    for method in ("bc", "lfm"):
        run = tmp_path / method
        write_text(run / layout.CONFIG_FILE, f"policy:\n  path: {method}\nformat: {method}\n")
        shutil.copy(sample_run / layout.MANIFEST_FILE, run)
        stage = layout.evaluation(method, "valid_seen")
        shutil.copytree(sample_run / stage, run / stage)
        runs.append(run)
    found = json.loads(look(run=runs[0], other=runs[1], json=True)[0])
    assert found["settings"] == {"policy.path": ["bc", "lfm"]}
    (tasks,) = found["tasks"]
    assert tasks["set"] == "evaluations/bc-valid_seen and evaluations/lfm-valid_seen"
    assert (tasks["tasks"], tasks["both"], tasks["neither"]) == (4, 2, 2)


def test_a_task_is_told_as_both_runs_did_it(
    sample_run: Path, other_run: Path, look: Callable[..., list[str]]
) -> None:
    settings = {"run": sample_run, "other": other_run, "set": "bc-valid_seen", "task": "task-0"}
    shown = [line for line in look(**settings) if not line.startswith(" ")]
    assert [line for line in shown if line.startswith("bc-valid_seen-0")] == [
        "bc-valid_seen-0: success after 3 steps",
        "bc-valid_seen-0: failure after 3 steps",
    ]
    assert shown.index(f"{sample_run}:") < shown.index(f"{other_run}:")


@pytest.mark.parametrize("settings", [{}, {"run": "a", "runs": "b"}, {"runs": "b", "other": "c"}])
def test_it_has_to_be_said_what_to_read(settings: dict[str, str]) -> None:
    with pytest.raises(UserError, match="run=DIR"):
        inspecting(**settings)


def test_the_terminal_does_not_wait_for_what_it_does_not_need() -> None:
    code = "import sys, lfm.inspect; print({'torch', 'scipy', 'matplotlib'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
