"""Episodes as Parquet: lossless, readable by others, and clear when something is wrong."""

from __future__ import annotations

import errno
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pandas
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given

from envs.actions import FactoredActions
from envs.errors import UserError
from envs.record import Step, Trajectory, frozen
from envs.store import (
    TRAJECTORIES,
    from_row,
    read_index,
    read_trajectories,
    to_row,
    write_trajectories,
)
from envs.tables import versioned, write_rows

NAMES = st.text(min_size=1, max_size=20)
NUMBERS = st.floats(allow_nan=False)
PLAIN = st.lists(st.text(max_size=10), max_size=4).map(tuple)
STEPS = st.builds(
    Step,
    action=st.text(max_size=20),
    observation=st.text(max_size=40),
    admissible=PLAIN | st.builds(FactoredActions, PLAIN, PLAIN),
    score=NUMBERS,
    log_prob=st.none() | NUMBERS,
)
TRAJECTORY = st.builds(
    Trajectory,
    trajectory_id=NAMES,
    env=NAMES,
    env_version=st.text(max_size=10),
    split=NAMES,
    task_id=NAMES,
    task_type=st.text(max_size=10),
    instruction=NAMES,
    first_observation=st.text(max_size=40),
    steps=st.lists(STEPS, min_size=1, max_size=4).map(tuple),
    success=st.booleans(),
    policy=NAMES,
    seed=st.integers(0, 2**63 - 1),
    privileged=st.booleans(),
)


@given(trajectories=st.lists(TRAJECTORY, max_size=5))
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, trajectories: list[Trajectory]
) -> None:
    path = tmp_path_factory.mktemp("store") / "trajectories.parquet"
    write_trajectories(path, trajectories)
    assert read_trajectories(path) == trajectories


def one(name: str = "a", steps: int = 2) -> Trajectory:
    done = tuple(Step(f"go {at}", f"seen {at}", ("look", "go"), 0.0) for at in range(steps))
    return Trajectory(
        name, "toy", "1", "train", "t", "k", "do it", "room", done, False, "p", 1, False
    )


def test_order_survives_many_row_groups(tmp_path: Path) -> None:
    trajectories = [one(f"t{number}", steps=1) for number in range(1300)]
    path = tmp_path / "t.parquet"
    write_trajectories(path, iter(trajectories))
    assert read_trajectories(path) == trajectories
    assert pq.ParquetFile(path).num_row_groups == 3


def test_pandas_reads_it_without_our_code(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    write_trajectories(path, [one()])
    frame = pandas.read_parquet(path)
    assert list(frame.columns) == TRAJECTORIES.names
    assert [step["action"] for step in frame.steps[0]] == ["go 0", "go 1"]
    assert frame.steps[0][0]["log_prob"] is None


def test_schema_name_and_version_are_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    write_trajectories(path, [])
    metadata = pq.read_schema(path).metadata
    assert metadata[b"lfm.schema"] == b"trajectories"
    assert metadata[b"lfm.schema_version"] == b"2"
    assert pq.ParquetFile(path).metadata.num_rows == 0


def in_version_1() -> tuple[pa.Schema, dict[str, Any]]:
    """The schema before there were things, and an episode in it."""
    steps = TRAJECTORIES.field("steps").type.value_type
    kept = pa.list_(pa.struct([field for field in steps if field.name != "things"]))
    at = TRAJECTORIES.get_field_index("steps")
    schema = TRAJECTORIES.set(at, pa.field("steps", kept, nullable=False))
    row = to_row(one())
    for step in row["steps"]:
        del step["things"]
    return versioned("trajectories", 1, schema), row


def test_files_of_version_1_are_read(tmp_path: Path) -> None:
    schema, row = in_version_1()
    write_rows(tmp_path / "old.parquet", schema, [row])
    assert "things" not in str(pq.read_schema(tmp_path / "old.parquet"))
    assert read_trajectories(tmp_path / "old.parquet") == [one()]


def test_factored_actions_are_frames_and_things(tmp_path: Path) -> None:
    actions = FactoredActions(("wait", "open OBJ"), ("cup", "jug"))
    steps = (Step("wait", "", actions, 0.0), Step("wait", "", ("wait",), 0.0))
    path = tmp_path / "t.parquet"
    write_trajectories(path, [replace(one(), steps=steps)])
    factored, plain = pandas.read_parquet(path).steps[0]
    assert [list(factored[name]) for name in ("admissible", "things")] == [
        ["wait", "open OBJ"],
        ["cup", "jug"],
    ]
    assert plain["things"] is None
    assert read_trajectories(path)[0].steps == steps


def test_equal_texts_and_lists_are_kept_once() -> None:
    """Also across steps that share the frames and not the things, and across episodes."""
    things = [("cup",), ("cup", "jug"), ("cup",)]
    admissible = [FactoredActions(("wait", "open OBJ"), each) for each in things]
    steps = tuple(Step("wait", "A hall.", each, 0.0) for each in admissible)
    texts = json.dumps(to_row(replace(one(), steps=steps)))
    shared: dict[Any, Any] = {}
    first, second = (from_row(json.loads(texts), shared).steps for _ in range(2))
    read = [step.admissible for step in (*first, *second)]
    assert [each.things for each in read if isinstance(each, FactoredActions)] == things * 2
    assert len({id(each) for each in read}) == 2
    assert len({id(each.frames) for each in read if isinstance(each, FactoredActions)}) == 1
    assert first[0].admissible[1:] == ("open cup",)
    assert len({id(step.observation) for step in (*first, *second)}) == 1


def test_a_step_keeps_factored_actions_as_they_are() -> None:
    actions = FactoredActions(("open OBJ",), ("cup",))
    assert frozen(actions) is actions
    assert frozen(["look"]) == ("look",)


def _no_file(path: Path) -> None:
    del path


def _no_parquet(path: Path) -> None:
    path.write_text("hello")


def _cut_short(path: Path) -> None:
    write_trajectories(path, [one()])
    path.write_bytes(path.read_bytes()[:-20])


def _damaged_inside(path: Path) -> None:
    write_trajectories(path, [one(steps=50)])
    content = bytearray(path.read_bytes())
    content[4:200] = bytes(196)
    path.write_bytes(bytes(content))


def _others_file(path: Path) -> None:
    pq.write_table(pa.table({"a": [1]}), path)


def _other_table(path: Path) -> None:
    write_rows(path, versioned("judgements", 1, pa.schema([("a", pa.int64())])), [{"a": 1}])


def _other_version(path: Path) -> None:
    write_rows(path, versioned("trajectories", 99, TRAJECTORIES), [])


def _other_columns(path: Path) -> None:
    write_rows(path, versioned("trajectories", 2, pa.schema([("a", pa.int64())])), [])


def _other_columns_of_version_1(path: Path) -> None:
    write_rows(path, versioned("trajectories", 1, pa.schema([("a", pa.int64())])), [])


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (_no_file, "no file"),
        (_no_parquet, "not a Parquet file"),
        (_cut_short, "damaged"),
        (_damaged_inside, "damaged"),
        (_others_file, "not written by LFM"),
        (_other_table, "judgements"),
        (_other_version, "version 99"),
        (_other_columns, "version 2 but its columns"),
        (_other_columns_of_version_1, "version 1 but its columns"),
    ],
)
def test_a_bad_file_is_named(tmp_path: Path, spoil: object, words: str) -> None:
    path = tmp_path / "bad.parquet"
    assert callable(spoil)
    spoil(path)
    with pytest.raises(UserError, match=words) as caught:
        read_trajectories(path)
    assert str(path) in str(caught.value)


def test_some_episodes_or_none_of_their_steps_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    episodes = [one(str(number)) for number in range(1200)]  # several groups of rows
    write_trajectories(path, episodes)
    assert read_trajectories(path, {"1100", "3", "nope"}) == [episodes[3], episodes[1100]]
    assert read_trajectories(path, ()) == []
    index = read_index(path)
    assert index["trajectory_id"].to_pylist() == [each.trajectory_id for each in episodes]
    assert set(index["steps"].to_pylist()) == {len(episodes[0].steps)}


def test_an_impossible_episode_is_named(tmp_path: Path) -> None:
    path = tmp_path / "bad.parquet"
    plain = {"success": False, "seed": 0, "privileged": False, "steps": []}
    write_rows(path, TRAJECTORIES, [dict.fromkeys(TRAJECTORIES.names, "") | plain])
    with pytest.raises(UserError, match=r"bad\.parquet holds an impossible episode"):
        read_trajectories(path)


def test_a_full_disk_leaves_the_old_file_and_names_the_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "t.parquet"
    write_trajectories(path, [one()])

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(UserError, match=r"t\.parquet: the disk is full"):
        write_trajectories(path, [one("b")])
    monkeypatch.undo()
    assert read_trajectories(path) == [one()]
    assert [file.name for file in tmp_path.iterdir()] == ["t.parquet"]


def test_a_failing_source_leaves_no_file(tmp_path: Path) -> None:
    def source() -> Iterator[Trajectory]:
        yield one()
        raise RuntimeError("out of episodes")

    with pytest.raises(RuntimeError, match="out of episodes"):
        write_trajectories(tmp_path / "t.parquet", source())
    assert list(tmp_path.iterdir()) == []
