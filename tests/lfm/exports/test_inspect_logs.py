"""Logs as Inspect writes them, read by Inspect itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from tests.lfm.conftest import MARKUP
from tests.lfm.exports.exporting import critic_run, export, judge, walk


@pytest.fixture(scope="module")
def logs(sample_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("inspect") / "logs"
    assert export(sample_run, "inspect", out) == 1 + 6 + 4 + 6 * 4
    return out


def test_a_log_is_an_archive_whose_parts_agree(logs: Path) -> None:
    (file,) = logs.glob("*_rollouts-round1_*.eval")
    with ZipFile(file) as archive:
        header = json.loads(archive.read("header.json"))
        assert json.loads(archive.read("_journal/start.json")).items() <= header.items()
        summaries = json.loads(archive.read("summaries.json"))
        names = {f"samples/{each['id']}_epoch_{each['epoch']}.json" for each in summaries}
        assert names == {name for name in archive.namelist() if name.startswith("samples/")}
        sample = json.loads(archive.read("samples/task-0_epoch_1.json"))
    assert len(summaries) == 6
    assert header["results"]["scores"][0]["metrics"]["accuracy"]["value"] == 0.5
    assert sample["metadata"]["critic_privileged"] is True
    assert "\x1b" in MARKUP
    assert "\\u001b" not in json.dumps(sample)


def test_what_people_said_of_a_step_is_in_the_log(tmp_path: Path) -> None:
    run = critic_run(tmp_path / "run", [(walk(0, "a", "b"), [True])])
    judge(run, walk(0, "a", "b"), {2: ("unproductive", "no need")})
    export(run, "inspect", tmp_path / "logs")
    (file,) = (tmp_path / "logs").iterdir()
    with ZipFile(file) as archive:
        events = json.loads(archive.read("samples/task-0_epoch_1.json"))["events"]
    assert [each["data"].get("person") for each in events] == [None, "unproductive: no need"]


def test_inspect_reads_what_is_written(logs: Path) -> None:
    read = _read_by_inspect(logs)
    assert len(read) == 9
    log = read["rollouts/round1"]
    assert (log.status, log.eval.model) == ("success", "bc")
    assert log.results.scores[0].metrics["accuracy"].value == 0.5
    assert [each.scores["success"].value for each in log.samples] == ["C", "I"] * 3
    first, *_, last = log.samples
    assert [each.role for each in first.messages] == ["user", "assistant"] * 3 + ["user"]
    assert first.messages[1].content == "go to cabinet 1"
    event = first.events[0]
    assert (event.source, event.data["kept"]) == ("step 1", True)
    assert event.data["critic"].startswith("productive: reason of the critic 1 [bold]not bold")
    assert "critic" not in last.events[0].data


def test_tries_of_a_task_are_epochs_of_a_sample(tmp_path: Path) -> None:
    """Whatever characters the task's name has."""
    told = [(walk(at, "a", task="pick/trial_1 ä"), [True]) for at in range(2)]
    run = critic_run(tmp_path / "run", told)
    export(run, "inspect", tmp_path / "logs")
    samples = _read_by_inspect(tmp_path / "logs")["rollouts/round1"].samples
    assert [(each.id, each.epoch) for each in samples] == [
        ("pick/trial_1 ä", 1),
        ("pick/trial_1 ä", 2),
    ]


def _read_by_inspect(logs: Path) -> dict[str, Any]:
    """Each log by its task, after a look at all that Inspect's viewer reads of it."""
    inspect = pytest.importorskip("inspect_ai.log", reason="Inspect needs Python 3.11")
    read = {}
    for info in inspect.list_eval_logs(str(logs)):
        task = inspect.read_eval_log(info, header_only=True).eval.task
        assert info.task == task.replace("/", "-").replace("_", "-")
        for each in inspect.read_eval_log_sample_summaries(info):
            assert inspect.read_eval_log_sample(info, each.id, each.epoch).uuid == each.uuid
        read[task] = inspect.read_eval_log(info)
    return read
