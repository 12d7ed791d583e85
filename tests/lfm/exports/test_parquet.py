"""A run as a data set that ``datasets`` reads, and that is still a run."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml
from rich.console import Console

from envs.errors import UserError
from lfm import layout
from lfm.export_config import ExportedLabels
from lfm.exports.source import Source
from lfm.inspect import show
from lfm.run import Run
from lfm.story import read_stories
from tests.lfm.conftest import MARKUP
from tests.lfm.exports.exporting import advised_run, critic_run, export, judge, walk
from tests.lfm.looking import inspecting

datasets = pytest.importorskip("datasets", reason="reading the folder as others do needs datasets")


@pytest.fixture(scope="module")
def folder(sample_run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("parquet") / "data"
    assert export(sample_run, "parquet", out) == 1 + 6 + 4 + 6 * 4
    return out


def test_every_set_is_read_back_as_it_was(sample_run: Path, folder: Path) -> None:
    sets = layout.episode_sets(sample_run)
    assert sets
    assert set(layout.episode_sets(folder)) == set(sets)
    for stage in sets:
        assert read_stories(folder, stage) == read_stories(sample_run, stage)
    source, original = (Source.of(run, None, ExportedLabels.critic) for run in (folder, sample_run))
    assert original.thresholds
    assert replace(source, run=sample_run, stages=original.stages) == original


def test_what_people_said_goes_with_it(make_run: Callable[[], Path], tmp_path: Path) -> None:
    run, stage = make_run(), layout.rollouts("round1")
    said = read_stories(run, stage)[0].trajectory
    judge(run, said, {2: ("productive", "near enough")})
    export(run, "parquet", tmp_path / "data")
    assert read_stories(tmp_path / "data", stage)[0].people[2].note == "near enough"
    rows = pq.read_table(tmp_path / "data" / "steps" / f"{stage}.parquet").to_pylist()
    told = [(row["person"], row["person_note"]) for row in rows[:3]]
    assert told == [(None, None), ("productive", "near enough"), (None, None)]


def test_advice_is_read_back_too(tmp_path: Path) -> None:
    run = advised_run(tmp_path / "run", walk(0, "look", "wait"), {1: "open fridge"})
    export(run, "parquet", tmp_path / "data")
    stage = layout.rollouts("round1")
    assert read_stories(tmp_path / "data", stage) == read_stories(run, stage)
    rows = pq.read_table(tmp_path / "data" / "steps" / f"{stage}.parquet").to_pylist()
    assert [row["advice"] for row in rows] == ["open fridge", None]
    assert {(row["advisor"], row["advisor_privileged"]) for row in rows} == {("expert", True)}
    assert "expert, who advised on `rollouts.round1`: privileged" in _card(tmp_path / "data")


def test_an_exported_folder_can_be_exported_again(folder: Path, tmp_path: Path) -> None:
    export(folder, "parquet", tmp_path / "again")
    files = [file.relative_to(folder) for file in folder.rglob("*") if file.is_file()]
    assert len(files) > 20
    for file in files:
        assert (tmp_path / "again" / file).read_bytes() == (folder / file).read_bytes(), file


def test_datasets_reads_it_by_its_card(folder: Path, tmp_path: Path) -> None:
    steps = datasets.load_dataset(str(folder), cache_dir=str(tmp_path))
    assert "evaluations.bc_valid_unseen" in steps
    first, second, _ = steps["rollouts.round1"].select(range(3))
    assert (first["step"], first["action"]) == (1, "go to cabinet 1")
    assert first["seen"] == "You are in the middle of a room."
    assert MARKUP in first["observation"]
    assert second["seen"] == first["observation"]
    assert first["labels"] == [{"productive": True, "reason": f"reason of the critic 1 {MARKUP}"}]
    assert (first["critic"], first["critic_privileged"]) == ("simulator", True)
    assert (first["p_productive"], first["kept"]) == (0.9, True)
    assert (first["feedback_model"], first["feedback_model_privileged"]) == ("m", None)
    last = steps["rollouts.round1"][-1]
    assert (last["critic"], last["labels"], last["kept"]) == (None, [], False)

    names = datasets.get_dataset_config_names(str(folder))
    assert names == ["steps", "episodes", "labels", "windows", "judgements"]
    episodes = datasets.load_dataset(str(folder), "episodes", cache_dir=str(tmp_path))
    assert episodes["rollouts.round1"][0]["steps"][1]["admissible"] == ["look", "go to cabinet 2"]
    labels = datasets.load_dataset(str(folder), "labels", cache_dir=str(tmp_path))
    assert labels["rollouts.round1"].num_rows == 4 * 3


def test_a_critic_who_said_nothing_readable_is_no_obstacle(tmp_path: Path) -> None:
    run = critic_run(tmp_path / "run", [(walk(0, "look"), [])])
    export(run, "parquet", tmp_path / "data")
    assert datasets.get_dataset_config_names(str(tmp_path / "data")) == [
        "steps",
        "episodes",
        "windows",
    ]
    steps = datasets.load_dataset(str(tmp_path / "data"), cache_dir=str(tmp_path / "cache"))
    assert steps["rollouts.round1"][0]["labels"] == []


def test_the_card_says_what_it_is(folder: Path) -> None:
    text = _card(folder)
    head = yaml.safe_load(text.split("---")[1])
    assert head["license"] == "other"
    assert "- simulator, a critic: privileged" in text
    assert "| `rollouts.round1` | 6 | 3 | 18 | valid_unseen | bc |" in text
    assert "[ALFWorld](https://github.com/alfworld/alfworld) (MIT)" in text
    assert "- commit of the code: " in text


def test_other_commands_read_it(folder: Path) -> None:
    shown = io.StringIO()
    show(inspecting(run=folder, set="round1", limit=1), Console(file=shown, width=200))
    assert "critic  productive: reason of the critic 1" in shown.getvalue()


def test_what_is_of_a_machine_stays_there(tmp_path: Path) -> None:
    private = {
        "run_dir": "/home/me/run",
        "env": {"name": "alfworld", "data": "/home/me/games"},
        "critic": {"name": "openai", "model": "m", "base_url": "http://10.0.0.1/v1"},
    }
    run = advised_run(tmp_path / "run", walk(0, "look"), {})
    (run / layout.CONFIG_FILE).write_text(yaml.safe_dump(private))
    export(run, "parquet", tmp_path / "data")
    config = yaml.safe_load((tmp_path / "data" / layout.CONFIG_FILE).read_text())
    assert config == {
        "env": {"name": "alfworld", "data": "games"},
        "critic": {"name": "openai", "model": "m"},
    }


def test_it_is_whole_or_not_there(sample_run: Path, tmp_path: Path) -> None:
    run = advised_run(tmp_path / "run", walk(0, "look"), {1: "wait"})
    file = run / layout.advice("round1") / layout.ADVICE_FILE
    file.write_bytes(file.read_bytes()[:100])
    with pytest.raises(UserError, match=r"advice\.parquet is damaged"):
        export(run, "parquet", tmp_path / "data")
    assert [each.name for each in tmp_path.iterdir()] == ["run"]
    (tmp_path / "data").mkdir()
    with pytest.raises(UserError, match=r"out: .*data is there already"):
        export(sample_run, "parquet", tmp_path / "data")


def test_a_run_without_episodes_says_so(tmp_path: Path) -> None:
    with Run(tmp_path / "run", asdict(walk(0, "look"))):
        pass
    with pytest.raises(UserError, match="no episodes yet"):
        export(tmp_path / "run", "parquet", tmp_path / "data")
    with pytest.raises(UserError, match="is no run"):
        export(tmp_path, "parquet", tmp_path / "data")


def _card(folder: Path) -> str:
    return (folder / "README.md").read_text("utf-8")
