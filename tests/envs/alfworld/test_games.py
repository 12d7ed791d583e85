from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from envs.alfworld.games import make_source
from envs.alfworld.pddl import parse_game
from envs.errors import UserError


@pytest.mark.parametrize(("split", "count"), [("valid_seen", 140), ("valid_unseen", 134)])
def test_generated_without_data(split: str, count: int) -> None:
    source = make_source(None, split)
    assert source.version == "generated-1-w0"
    assert len(source.task_ids) == len(set(source.task_ids)) == count
    assert list(source.task_ids) == sorted(source.task_ids)
    assert all(source.game(task_id).task_id == task_id for task_id in source.task_ids[:3])


def test_fingerprint_tells_worlds_splits_and_subsets_apart() -> None:
    sources = [
        make_source(None, "valid_seen"),
        make_source(None, "valid_unseen"),
        make_source(None, "valid_seen", world_seed=1),
        make_source(None, "valid_seen", games=10),
    ]
    assert len({source.fingerprint for source in sources}) == len(sources)
    assert make_source(None, "valid_seen").fingerprint == sources[0].fingerprint


def test_a_few_games_are_spread_over_the_task_types() -> None:
    source = make_source(None, "train", games=24)
    assert len(source.task_ids) == 24
    assert len({source.game(task_id).task_type for task_id in source.task_ids}) == 6
    assert make_source(None, "valid_seen", games=9999).task_ids == (
        make_source(None, "valid_seen").task_ids
    )


def test_generated_game_is_written_and_reads_back() -> None:
    source = make_source(None, "valid_unseen", games=2)
    task_id = source.task_ids[1]
    file = source.game_file(task_id)
    assert source.game_file(task_id) == file
    assert parse_game(file.read_text(), task_id).receptacles == source.game(task_id).receptacles
    folder = file.parent.parent.parent
    del source
    assert not folder.exists()


def test_unknown_task_names_similar_ones() -> None:
    source = make_source(None, "valid_seen")
    wanted = source.task_ids[5]
    with pytest.raises(UserError, match=r"among the 140 of split 'valid_seen'.*similar") as caught:
        source.game(wanted[:-1])
    assert wanted in str(caught.value)
    with pytest.raises(UserError, match="There is no task 'zzz'"):
        source.game_file("zzz")


@pytest.mark.parametrize(
    ("data", "split", "games", "message"),
    [
        (None, "test", 0, "Generated games have the splits train, valid_seen, valid_unseen"),
        (None, "train", -1, "games=-1"),
        ("/nowhere/at/all", "train", 0, "folder /nowhere/at/all does not exist.*ALFWORLD_DATA"),
    ],
)
def test_bad_settings(data: str | None, split: str, games: int, message: str) -> None:
    with pytest.raises(UserError, match=message):
        make_source(data, split, games=games)


def test_variable_names_the_data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ALFWORLD_DATA", str(tmp_path))
    with pytest.raises(UserError, match=r"no split 'valid_unseen'.*alfworld-download"):
        make_source(None, "valid_unseen")
    assert make_source("generated", "valid_unseen").version == "generated-1-w0"


def test_official(official_data: str) -> None:
    source = make_source(official_data, "valid_seen")
    assert source.version == "official-2.1.2"
    assert len(source.task_ids) == 140
    task_id = source.task_ids[7]
    assert source.game(task_id).human_goals
    assert source.game_file(task_id).is_file()
    assert len(source.fingerprint) == 64


def test_official_count_and_own_folders(
    official_data: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LFM_CACHE", str(tmp_path / "cache"))
    source = make_source(official_data, "valid_seen", games=3)
    for split in ("valid_unseen", "my_games"):
        for task_id in source.task_ids:
            folder = source.game_file(task_id).parent
            shutil.copytree(folder, tmp_path / "json_2.1.1" / split / task_id)
    assert make_source(str(tmp_path), "my_games").task_ids == source.task_ids
    with pytest.raises(UserError, match=r"3 games where 134 .*alfworld-download"):
        make_source(str(tmp_path), "valid_unseen")
