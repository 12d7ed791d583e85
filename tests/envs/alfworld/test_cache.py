from __future__ import annotations

import json
import os
import shutil
import warnings
from pathlib import Path

import pytest

from envs.alfworld import cache
from envs.alfworld.cache import load_split
from envs.alfworld.compact import pack, unpack
from envs.alfworld.game import Game
from envs.alfworld.generate import generate_game
from envs.errors import UserError
from tests.envs.alfworld.rooms import KITCHEN

pytest.importorskip("textworld", reason="writing games needs the alfworld and textworld packages")

GAMES = tuple(sorted((generate_game("train", i, 0) for i in range(3)), key=lambda g: g.task_id))


@pytest.fixture(autouse=True)
def cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LFM_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with a small split of one's own."""
    from envs.alfworld.official_format import write_game

    for game in GAMES:
        write_game(game, tmp_path / "data" / "json_2.1.1" / "mine" / game.task_id)
    return tmp_path / "data"


def first_trial(data: Path) -> Path:
    return data / "json_2.1.1" / "mine" / GAMES[0].task_id


def test_round_trip_through_json() -> None:
    games = (*GAMES, KITCHEN)
    assert unpack(json.loads(json.dumps(pack(games)))) == games


def test_loads_games_in_order_from_either_folder(data: Path) -> None:
    assert load_split(data, "mine") == GAMES
    assert load_split(str(data / "json_2.1.1"), "mine", expected=3) == GAMES


def test_second_time_comes_from_the_cache(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load_split(data, "mine")
    monkeypatch.setattr(cache, "parse_game", None)
    assert load_split(data, "mine") == GAMES


def test_changed_game_is_read_again(data: Path) -> None:
    load_split(data, "mine")
    file = first_trial(data) / "traj_data.json"
    content = json.loads(file.read_text("utf-8"))
    content["scene"]["floor_plan"] = "FloorPlan99"
    file.write_text(json.dumps(content), encoding="utf-8")
    assert load_split(data, "mine")[0].scene == "FloorPlan99"


def test_new_and_removed_games_are_noticed(data: Path) -> None:
    load_split(data, "mine")
    shutil.rmtree(first_trial(data))
    assert load_split(data, "mine") == GAMES[1:]


@pytest.mark.parametrize("content", [b"", b"no gzip", b"\x1f\x8b\x08damaged"])
def test_damaged_cache_is_made_again(data: Path, cache_folder: Path, content: bytes) -> None:
    load_split(data, "mine")
    (file,) = cache_folder.iterdir()
    whole = file.read_bytes()
    for damaged in (content, whole[: len(whole) // 2], whole[:100] + b"x" + whole[101:]):
        file.write_bytes(damaged)
        assert load_split(data, "mine") == GAMES
    assert list(cache_folder.iterdir()) == [file]


def test_cache_that_cannot_be_written_is_only_said(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("LFM_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.warns(UserWarning, match="set LFM_CACHE to a writable folder"):
        assert load_split(data, "mine") == GAMES


def test_cache_folder_follows_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cache.cache_dir() == tmp_path / "cache"
    monkeypatch.delenv("LFM_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache.cache_dir() == tmp_path / "lfm"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache.cache_dir() == Path.home() / ".cache" / "lfm"


def test_left_out_as_alfworld_does(data: Path) -> None:
    trial = first_trial(data)
    for task in ("pick_movable", "pick_Sliced"):
        shutil.copytree(trial, trial.parents[1] / task / "trial")
    (trial.parent / "no_game_here").mkdir()
    file = trial / "game.tw-pddl"
    content = json.loads(file.read_text("utf-8"))
    file.write_text(json.dumps({**content, "solvable": False}), encoding="utf-8")
    assert load_split(data, "mine") == GAMES[1:]


def test_missing_folders_are_named(data: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"nowhere does not exist.*alfworld-download"):
        load_split(tmp_path / "nowhere", "train")
    with pytest.raises(UserError, match=r"no split 'valid_unseen' in .*data.*env\.split"):
        load_split(data, "valid_unseen")


def test_wrong_number_of_games_is_refused(data: Path) -> None:
    with pytest.raises(UserError, match=r"mine has 3 games where 4 are expected.*download -f"):
        load_split(data, "mine", expected=4)
    (data / "json_2.1.1" / "mine").rename(data / "json_2.1.1" / "train")
    with pytest.raises(UserError, match="has 3 games where 3553 are expected"):
        load_split(data, "train")
    (data / "json_2.1.1" / "empty").mkdir()
    with pytest.raises(UserError, match=r"no games in .*empty"):
        load_split(data, "empty")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("game.tw-pddl", b"{", r"game\.tw-pddl.*not JSON.*download"),
        ("game.tw-pddl", b"\xff\xfe", r"game\.tw-pddl is not text"),
        ("traj_data.json", b"{", r"traj_data\.json is not JSON"),
        ("traj_data.json", b"[]", r"traj_data\.json does not hold a JSON object"),
        ("traj_data.json", b"{}", r"game\.tw-pddl: game .*not in ALFWorld's format"),
        ("traj_data.json", None, r"Cannot read .*traj_data\.json.*download -f"),
    ],
)
def test_bad_file_is_named_and_nothing_is_cached(
    data: Path, cache_folder: Path, name: str, content: bytes | None, message: str
) -> None:
    file = first_trial(data) / name
    if content is None:
        file.unlink()
    else:
        file.write_bytes(content)
    with pytest.raises(UserError, match=message):
        load_split(data, "mine")
    assert not cache_folder.exists()


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="needs file permissions to hold")
def test_unreadable_file_is_named(data: Path) -> None:
    (first_trial(data) / "game.tw-pddl").chmod(0)
    with pytest.raises(UserError, match=r"Cannot read .*game\.tw-pddl"):
        load_split(data, "mine")


def test_official_split(official_data: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        games = load_split(official_data, "valid_seen")
    assert len(games) == 140
    assert [game.task_id for game in games] == sorted(game.task_id for game in games)
    assert all(isinstance(game, Game) and len(game.human_goals) >= 3 for game in games)
    assert load_split(official_data, "valid_seen") == games
