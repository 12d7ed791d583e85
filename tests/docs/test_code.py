"""Every block of code in README and docs is run, page by page and from top to bottom."""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pytest

from lfm.chat.database import Database
from lfm.done import read_stage
from tests.docs.blocks import BLOCKS, PAGES, ROOT, SHOWN, Shown, commands, of, outside
from tests.docs.shell import NOT_RUN, give, needs_official_games, why_not
from tests.end_to_end.chat_server import chat_server
from tests.lfm.conftest import build_run

pytestmark = pytest.mark.timeout(900)  # on a busy machine

LONGEST_EXAMPLE = 60
WITH_CODE = sorted({block.page for block in BLOCKS if block.language in ("sh", "python")})


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
    "docs/formats.md": _tables,
    "docs/own_critic.md": _rule,
    "docs/own_environment.md": _errands,
    "docs/own_recipe.md": _hindsight,
}
"""What has to come of a page's Python; of other pages', that it ends."""

IN_A_RUN = "docs/formats.md"
"""The page whose Python reads the folder of a run."""


def test_blocks_are_in_known_languages() -> None:
    assert {block.language for block in BLOCKS} <= {"", "sh", "python", "sql"}
    assert CHECKS.keys() < of("python").keys()
    assert of("sql").keys() == {IN_A_RUN}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_are_in_blocks_for_the_shell(page: Path) -> None:
    command = r"^\s*(?:[A-Z_]+=\S+ )?(?:python -m|pip install) .*"
    assert re.findall(command, outside(page.read_text("utf-8")), re.MULTILINE) == []


def test_a_newcomer_types_three_commands_at_most() -> None:
    """From a clean machine to the report, which a double click opens."""
    typed = of("sh")["README.md"][0].code.splitlines()
    assert len(typed) <= 3
    assert typed[0].startswith("git clone ")
    assert typed[-1].endswith(" && python -m lfm.train env=alfworld")


@pytest.fixture
def here(prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of a test's own, in which it is, with what pages say is there."""
    folder = shutil.copytree(prepared, tmp_path / "here")
    monkeypatch.chdir(folder)
    monkeypatch.delenv("ALFWORLD_DATA", raising=False)
    monkeypatch.setenv("OPENAI_API_KEY", "nobody's")
    monkeypatch.setenv("MINARI_DATASETS_PATH", "minari")
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", str(tmp_path / "cache"))
    return folder


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """The address of a chat model."""
    with chat_server() as server:
        yield server.url


@pytest.mark.parametrize("page", WITH_CODE)
def test_what_a_page_shows_runs(
    page: str, here: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All its blocks one after the other, but for what is in NOT_RUN or needs official games."""
    if page == IN_A_RUN:
        monkeypatch.chdir(build_run(here / "run"))
    names: dict[str, Any] = {"__name__": "__main__"}
    for block in BLOCKS:
        if (block.page, block.language) == (page, "python"):
            exec(compile("\n" * (block.line - 1) + block.code, page, "exec"), names)
        elif (block.page, block.language) == (page, "sh"):
            for shown in commands(block):
                if why_not(shown) is None and not needs_official_games(shown):
                    give(shown, url, monkeypatch)
    CHECKS.get(page, _nothing)(names)


@pytest.mark.parametrize("shown", list(filter(needs_official_games, SHOWN)), ids=str)
def test_what_needs_the_official_games_runs(
    shown: Shown, official_data: str, here: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALFWORLD_DATA", official_data)
    Path("official").symlink_to(official_data)
    give(shown, url, monkeypatch)


def test_there_is_a_reason_and_a_place_for_all_that_is_not_run() -> None:
    """Every entry of the table is about some command, and the tests that it names are there."""
    for begin, why in NOT_RUN.items():
        assert [shown for shown in SHOWN if str(shown).startswith(begin)], begin
        assert all((ROOT / test).exists() for test in re.findall(r"tests/[\w/.]*\w", why)), begin


def test_extras_that_are_to_be_installed_exist() -> None:
    extras = re.findall(r"^(\w+) = \[", (ROOT / "pyproject.toml").read_text(), flags=re.MULTILINE)
    told = [each for shown in SHOWN for each in re.findall(r"pip install .*\[(\w+)\]", str(shown))]
    assert len(told) > 5
    assert set(told) <= set(extras)


@pytest.mark.parametrize(
    "page", ["docs/own_environment.md", "docs/own_critic.md", "docs/own_recipe.md"]
)
def test_whole_examples_are_short(page: str) -> None:
    lines = "".join(block.code for block in of("python")[page]).splitlines()
    assert 20 < len(lines) < LONGEST_EXAMPLE
    assert max(map(len, lines)) <= 100


def test_the_ledger_answers_the_shown_question(tmp_path: Path) -> None:
    file = tmp_path / "ledger.sqlite"
    Database(file).close()
    with closing(sqlite3.connect(file)) as ledger:
        answer = ledger.execute(of("sql")["docs/formats.md"][0].code)
        assert [column[0] for column in answer.description][:3] == ["run", "purpose", "calls"]


def test_duckdb_reads_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(build_run(tmp_path / "run"))
    shares, steps = of("sql")["docs/formats.md"][1].code.strip().split("\n")
    assert dict(duckdb.sql(shares).fetchall()) == {"pick_and_place_simple": 0.5}
    assert len(duckdb.sql(steps).fetchall()) == 18


def test_pictures_are_small() -> None:
    pictures = sorted((ROOT / "docs" / "pictures").iterdir())
    assert {"overview.png", "episode.png", "icon.svg"} == {file.name for file in pictures}
    assert all(file.stat().st_size < 150_000 for file in pictures)
