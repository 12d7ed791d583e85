"""Every block of code in README and docs is run, or checked line by line."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pytest

from lfm.chat.database import Database
from lfm.done import read_stage
from tests.lfm.conftest import build_run

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
LONGEST_EXAMPLE = 60
SHELL = (
    r"python -m [a-z_][\w.]*( .*)?",  # tests/docs/test_commands.py checks these
    r"pip install -c constraints\.txt -e ('\.\[(?P<extra>\w+)\]'|\.)( && python -m .*)?",
    r"export [A-Z_]+=\S+",
    r"alfworld-download --data-dir DIR",
    r"mkdocs serve",
    r"pre-commit install",
)


class Block(NamedTuple):
    """A fenced block: where it begins, the word behind the fence, and what is in it."""

    page: Path
    line: int
    language: str
    code: str


def _blocks(page: Path) -> list[Block]:
    text = page.read_text("utf-8")
    assert text.count("\n```") % 2 == 0, f"{page}: a block does not end"
    found = re.finditer(r"^```(\w*)\n(.*?)^```$", text, flags=re.DOTALL | re.MULTILINE)
    return [Block(page, text[: each.start()].count("\n") + 2, each[1], each[2]) for each in found]


BLOCKS = [block for page in PAGES for block in _blocks(page)]


def _of(language: str) -> dict[str, list[Block]]:
    """Page -> its blocks in that language."""
    pages: dict[str, list[Block]] = {}
    for block in BLOCKS:
        if block.language == language:
            pages.setdefault(block.page.name, []).append(block)
    return pages


def _errands(names: dict[str, Any]) -> None:
    assert len(names["won"]) == 12
    assert sum(names["won"]) >= 9


def _rule(names: dict[str, Any]) -> None:
    assert names["agreement"].f1 > 0.5
    assert 0 < sum(each.kept for each in names["judged"]) < len(names["judged"])


def _hindsight(names: dict[str, Any]) -> None:
    assert {row["method"] for row in names["rows"]} == {"bc", "hindsight"}
    done = read_stage(Path("runs/hindsight/judgements/round1"))
    assert 0 < done.counts["kept"] < done.counts["judged"]
    assert Path("runs/hindsight/report.html").exists()


def _tables(names: dict[str, Any]) -> None:
    assert len(names["labelled"]) == 12
    assert names["labelled"].productive.sum() == 4


def _nothing(names: dict[str, Any]) -> None:
    """The page shows what it prints."""


CHECKS: dict[str, Callable[[dict[str, Any]], None]] = {
    "formats.md": _tables,
    "own_critic.md": _rule,
    "own_environment.md": _errands,
    "own_recipe.md": _hindsight,
}
"""What has to come of a page's Python; of other pages', that it ends."""

ELSEWHERE = {"exports.md": "tests/lfm/exports/test_page.py"}
"""Pages whose Python needs files that the page's commands write -> where it is run."""


def test_blocks_are_in_known_languages() -> None:
    assert {block.language for block in BLOCKS} <= {"", "sh", "python", "sql"}
    assert CHECKS.keys() | ELSEWHERE.keys() < _of("python").keys()
    assert all((ROOT / test).exists() for test in ELSEWHERE.values())
    assert _of("sql").keys() == {"formats.md"}


@pytest.mark.parametrize("page", sorted(_of("python").keys() - ELSEWHERE.keys()))
def test_python_runs(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The blocks of a page one after the other, in the folder of a run."""
    monkeypatch.delenv("ALFWORLD_DATA", raising=False)
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(build_run(tmp_path / "run"))
    names: dict[str, Any] = {"__name__": "__main__"}
    for block in _of("python")[page]:
        exec(compile("\n" * (block.line - 1) + block.code, page, "exec"), names)
    CHECKS.get(page, _nothing)(names)


@pytest.mark.parametrize("page", ["own_environment.md", "own_critic.md", "own_recipe.md"])
def test_whole_examples_are_short(page: str) -> None:
    lines = "".join(block.code for block in _of("python")[page]).splitlines()
    assert 20 < len(lines) < LONGEST_EXAMPLE
    assert max(map(len, lines)) <= 100


def test_the_ledger_answers_the_shown_question(tmp_path: Path) -> None:
    file = tmp_path / "ledger.sqlite"
    Database(file).close()
    with closing(sqlite3.connect(file)) as ledger:
        answer = ledger.execute(_of("sql")["formats.md"][0].code)
        assert [column[0] for column in answer.description][:3] == ["run", "purpose", "calls"]


def test_duckdb_reads_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(build_run(tmp_path / "run"))
    shares, steps = _of("sql")["formats.md"][1].code.strip().split("\n")
    assert dict(duckdb.sql(shares).fetchall()) == {"pick_and_place_simple": 0.5}
    assert len(duckdb.sql(steps).fetchall()) == 18


@pytest.mark.parametrize(
    "block",
    [block for block in BLOCKS if block.language == "sh"],
    ids=lambda block: f"{block.page.name}:{block.line}",
)
def test_lines_for_the_shell_are_known(block: Block) -> None:
    extras = re.findall(r"^(\w+) = \[", (ROOT / "pyproject.toml").read_text(), flags=re.MULTILINE)
    for line in block.code.replace("\\\n", " ").splitlines():
        command = line.partition("  #")[0].strip()
        (known,) = [found for form in SHELL if (found := re.fullmatch(form, command))] or [None]
        assert known, f"{block.page.name}: {line}"
        assert known.groupdict().get("extra") in (None, *extras)


def test_pictures_are_small() -> None:
    pictures = sorted((ROOT / "docs" / "pictures").iterdir())
    assert {"overview.png", "episode.png", "icon.svg"} == {file.name for file in pictures}
    assert all(file.stat().st_size < 150_000 for file in pictures)
