"""A run directory: stages done once, through any kind of end."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from omegaconf import OmegaConf
from safetensors import SafetensorError

from envs.errors import UserError
from lfm.done import read_done
from lfm.loggers import MetricsFile
from lfm.run import Run, Stage

CONFIG: dict[str, Any] = {
    "seed": 1,
    "env": {"name": "alfworld", "games": 3},
    "run_dir": None,
    "resume": None,
}

COUNTER = """
import sys, time
from pathlib import Path
from lfm.run import Run

def count(stage):
    kept = stage.work / "count"
    start = int(kept.read_text()) if kept.exists() else 0
    for number in range(start, 10):
        stage.log(step=number, square=number**2)
        (stage.work / "new").write_text(str(number + 1))
        (stage.work / "new").replace(kept)
        time.sleep(0.01)
    (stage.folder / "numbers.txt").write_text("0 to 9")
    return {"numbers": 10}

directory = Path(sys.argv[1])
with Run(directory, {"seed": 1}, resume=(directory / "config.yaml").exists()) as run:
    print("begun", flush=True)
    for name in ("one/a", "one/b", "two/c"):
        run.stage(name, count)
"""


def write_a(stage: Stage) -> dict[str, Any]:
    (stage.folder / "a.txt").write_text("hello")
    stage.log(step=1, loss=0.5)
    return {"files": 1}


def never(stage: Stage) -> dict[str, Any]:
    raise AssertionError(f"{stage.name} was done before")


def test_a_new_run_has_config_and_manifest(tmp_path: Path) -> None:
    with Run(tmp_path / "run", CONFIG) as run:
        run.describe(data="generated-1", fingerprint="abc")
    assert OmegaConf.to_container(OmegaConf.load(tmp_path / "run/config.yaml")) == CONFIG
    manifest = json.loads((tmp_path / "run/manifest.json").read_text())
    assert manifest["facts"] == {"data": "generated-1", "fingerprint": "abc"}
    assert manifest["packages"]["pyarrow"]
    assert manifest["started"] <= manifest["finished"]
    assert len(manifest["sessions"]) == 1
    assert str(Path.home()) not in json.dumps(manifest)


def test_a_stage_is_done_once(tmp_path: Path) -> None:
    with Run(tmp_path / "run", CONFIG) as run:
        done = run.stage("rollouts/round1", write_a)
    assert done.outputs["a.txt"] == {
        "bytes": 5,
        "sha256": hashlib.sha256(b"hello").hexdigest(),
    }
    assert not (tmp_path / "run/rollouts/round1/work").exists()
    with Run(tmp_path / "run", CONFIG, resume=True) as run:
        assert run.stage("rollouts/round1", never) == done
        assert run.done == [done]
    assert read_done(tmp_path / "run") == [done]


def test_a_stage_that_failed_starts_clean_but_for_its_work(tmp_path: Path) -> None:
    def fail(stage: Stage) -> dict[str, Any]:
        (stage.folder / "half").mkdir()
        (stage.folder / "half/file").write_text("x")
        (stage.work / "kept").write_text("y")
        raise RuntimeError("no")

    def go_on(stage: Stage) -> dict[str, Any]:
        assert stage.resumed
        assert [file.name for file in stage.folder.iterdir()] == ["work"]
        assert (stage.work / "kept").read_text() == "y"
        return {}

    with pytest.raises(RuntimeError), Run(tmp_path / "run", CONFIG) as run:
        run.stage("policies/bc", fail)
    manifest = json.loads((tmp_path / "run/manifest.json").read_text())
    assert manifest["finished"] is None
    with Run(tmp_path / "run", CONFIG, resume=True) as run:
        assert run.stage("policies/bc", go_on).resumed


def test_metrics_are_recorded_once(tmp_path: Path) -> None:
    def fail_late(stage: Stage) -> dict[str, Any]:
        stage.log(step=1, loss=0.5)
        stage.log(step=2, loss=float("nan"))
        raise RuntimeError("no")

    def begin() -> None:
        with Run(tmp_path / "run", CONFIG) as run:
            run.stage("first", write_a)
            run.stage("second", fail_late)

    def both(stage: Stage) -> dict[str, Any]:
        stage.log(step=1, loss=0.4)
        stage.log(step=2, loss=0.3)
        return {}

    with pytest.raises(RuntimeError):
        begin()
    with Run(tmp_path / "run", CONFIG, resume=True) as run:
        run.stage("first", never)
        run.stage("second", both)
    lines = [json.loads(line) for line in (tmp_path / "run/metrics.jsonl").read_text().splitlines()]
    assert [(line["stage"], line["step"], line["loss"]) for line in lines] == [
        ("first", 1, 0.5),
        ("second", 1, 0.4),
        ("second", 2, 0.3),
    ]


def test_a_stage_that_goes_on_keeps_its_records_and_repeats_none(tmp_path: Path) -> None:
    def stop(stage: Stage) -> dict[str, Any]:
        (stage.work / "kept").write_text("")
        stage.log(step=1, loss=0.5)
        raise RuntimeError("no")

    def go_on(stage: Stage) -> dict[str, Any]:
        stage.log(step=1, loss=0.5)
        stage.log(step=2, loss=0.25)
        return {}

    with pytest.raises(RuntimeError), Run(tmp_path / "run", CONFIG) as run:
        run.stage("first", stop)
    with Run(tmp_path / "run", CONFIG, resume=True) as run:
        run.stage("first", go_on)
    records = MetricsFile(tmp_path / "run/metrics.jsonl").records
    assert [record["step"] for record in records] == [1, 2]


def test_a_lost_or_cut_output_is_named(tmp_path: Path) -> None:
    with Run(tmp_path / "run", CONFIG) as run:
        run.stage("first", write_a)
    (tmp_path / "run/first/a.txt").write_text("hell")
    with (
        Run(tmp_path / "run", CONFIG, resume=True) as run,
        pytest.raises(UserError, match=r"first/a\.txt is missing or not as"),
    ):
        run.stage("first", never)
    (tmp_path / "run/first/done.json").write_text("{}")
    with (
        Run(tmp_path / "run", CONFIG, resume=True) as run,
        pytest.raises(UserError, match=r"done\.json is damaged"),
    ):
        run.stage("first", never)


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)),
        SafetensorError("I/O error: No space left on device (os error 28)"),
    ],
)
def test_a_full_disk_is_named_whatever_the_library_says(tmp_path: Path, error: Exception) -> None:
    def save(stage: Stage) -> dict[str, Any]:
        raise error

    with (
        Run(tmp_path / "run", CONFIG) as run,
        pytest.raises(UserError, match="run/policies/bc: the disk is full"),
    ):
        run.stage("policies/bc", save)


def test_an_error_with_room_on_the_disk_is_not_blamed_on_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def save(stage: Stage) -> dict[str, Any]:
        raise RuntimeError("unexpected position")

    with Run(tmp_path / "run", CONFIG) as run:
        with pytest.raises(RuntimeError, match="unexpected position"):
            run.stage("policies/bc", save)
        monkeypatch.setattr("shutil.disk_usage", lambda path: SimpleNamespace(free=0))
        with pytest.raises(UserError, match="the disk is full"):
            run.stage("policies/bc", save)


@pytest.mark.parametrize("name", ["../outside", "/outside"])
def test_a_stage_stays_inside(tmp_path: Path, name: str) -> None:
    with Run(tmp_path / "run", CONFIG) as run, pytest.raises(ValueError, match="below the run"):
        run.stage(name, write_a)


def test_the_config_must_be_the_same_to_go_on(tmp_path: Path) -> None:
    with Run(tmp_path / "run", CONFIG):
        pass
    other = {**CONFIG, "seed": 2, "env": {"name": "alfworld"}, "run_dir": "x", "resume": "y"}
    with pytest.raises(UserError) as caught:
        Run(tmp_path / "run", other, resume=True)
    assert "seed was 1 and is 2" in str(caught.value)
    assert "env.games was 3 and is 'absent'" in str(caught.value)
    assert "same values with the code that it was begun with, whose commit" in str(caught.value)
    assert "run_dir was" not in str(caught.value)
    with pytest.raises(UserError, match="Give the same values, or start"):
        Run(tmp_path / "run", {**CONFIG, "seed": 2}, resume=True)
    with Run(tmp_path / "run", {**CONFIG, "resume": "here"}, resume=True):
        pass


def test_the_data_must_be_the_same_to_go_on(tmp_path: Path) -> None:
    with Run(tmp_path / "run", CONFIG) as run:
        run.describe(fingerprint="abc")
    with (
        Run(tmp_path / "run", CONFIG, resume=True) as run,
        pytest.raises(UserError, match="fingerprint 'abc' and now it is 'def'"),
    ):
        run.describe(fingerprint="def")


def test_what_cannot_be_begun_or_gone_on_with_is_refused(tmp_path: Path) -> None:
    with Run(tmp_path / "run", CONFIG):
        pass
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/thesis.tex").write_text("")
    with pytest.raises(UserError, match=re.escape(f"resume={tmp_path / 'run'}")):
        Run(tmp_path / "run", CONFIG)
    with pytest.raises(UserError, match="no run"):
        Run(tmp_path / "mine", CONFIG)
    with pytest.raises(UserError, match="no run"):
        Run(tmp_path / "mine", CONFIG, resume=True)
    with pytest.raises(UserError, match="there is no run"):
        Run(tmp_path / "nowhere", CONFIG, resume=True)
    with pytest.raises(UserError, match="cannot write"):
        Run(tmp_path / "mine/thesis.tex/run", CONFIG)
    (tmp_path / "run/config.yaml").write_text("a: [")
    with pytest.raises(UserError, match=r"config\.yaml"):
        Run(tmp_path / "run", CONFIG, resume=True)


def test_of_many_settings_that_differ_a_few_are_named(tmp_path: Path) -> None:
    with Run(tmp_path, CONFIG):
        pass
    others = {f"other{number}": number for number in range(8)}
    with pytest.raises(UserError, match=r"other4 was 'absent' and is 4; and 3 more\. Give the"):
        Run(tmp_path, {**CONFIG, **others}, resume=True)


def test_a_run_killed_before_its_config_was_written_can_be_resumed(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run/.lock").touch()
    (tmp_path / "run/.unfinished-abc").write_text("seed")
    with Run(tmp_path / "run", CONFIG, resume=True):
        assert not (tmp_path / "run/.unfinished-abc").exists()
        assert (tmp_path / "run/config.yaml").exists()


def test_only_one_process_works_in_a_run(tmp_path: Path) -> None:
    command = [sys.executable, "-c", COUNTER, str(tmp_path / "run")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "begun\n"
        with pytest.raises(UserError, match="another process"):
            Run(tmp_path / "run", {"seed": 1}, resume=True)
        other.send_signal(signal.SIGKILL)
    with Run(tmp_path / "run", {"seed": 1}, resume=True):
        pass


def test_killed_again_and_again_it_ends_as_if_it_had_not_been(tmp_path: Path) -> None:
    command = [sys.executable, "-c", COUNTER, str(tmp_path / "run")]
    for pause in (0.0, 0.03, 0.06, 0.09, 0.12):
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as other:
            assert other.stdout is not None
            other.stdout.readline()
            time.sleep(pause)
            other.send_signal(signal.SIGKILL)
        before = read_done(tmp_path / "run")
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    stages = ["one/a", "one/b", "two/c"]
    after = read_done(tmp_path / "run")
    assert [done.name for done in after] == stages
    assert after[: len(before)] == before
    assert not list((tmp_path / "run").glob("**/work"))
    records = MetricsFile(tmp_path / "run/metrics.jsonl").records
    assert [(record["stage"], record["step"], record["square"]) for record in records] == [
        (stage, number, number**2) for stage in stages for number in range(10)
    ]


def test_how_a_language_model_is_reached_may_change_and_what_it_is_asked_may_not(
    tmp_path: Path,
) -> None:
    critic = {"model": "a", "base_url": "http://here", "dry_run": True, "money_budget": 1}
    with Run(tmp_path, {"critic": critic}):
        pass
    moved = {**critic, "base_url": "http://there", "dry_run": False, "money_budget": 2}
    with Run(tmp_path, {"critic": moved}, resume=True):
        pass
    with pytest.raises(UserError, match=r"critic\.model was 'a' and is 'b'"):
        Run(tmp_path, {"critic": {**critic, "model": "b"}}, resume=True)


def _learn(run: Run, basis: str, made: list[str]) -> None:
    """Three stages, of which the second rests on something from outside."""

    def write(stage: Stage) -> dict[str, Any]:
        made.append(stage.name)
        (stage.folder / "file").write_text(basis)
        return {}

    run.stage("rollouts/round1", write)
    run.stage("feedback_model/round1", write, basis)
    run.stage("policies/lfm1", write)


def test_what_rests_on_something_else_is_made_again_and_nothing_else(tmp_path: Path) -> None:
    made: list[str] = []
    for basis in ("", "", "people", "people", ""):
        with Run(tmp_path / "run", CONFIG, resume=(tmp_path / "run").exists()) as run:
            _learn(run, basis, made)
        assert (tmp_path / "run/policies/lfm1/file").read_text() == basis
    later = ["feedback_model/round1", "policies/lfm1"]
    assert made == ["rollouts/round1", *later, *later, *later]


def test_a_kill_while_something_is_made_again_loses_no_track(tmp_path: Path) -> None:
    with Run(tmp_path / "run", CONFIG) as run:
        _learn(run, "", [])

    def fail(stage: Stage) -> dict[str, Any]:
        (stage.work / "half").write_text("of one basis")
        raise RuntimeError("no")

    with Run(tmp_path / "run", CONFIG, resume=True) as run:
        run.stage("rollouts/round1", never)
        with pytest.raises(RuntimeError):
            run.stage("feedback_model/round1", fail, "one")
    assert [done.name for done in read_done(tmp_path / "run")] == ["rollouts/round1"]

    def see(stage: Stage) -> dict[str, Any]:
        return {"resumed": stage.resumed, "half": (stage.work / "half").exists()}

    for basis, resumed in (("one", True), ("other", False)):
        with pytest.raises(RuntimeError), Run(tmp_path / "run", CONFIG, resume=True) as run:
            run.stage("policies/other", fail, "one")
        with Run(tmp_path / "run", CONFIG, resume=True) as run:
            counts = run.stage("policies/other", see, basis).counts
        assert counts == {"resumed": resumed, "half": resumed}
        (tmp_path / "run/policies/other/done.json").unlink()


def test_whose_labels_count_may_change_and_is_written_down(tmp_path: Path) -> None:
    config = {"seed": 1, "recipe": {"name": "lfm", "labels": "critic"}}
    with Run(tmp_path, config):
        pass
    both = {"seed": 1, "recipe": {"name": "lfm", "labels": "both"}}
    with Run(tmp_path, both, resume=True):
        pass
    assert OmegaConf.to_container(OmegaConf.load(tmp_path / "config.yaml")) == both
