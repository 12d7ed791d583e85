from __future__ import annotations

import json
import random
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from envs.alfworld.engine import FastEngine
from envs.alfworld.game import GOAL_KINDS, Game
from envs.alfworld.generate import generate_game
from envs.alfworld.official_format import write_game
from envs.alfworld.pddl import parse_game
from envs.alfworld.reference import ReferenceEngine
from envs.errors import UserError


def read_back(file: Path, task_id: str) -> Game:
    traj_data = json.loads((file.parent / "traj_data.json").read_text("utf-8"))
    return parse_game(file.read_text("utf-8"), task_id, traj_data)


def smallest(kind: str) -> Game:
    games = [generate_game("train", index, 0) for index in range(120)]
    return min((g for g in games if g.goal.kind == kind), key=lambda g: len(g.receptacles))


@pytest.mark.parametrize("split", ["train", "valid_unseen"])
def test_what_is_written_reads_as_the_same_game(split: str, tmp_path: Path) -> None:
    for index in range(30):
        game = generate_game(split, index, 0)
        assert read_back(write_game(game, tmp_path / str(index)), game.task_id) == game


def test_nested_items_open_doors_and_human_goals_are_kept(tmp_path: Path) -> None:
    game = smallest("clean")
    items = list(game.items)
    items[0] = replace(items[0], nested=(1,), states=frozenset({"clean", "sliced"}))
    receptacles = tuple(replace(place, is_open=place.openable) for place in game.receptacles)
    odd = replace(
        game, items=tuple(items), receptacles=receptacles, human_goals=("Wash it", "Get it clean")
    )
    assert read_back(write_game(odd, tmp_path), odd.task_id) == odd


@pytest.mark.parametrize("kind", GOAL_KINDS)
def test_the_original_engine_plays_it_with_the_same_words(kind: str, tmp_path: Path) -> None:
    game = smallest(kind)
    reference = ReferenceEngine(write_game(game, tmp_path))
    engine = FastEngine(game)
    rng = random.Random(kind)
    turn = engine.reset()
    assert reference.reset() == turn
    for _ in range(30):
        doing = [c for c in turn.admissible if not c.startswith("go to")]
        command = rng.choice(doing if rng.random() < 0.6 else turn.admissible)
        turn = engine.step(command)
        assert reference.step(command) == turn, command
    reference.reset()
    engine.reset()
    for command in game.walkthrough:
        turn = engine.step(command)
        assert reference.step(command) == turn, command
    assert turn.won


def test_names_that_the_format_cannot_give_are_refused(tmp_path: Path) -> None:
    game = smallest("simple")
    items = (replace(game.items[0], name=f"{game.items[0].kind} 77"), *game.items[1:])
    with pytest.raises(ValueError, match="77"):
        write_game(replace(game, items=items), tmp_path)
    with pytest.raises(ValueError, match="without a gap"):
        write_game(replace(game, start=game.start + 5), tmp_path)


def test_without_alfworld_it_says_what_to_type(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in [name for name in sys.modules if name.split(".")[0] == "alfworld"]:
        monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.setitem(sys.modules, "alfworld", None)
    with pytest.raises(UserError, match=r"pip install -c constraints\.txt -e '\.\[alfworld\]'"):
        write_game(smallest("simple"), tmp_path)
