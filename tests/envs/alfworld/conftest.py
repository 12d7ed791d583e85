from __future__ import annotations

from pathlib import Path

import pytest

from envs.alfworld.game import Game
from envs.alfworld.generate import generate_game
from envs.alfworld.official_format import write_game


@pytest.fixture(autouse=True)
def _no_data_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test plays does not depend on where it runs."""
    monkeypatch.delenv("ALFWORLD_DATA", raising=False)


@pytest.fixture(scope="session")
def small_game() -> Game:
    """A generated game in a small room."""
    games = (generate_game("valid_unseen", index, 0) for index in range(30))
    return min(games, key=lambda game: len(game.receptacles) + len(game.items))


@pytest.fixture(scope="session")
def small_game_file(small_game: Game, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_game(small_game, tmp_path_factory.mktemp("game"))
