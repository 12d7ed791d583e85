"""The report: one page, whole, safe, and without network."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest

from envs.errors import UserError
from envs.files import read_json, write_json
from envs.store import read_trajectories
from lfm.report import charts, write_report
from lfm.run import Run
from lfm.statistics import scores

VOID = {"meta", "br", "hr", "img", "input", "link"}


class Page(HTMLParser):
    """Collects the text, elements and attributes of a page, and checks that elements close."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text = ""
        self.elements: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self._open: list[str] = []
        self.feed(html)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag
        self.text += " " if tag in ("td", "th") else ""

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture
def page(make_run: Callable[[], Path]) -> Page:
    return Page(write_report(make_run()).read_text(encoding="utf-8"))


def test_it_tells_what_a_person_wants_to_know(page: Page) -> None:
    text = " ".join(page.text.split())
    for words in (
        "adapted against bc on valid_unseen: +0.0 points",
        "15.0 % to 85.0 %",
        "2 of 4",
        "used privileged information",
        "judgements/round1 18 6 33.3 %",
        "100.0 % 66.7 % 80.0 %",
        "Episodes of rollouts/adapt1",
        "critic: productive reason of the critic 1",
        "model: 45.0 %, not imitated",
        "read by critic simulator, privileged",
        "Look for the mug first.",
        "seed: 3",
    ):
        assert words in text
    assert page.elements.count("svg") == 4


def test_graded_scores_are_told_and_only_those(make_run: Callable[[], Path]) -> None:
    run = make_run()
    assert "failed for good" not in Page(write_report(run).read_text(encoding="utf-8")).text
    rows = read_json(run / "results.json")
    for row in rows:
        file = run / f"evaluations/{row['method']}-{row['split']}/trajectories.parquet"
        row["scores"] = scores(read_trajectories(file))
        row["env_settings"] = {"simplifications": "easy", "tasks": ["boil", "melt"], "per_task": 0}
    write_json(run / "results.json", rows)
    text = " ".join(Page(write_report(run).read_text(encoding="utf-8")).text.split())
    for words in (
        "last score, mean of task types score at the end",
        "0.500 (0.000 to 1.000)",
        "0 of 4",
        "pick_and_place_simple 2 of 4 · 0.50",
        "simplifications easy · tasks boil, melt · at most 50 steps",
    ):
        assert words in text


def test_text_of_the_run_is_text_of_the_page(page: Page) -> None:
    assert "[bold]not bold[/] <script>alert(1)</script> [31mred[0m &amp;" in page.text
    assert "\x1b" not in page.text
    assert "script" not in page.elements


def test_nothing_is_fetched_and_nothing_runs(page: Page) -> None:
    assert not {"script", "link", "iframe", "img", "object", "base"} & set(page.elements)
    for name, value in page.attributes:
        assert not name.startswith("on")
        if name in ("src", "href", "xlink:href"):
            assert (value or "").startswith("#")
        assert "url(http" not in (value or "")
    policy = [value for _, value in page.attributes if value and "default-src" in value]
    assert policy == ["default-src 'none'; style-src 'unsafe-inline'"]


def test_charts_escape_names_and_follow_the_theme() -> None:
    row = {
        "method": "<script>alert(1)</script> $x^2$",
        "split": "a & b",
        "success_rate": 0.5,
        "interval": [0.4, 0.6],
    }
    svg = str(charts.success_chart([row, {**row, "method": "other"}]))
    assert "<script" not in svg
    assert "&lt;script&gt;alert(1)&lt;/script&gt; $x^2$" in svg
    assert "a &amp; b" in svg
    assert set(re.findall(r"#[0-9a-f]{6}\b", svg)) <= {"#ffffff"}
    assert "var(--ink)" in svg
    assert "var(--series-1)" in svg
    assert str(charts.success_chart([row])) == str(charts.success_chart([row]))


def test_a_run_at_its_beginning_has_a_report(tmp_path: Path) -> None:
    with Run(tmp_path / "run", {"seed": 1}):
        pass
    text = Page(write_report(tmp_path / "run").read_text(encoding="utf-8")).text
    assert "Nothing was evaluated yet." in text
    assert "Nothing was judged yet." in text


def test_a_damaged_file_is_named(make_run: Callable[[], Path]) -> None:
    run = make_run()
    (run / "manifest.json").write_text("{")
    with pytest.raises(UserError, match=r"manifest\.json is damaged"):
        write_report(run)
    shutil.rmtree(run)
    with pytest.raises(UserError, match=r"manifest\.json"):
        write_report(run)
