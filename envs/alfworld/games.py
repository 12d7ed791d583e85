"""Where games come from: ALFWorld's official data, or this package's generator."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import weakref
from abc import ABC, abstractmethod
from functools import lru_cache
from pathlib import Path

from envs.alfworld.cache import EXPECTED_GAMES, load_split, split_folder
from envs.alfworld.compact import pack
from envs.alfworld.game import Game
from envs.alfworld.generate import generate_game, generated_task_ids, generated_task_index
from envs.arguments import similar_names
from envs.errors import UserError

GENERATED = "generated"
"""``data`` for generated games even where ``ALFWORLD_DATA`` is set."""

GENERATOR_VERSION = 1
"""To be raised whenever the same world seed gives other games."""

OFFICIAL_VERSION = "official-2.1.2"
"""Release of the official games whose rules and sentences the loader insists on."""


class GameSource(ABC):
    """The games of one split.

    Attributes:
        split: name of the split.
        version: kind and version of the games, e.g. ``"generated-1-w0"``.
        task_ids: sorted names of the games.
    """

    def __init__(self, split: str, version: str, task_ids: tuple[str, ...], games: int):
        self.split = split
        self.version = version
        self.task_ids = _spread(tuple(sorted(task_ids)), games)
        self._known = frozenset(self.task_ids)

    def game(self, task_id: str) -> Game:
        """The game of that name.

        Raises:
            UserError: the source has no such game; the message names similar ones.
        """
        return self._game(self._checked(task_id))

    def game_file(self, task_id: str) -> Path:
        """A ``game.tw-pddl`` with that game, for the textworld engine.

        Raises:
            UserError: the source has no such game, or the alfworld package that holds the rules
                for writing a generated one is not installed.
        """
        return self._game_file(self._checked(task_id))

    @property
    @abstractmethod
    def fingerprint(self) -> str:
        """Hash of what the games are, for a run's manifest."""

    @abstractmethod
    def _game(self, task_id: str) -> Game: ...

    @abstractmethod
    def _game_file(self, task_id: str) -> Path: ...

    def _checked(self, task_id: str) -> str:
        if task_id not in self._known:
            hint = similar_names(task_id, self.task_ids)
            raise UserError(
                f"There is no task {task_id!r} among the {len(self.task_ids)} of split "
                f"{self.split!r} ({self.version}){hint}."
            )
        return task_id


class OfficialGames(GameSource):
    """Games read from ALFWorld's data folder.

    Args:
        data: ``ALFWORLD_DATA``, or the ``json_2.1.1`` folder in it.
        split: an official split or any other folder of games beside them.
        games: use only so many, spread evenly over the sorted list; 0 for all.
    """

    def __init__(self, data: str, split: str, games: int = 0):
        self._games = _official(data, split)
        self._folder = split_folder(Path(data), split)
        super().__init__(split, OFFICIAL_VERSION, tuple(self._games), games)

    @property
    def fingerprint(self) -> str:
        """Hash of the compact form of all games."""
        return _digest(pack(self._games[task_id] for task_id in self.task_ids))

    def _game(self, task_id: str) -> Game:
        return self._games[task_id]

    def _game_file(self, task_id: str) -> Path:
        return self._folder / task_id / "game.tw-pddl"


class GeneratedGames(GameSource):
    """Games that the generator makes, each when it is asked for.

    Args:
        split: an official split's name; there are as many games as in the official one.
        world_seed: which world.
        games: use only so many, spread evenly over the sorted list; 0 for all.
    """

    def __init__(self, split: str, world_seed: int = 0, games: int = 0):
        if split not in EXPECTED_GAMES:
            raise UserError(
                f"Generated games have the splits {', '.join(EXPECTED_GAMES)}, not {split!r}; a "
                "split of your own needs a data folder (env.data=DIR or ALFWORLD_DATA)."
            )
        version = f"{GENERATED}-{GENERATOR_VERSION}-w{world_seed}"
        super().__init__(split, version, generated_task_ids(split, world_seed), games)
        self.world_seed = world_seed
        self._written: Path | None = None

    @property
    def fingerprint(self) -> str:
        """Hash of version, names and one whole game; the rest follows from the version."""
        sample = pack([self._game(self.task_ids[0])])
        return _digest([self.version, self.split, self.task_ids, sample])

    def _game(self, task_id: str) -> Game:
        index = generated_task_index(self.split, self.world_seed)[task_id]
        return _generated(self.split, index, self.world_seed)

    def _game_file(self, task_id: str) -> Path:
        from envs.alfworld.official_format import write_game  # needs the alfworld package

        if self._written is None:
            self._written = Path(tempfile.mkdtemp(prefix="lfm-alfworld-"))
            weakref.finalize(self, shutil.rmtree, self._written, ignore_errors=True)
        folder = self._written / task_id
        if not folder.exists():
            write_game(self.game(task_id), folder)
        return folder / "game.tw-pddl"


def make_source(
    data: str | None, split: str, world_seed: int = 0, games: int = 0
) -> OfficialGames | GeneratedGames:
    """The games of a split.

    Args:
        data: folder of the official games; ``None`` for ``$ALFWORLD_DATA`` if that is set, else
            generated games; :data:`GENERATED` for generated games in any case.
        split: ``train``, ``valid_seen``, ``valid_unseen``; with official data any folder there.
        world_seed: which generated world.
        games: use only so many, spread evenly over the sorted list (which is sorted by task
            type); 0, or more than there are, for all.

    Raises:
        UserError: no such folder or split, games missing or unreadable, ``games`` negative.
    """
    if games < 0:
        raise UserError(f"games={games}: give the number of games to use, or 0 for all.")
    data = data or os.environ.get("ALFWORLD_DATA") or GENERATED
    if data == GENERATED:
        return GeneratedGames(split, world_seed, games)
    return OfficialGames(data, split, games)


@lru_cache(maxsize=8)
def _official(data: str, split: str) -> dict[str, Game]:
    """All games of a split, shared by the environments of a process."""
    return {game.task_id: game for game in load_split(data, split)}


@lru_cache(maxsize=4096)
def _generated(split: str, index: int, world_seed: int) -> Game:
    return generate_game(split, index, world_seed)


def _spread(task_ids: tuple[str, ...], games: int) -> tuple[str, ...]:
    if not 0 < games < len(task_ids):
        return task_ids
    return tuple(task_ids[index * len(task_ids) // games] for index in range(games))


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
