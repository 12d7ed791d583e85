from __future__ import annotations

import importlib.util
import random
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envs.alfworld.cache import load_split, split_folder
from envs.alfworld.engine import FastEngine
from envs.alfworld.game import Game, Turn
from tests.envs.alfworld.rooms import KITCHEN


def random_walk(engine: FastEngine, choices: Iterable[int]) -> list[Turn]:
    turns = [engine.step("look")]
    for choice in choices:
        admissible = turns[-1].admissible
        turns.append(engine.step(admissible[choice % len(admissible)]))
    return turns


walks = st.lists(st.integers(0, 10_000), max_size=40)


@settings(deadline=None)
@given(walks, walks)
def test_restored_engine_continues_as_the_original(before: list[int], after: list[int]) -> None:
    engine, other = FastEngine(KITCHEN), FastEngine(KITCHEN)
    random_walk(engine, before)
    state = engine.snapshot()
    assert other.restore(state) == engine.step("look")
    assert other.snapshot() == state
    assert random_walk(other, after) == random_walk(engine, after)
    assert other.snapshot() == engine.snapshot()
    assert other.reset() == FastEngine(KITCHEN).reset()


@settings(deadline=None)
@given(walks)
def test_admissible_commands_are_sorted_and_all_work(choices: list[int]) -> None:
    engine = FastEngine(KITCHEN)
    for turn in random_walk(engine, choices):
        assert list(turn.admissible) == sorted(set(turn.admissible))
        assert {"help", "inventory", "look"} <= set(turn.admissible)
        assert turn.observation != "Nothing happens."


def test_forgotten_tables_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(0)
    choices = [rng.randrange(10_000) for _ in range(400)]
    expected = random_walk(FastEngine(KITCHEN), choices)
    monkeypatch.setattr("envs.alfworld.tables._KEPT_OPTIONS", 3)
    assert random_walk(FastEngine(replace(KITCHEN)), choices) == expected


needs_textworld = pytest.mark.skipif(
    importlib.util.find_spec("textworld") is None, reason="textworld is not installed"
)


@needs_textworld
def test_same_as_the_original_on_a_generated_game(small_game: Game, small_game_file: Path) -> None:
    from experiments.alfworld_engine.walk import compare_game

    result = compare_game(small_game, small_game_file, 60, random.Random(0))
    assert result.difference is None
    assert result.wins >= 1


@needs_textworld
@pytest.mark.parametrize("dialect", ["move", "put"])
def test_same_as_the_original_on_official_games(
    official_data: str, dialect: str, tmp_path: Path
) -> None:
    from experiments.alfworld_engine.walk import compare_game, write_older

    folder = split_folder(Path(official_data), "valid_seen")
    for game in random.Random(dialect).sample(load_split(official_data, "valid_seen"), 2):
        file = folder / game.task_id / "game.tw-pddl"
        if dialect == "put":
            write_older(file, tmp_path / "older.tw-pddl")
            file = tmp_path / "older.tw-pddl"
        result = compare_game(game, file, 40, random.Random(0), dialect)
        assert result.difference is None
        assert result.wins >= 1


def test_stored_walkthroughs_win(official_data: str) -> None:
    for game in load_split(official_data, "valid_seen"):
        engine = FastEngine(game)
        turns = [engine.step(command) for command in game.walkthrough]
        assert [turn.won for turn in turns] == [False] * (len(turns) - 1) + [True]
