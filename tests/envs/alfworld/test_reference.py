from __future__ import annotations

import copy
import os
import random
import sys
import threading
from pathlib import Path

import fast_downward
import pytest
from textworld.envs.pddl import logic, textgen

from envs.alfworld import packages, reference
from envs.alfworld.engine import FastEngine
from envs.alfworld.game import Game, Turn
from envs.alfworld.reference import ReferenceEngine
from envs.errors import UserError

needs_stock = pytest.mark.skipif(
    sys.version_info >= (3, 13), reason="TextWorld 1.7.0 as it stands fails on Python 3.13"
)


def transcript(engine: ReferenceEngine, steps: int, seed: int) -> list[Turn]:
    """A reset, a walk biased to interactions with invalid commands, a reset, the walkthrough."""
    rng = random.Random(seed)
    turns = [engine.reset()]
    for _ in range(steps):
        admissible = turns[-1].admissible
        acts = [c for c in admissible if c.split()[0] in ("take", "move", "open", "close", "use")]
        command = rng.choice(acts if acts and rng.random() < 0.6 else admissible)
        turns.append(engine.step(f"please {command}" if rng.random() < 0.1 else command))
    turns.append(engine.reset())
    turns += [engine.step(command) for command in engine.walkthrough]
    return turns


def assert_same_with_and_without(file: Path, steps: int) -> None:
    fast, stock = ReferenceEngine(file), ReferenceEngine(file, memoise=False)
    turns = transcript(fast, steps, seed=0)
    assert turns == transcript(stock, steps, seed=0)
    assert turns[-1].won
    fast.close()
    stock.close()


@needs_stock
def test_remembering_changes_nothing_in_a_generated_game(small_game_file: Path) -> None:
    assert_same_with_and_without(small_game_file, steps=40)


@needs_stock
def test_remembering_changes_nothing_in_official_games(official_data: str) -> None:
    games = Path(official_data, "json_2.1.1", "valid_seen").glob("*/*/game.tw-pddl")
    for file in sorted(games)[20::80]:
        assert_same_with_and_without(file, steps=15)


def test_reset_starts_anew(small_game_file: Path) -> None:
    engine = ReferenceEngine(small_game_file)
    first = engine.reset()
    for command in engine.walkthrough[:2]:
        engine.step(command)
    assert engine.reset() == first


@needs_stock
def test_nothing_of_the_process_is_changed(small_game_file: Path) -> None:
    before = dict(os.environ), sys.argv, sys.stdout
    for memoise in (True, False):
        ReferenceEngine(small_game_file, memoise=memoise).reset()
        assert (dict(os.environ), sys.argv, sys.stdout) == before


def test_stock_engine_on_a_python_it_fails_on(
    small_game_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 13, 0))
    with pytest.raises(UserError, match=r"does not run on Python 3\.13"):
        ReferenceEngine(small_game_file, memoise=False)


def test_replacements_are_taken_out_again(small_game_file: Path) -> None:
    ReferenceEngine(small_game_file).reset()
    assert textgen.deepcopy is copy.deepcopy
    assert textgen.EvalSymbol.__module__ == textgen.__name__
    assert logic.PddlState.__module__ == logic.__name__
    assert fast_downward.pddl2sas.__module__ == "fast_downward.interface"


@pytest.mark.parametrize("dialect", ["move", "put"])
def test_plays_like_the_fast_engine(small_game: Game, small_game_file: Path, dialect: str) -> None:
    engine = ReferenceEngine(small_game_file, instruction="tidy up, please", dialect=dialect)
    fast = FastEngine(small_game, "tidy up, please", dialect)
    turn = engine.reset()
    assert turn == fast.reset()
    rng = random.Random(1)
    for _ in range(60):
        command = rng.choice(turn.admissible)
        turn = engine.step(command)
        assert turn == fast.step(command)


def test_instruction_replaces_the_task_sentence(small_game_file: Path) -> None:
    engine = ReferenceEngine(small_game_file, instruction="put 'it' (& that) there")
    assert engine.reset().observation.endswith("\n\nYour task is to: put 'it' (& that) there.")


@pytest.mark.parametrize(
    "instruction", ["put [it] there", "say #no#", "a | b", "caf\u00e9", "x // y", "a\\b"]
)
def test_instruction_that_cannot_be_printed(small_game_file: Path, instruction: str) -> None:
    with pytest.raises(UserError, match="cannot print"):
        ReferenceEngine(small_game_file, instruction=instruction)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot be read: No such file"),
        ("not json", "is not a game file"),
        ("[]", "lacks pddl_domain, grammar, pddl_problem"),
        ('{"pddl_domain": "", "grammar": "x"}', "lacks pddl_problem"),
        ('{"pddl_domain": "", "grammar": "", "pddl_problem": ""}', "cannot be loaded"),
    ],
)
def test_bad_files_are_named(tmp_path: Path, content: str | None, message: str) -> None:
    file = tmp_path / "game.tw-pddl"
    if content is not None:
        file.write_text(content)
    with pytest.raises(UserError, match=message) as caught:
        ReferenceEngine(file)
    assert str(file) in str(caught.value)


def test_dialect_needs_the_known_grammar(tmp_path: Path) -> None:
    file = tmp_path / "game.tw-pddl"
    file.write_text('{"pddl_domain": "", "grammar": "", "pddl_problem": ""}')
    with pytest.raises(UserError, match=r"leave env\.dialect=move"):
        ReferenceEngine(file, dialect="put")


def test_closed_engine_says_so_and_its_library_is_used_again(small_game_file: Path) -> None:
    first = ReferenceEngine(small_game_file)
    library = first._env.unwrapped.downward_lib
    first.close()
    first.close()
    with pytest.raises(RuntimeError, match="is closed"):
        first.step("look")
    second = ReferenceEngine(small_game_file)
    assert second._env.unwrapped.downward_lib is library


def test_use_from_two_threads_is_refused(small_game_file: Path) -> None:
    engine = ReferenceEngine(small_game_file)
    problems: list[str] = []

    def play() -> None:
        try:
            engine.reset()
        except RuntimeError as error:
            problems.append(str(error))

    with reference._running:  # as if another thread were in the middle of a step
        thread = threading.Thread(target=play)
        thread.start()
        thread.join()
    assert problems == ["the textworld engine is not thread-safe: use processes"]
    engine.reset()


def test_missing_packages_are_one_line_to_type(
    small_game_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "textworld", None)
    with pytest.raises(UserError) as caught:
        ReferenceEngine(small_game_file)
    assert str(caught.value).endswith("type: pip install -c constraints.txt -e '.[alfworld]'")


def test_missing_packages_have_no_version(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise packages.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(packages.metadata, "version", missing)
    with pytest.raises(UserError, match="pip install"):
        packages.textworld_version()
