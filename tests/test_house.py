"""House rules: linters, types, sizes, and which floor may import which."""

from __future__ import annotations

import ast
import graphlib
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FLOORS = ("envs", "policies", "lfm")
"""From the ground up: a floor imports itself and what is below it."""
COMMANDS = (
    *("lfm.train", "lfm.evaluate", "lfm.compare", "lfm.leaderboard", "lfm.adapt", "lfm.inspect"),
    *("lfm.agree", "lfm.push", "lfm.doctor", "lfm.export"),
)
LONGEST_FUNCTION = 60
LONGEST_MODULE = 400
MEDIAN_FUNCTION = 12


def _modules(*folders: str) -> list[Path]:
    return sorted(file for folder in folders for file in (ROOT / folder).rglob("*.py"))


def _name(file: Path) -> str:
    return ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def _tree(file: Path) -> ast.Module:
    return ast.parse(file.read_text("utf-8"))


def _functions(file: Path) -> Iterator[tuple[str, int]]:
    """Name and number of lines of every function, without its docstring."""
    for node in ast.walk(_tree(file)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            first = node.body[1 if ast.get_docstring(node) and len(node.body) > 1 else 0]
            yield node.name, (node.end_lineno or 0) - first.lineno + 1


def _imports(file: Path) -> Iterator[str]:
    """The modules of ours that a file imports, anywhere in it."""
    ours = {_name(module) for module in _modules(*FLOORS)}
    for node in ast.walk(_tree(file)):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            inside = [f"{node.module}.{alias.name}" for alias in node.names]
            names = [name if name in ours else node.module for name in inside]
        yield from (name for name in names if name.partition(".")[0] in FLOORS)


@pytest.mark.parametrize(
    "command",
    ["ruff check .", "ruff format --check .", "mypy"],
    ids=["ruff", "format", "mypy"],
)
def test_checkers_are_content(command: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *command.split()],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_functions_are_short() -> None:
    lengths = [
        (length, f"{file.relative_to(ROOT)}: {name}")
        for file in _modules(*FLOORS, "experiments")
        for name, length in _functions(file)
    ]
    assert [entry for entry in lengths if entry[0] > LONGEST_FUNCTION] == []
    assert statistics.median(length for length, _ in lengths) <= MEDIAN_FUNCTION


def test_modules_are_short() -> None:
    files = _modules(*FLOORS, "experiments", "tests")
    lengths = {str(file.relative_to(ROOT)): len(file.read_text().splitlines()) for file in files}
    assert {file: n for file, n in lengths.items() if n > LONGEST_MODULE} == {}


def test_floors_import_downwards() -> None:
    for file in _modules(*FLOORS):
        floor = FLOORS.index(_name(file).partition(".")[0])
        for name in _imports(file):
            assert FLOORS.index(name.partition(".")[0]) <= floor, f"{file} imports {name}"


def test_nothing_imports_a_command() -> None:
    for file in _modules(*FLOORS):
        assert not set(_imports(file)) & set(COMMANDS), file


def test_no_circles() -> None:
    graph = {_name(file): set(_imports(file)) - {_name(file)} for file in _modules(*FLOORS)}
    graphlib.TopologicalSorter(graph).prepare()


def test_no_circles_between_folders() -> None:
    """Neither between folders of the same floor; the commands are a folder on top of all."""
    graph: dict[str, set[str]] = {}
    for file in _modules(*FLOORS):
        folder = _folder(_name(file))
        graph.setdefault(folder, set()).update(
            {_folder(name) for name in _imports(file)} - {folder}
        )
    graphlib.TopologicalSorter(graph).prepare()


def _folder(name: str) -> str:
    """The folder of a module; a package is the folder of itself."""
    if name in COMMANDS:
        return "commands"
    return name if (ROOT / Path(*name.split("."))).is_dir() else name.rpartition(".")[0]
