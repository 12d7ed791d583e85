"""Loads a whole split of the official data, the second time from a compact cache.

The cache is JSON, gzipped, under ``$LFM_CACHE``, else ``$XDG_CACHE_HOME/lfm``, else
``~/.cache/lfm``. It is used only while names, sizes and times of all game files, and the code that
reads them, are unchanged.
"""

from __future__ import annotations

import gzip
import hashlib
import inspect
import json
import os
import warnings
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from envs.alfworld import compact, game, pddl
from envs.alfworld.compact import pack, unpack
from envs.alfworld.game import Game
from envs.alfworld.pddl import parse_game
from envs.errors import UserError
from envs.files import replacing

DATA_FOLDER = "json_2.1.1"
"""The folder inside ``ALFWORLD_DATA`` that holds the splits."""

EXPECTED_GAMES = {"train": 3553, "valid_seen": 140, "valid_unseen": 134}
"""Official split -> its number of games."""

_GAME, _TRAJECTORY = "game.tw-pddl", "traj_data.json"
_DOWNLOAD = "run 'alfworld-download -f' to fetch the games again"


def load_split(data_dir: str | Path, split: str, expected: int | None = None) -> tuple[Game, ...]:
    """All games of a split, sorted by task id.

    Like ALFWorld itself this takes the folders that hold a game, leaves out tasks with movable
    receptacles or slicing, and games stored as unsolvable. Nothing else is left out: a game that
    cannot be read or parsed is an error.

    Args:
        data_dir: ``ALFWORLD_DATA``, or the ``json_2.1.1`` folder in it.
        split: a folder in there: ``train``, ``valid_seen``, ``valid_unseen``, or one of your own.
        expected: how many games there must be; by default the official number for an official
            split and any number above zero for another.

    Raises:
        UserError: a folder or file is missing, unreadable or not in the format, or the number of
            games is not the expected one; the message names it and the fix.
    """
    folder = split_folder(Path(data_dir), split)
    files = _game_files(folder)
    fingerprint = _fingerprint(files)
    cached = _cache_file(folder)
    games = _read_cache(cached, fingerprint)
    if games is None:
        data = {"fingerprint": fingerprint, **pack(_parse_all(folder, files))}
        games = unpack(data)
        _write_cache(cached, data)
    _check_count(len(games), expected or EXPECTED_GAMES.get(split), folder)
    return games


def split_folder(data_dir: Path, split: str) -> Path:
    """The folder of a split.

    Raises:
        UserError: there is none.
    """
    for root in (data_dir / DATA_FOLDER, data_dir):
        if (root / split).is_dir():
            return root / split
    if not data_dir.is_dir():
        raise UserError(
            f"The ALFWorld data folder {data_dir} does not exist; give the folder that holds "
            f"{DATA_FOLDER} (env.data=DIR or ALFWORLD_DATA), or run 'alfworld-download'."
        )
    raise UserError(
        f"There is no split {split!r} in {data_dir} (looked for {DATA_FOLDER}/{split} and "
        f"{split}); check env.data and env.split, or run 'alfworld-download'."
    )


def _game_files(folder: Path) -> list[Path]:
    """The game files of a split that ALFWorld would list, sorted by task id."""
    try:
        return sorted(
            Path(trial.path)
            for task in _subfolders(folder)
            if "movable" not in task.name and "Sliced" not in task.name
            for trial in _subfolders(task)
            if os.path.exists(os.path.join(trial.path, _GAME))
        )
    except OSError as error:
        raise UserError(f"Cannot list {error.filename}: {error.strerror}.") from error


def _subfolders(folder: Path | os.DirEntry[str]) -> Iterator[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        yield from (entry for entry in entries if entry.is_dir())


def _fingerprint(trials: list[Path]) -> str:
    """Hash of the files' names, sizes and times, and of the code that reads them."""
    code = "".join(inspect.getsource(module) for module in (game, pddl, compact))
    digest = hashlib.sha256(code.encode())
    for trial in trials:
        for name in (_GAME, _TRAJECTORY):
            try:
                status = os.stat(trial / name)
            except OSError as error:
                raise _unreadable(trial / name, error) from error
            line = f"{trial.parent.name}/{trial.name}/{name} {status.st_size} {status.st_mtime_ns}"
            digest.update(line.encode())
    return digest.hexdigest()


def _unreadable(path: Path, error: OSError) -> UserError:
    return UserError(f"Cannot read {path} ({error.strerror}); {_DOWNLOAD}.")


def _parse_all(folder: Path, trials: list[Path]) -> Iterator[Game]:
    for trial in trials:
        text, traj_data = _read(trial / _GAME), _read_json(trial / _TRAJECTORY)
        try:
            parsed = parse_game(text, trial.relative_to(folder).as_posix(), traj_data)
        except UserError as error:
            raise UserError(f"{trial / _GAME}: {error}") from error
        if _solvable(text):
            yield parsed


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise _unreadable(path, error) from error
    except UnicodeDecodeError as error:
        raise UserError(f"{path} is not text ({error.reason}); {_DOWNLOAD}.") from error


def _read_json(path: Path) -> dict[str, Any]:
    text = _read(path)
    try:
        data = json.loads(text)
    except ValueError as error:
        raise UserError(f"{path} is not JSON ({error}); {_DOWNLOAD}.") from error
    if not isinstance(data, dict):
        raise UserError(f"{path} does not hold a JSON object; {_DOWNLOAD}.")
    return data


def _solvable(text: str) -> bool:
    """Whether the game is stored as solvable; the search spares most games a second parse."""
    return '"solvable": true' in text or bool(json.loads(text).get("solvable"))


def _check_count(found: int, expected: int | None, folder: Path) -> None:
    if expected is None and found == 0:
        raise UserError(f"There are no games in {folder} (<task>/<trial>/{_GAME}).")
    if expected is not None and found != expected:
        raise UserError(
            f"{folder} has {found} games where {expected} are expected; the data are incomplete "
            f"or mixed: {_DOWNLOAD}."
        )


def cache_dir() -> Path:
    """Where this package keeps what it can make again."""
    if "LFM_CACHE" in os.environ:
        return Path(os.environ["LFM_CACHE"])
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "lfm"


def _cache_file(folder: Path) -> Path:
    place = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:12]
    return cache_dir() / f"alfworld-{folder.name}-{place}.json.gz"


def _read_cache(path: Path, fingerprint: str) -> tuple[Game, ...] | None:
    """The cached games; ``None`` if there are none, the data changed, or the cache is damaged."""
    try:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            data = json.load(file)
        return unpack(data) if data["fingerprint"] == fingerprint else None
    except (OSError, EOFError, zlib.error, ValueError, KeyError, IndexError, TypeError):
        return None


def _write_cache(path: Path, data: dict[str, Any]) -> None:
    """Keep the games for the next time; a cache that cannot be written costs only time."""
    text = json.dumps(data, separators=(",", ":"))
    try:
        with replacing(path) as temporary:
            temporary.write_bytes(gzip.compress(text.encode(), compresslevel=6))
    except UserError as error:
        warnings.warn(
            f"The games are read anew each time: {error} (set LFM_CACHE to a writable folder).",
            stacklevel=3,
        )
