"""The report: one page, whole, safe, and without network."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from base64 import b64encode
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from envs.errors import UserError
from envs.files import read_json, write_json
from envs.store import read_trajectories
from lfm.chat.account import note
from lfm.chat.ledger import Spent
from lfm.report import charts, write_report
from lfm.report.episodes import embed
from lfm.run import Run
from lfm.statistics import scores
from tests.lfm.reports import stories, unpacked

VOID = {"meta", "br", "hr", "img", "input", "link"}


class Page(HTMLParser):
    """Collects the text, elements and attributes of a page, and checks that elements close.

    The data in its scripts is unpacked.
    """

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text = ""
        self.program = ""
        self.data: dict[str, Any] = {}
        self._script: dict[str, str | None] | None = None
        self.elements: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self._open: list[str] = []
        self.feed(html)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes += attrs
        self._script = dict(attrs) if tag == "script" else None
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag
        self.text += " " if tag in ("td", "th") else ""

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        if not self._open or self._open[-1] != "script":
            self.text += data
        elif self._script and self._script["type"] == "application/gzip":
            self.data[self._script["id"] or ""] = unpacked(data)
        else:
            self.program += data


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
        "seed: 3",
    ):
        assert words in text
    assert page.attributes.count(("class", "chart")) == 8


def test_every_episode_is_in_it_with_what_was_said(page: Page) -> None:
    index = page.data["index"]
    assert len(index["id"]) == 35
    assert sum(index["steps"]) == len(index["p"]) == len(index["flags"]) == 105
    assert index["names"]["set"][:2] == ["rollouts/round1", "rollouts/adapt1"]
    at = index["id"].index("round1-1")
    first = sum(index["steps"][:at])
    assert index["p"][first : first + 3] == [900, 450, 300]
    assert index["flags"][first : first + 3] == [15, 2, 2]
    told = stories(page.data[f"chunk-{index['chunk'][at]}"])[index["at"][at]]
    step = told["steps"][1]
    assert step["action"] == "go to cabinet 2"
    assert step["labels"][0][0] is False
    assert step["labels"][0][1].startswith("reason of the critic 2 ")
    assert step["model"] == {
        "p": 0.45,
        "kept": False,
        "reason": "reason of the model 2",
        "name": "m",
    }
    assert (told["critic"], told["critic_privileged"], told["map"]) == ("simulator", True, None)
    assert told["windows"] == [
        {
            "who": "The critic",
            "last": 3,
            "summary": "It walked about.",
            "suggestion": "Look for the mug first.",
        },
        {
            "who": "m",
            "last": 3,
            "summary": "The model saw it walk.",
            "suggestion": "The model would look.",
        },
    ]


def test_losses_on_what_was_held_out_are_in_the_chart(make_run: Callable[[], Path]) -> None:
    run = make_run()
    told = {"time": "", "stage": "policies/bc", "step": 50, "loss": 1.0, "held_out_loss": 1.5}
    with (run / "metrics.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(told) + "\n")
    text = Page(write_report(run).read_text(encoding="utf-8")).text
    assert "policies/bc, held out" in text
    assert "feedback_model/round1, held out" not in text


def test_what_does_not_fit_is_listed_alone(sample_run: Path) -> None:
    whole = embed(sample_run, {})
    found = embed(sample_run, {}, limit=sum(map(len, whole.chunks)) - 1)
    assert (whole.left_out, found.episodes) == (0, 35)
    assert 0 < found.left_out < 35
    assert len(found.chunks) < len(whole.chunks)
    index = unpacked(found.contents)
    assert index["chunk"].count(-1) == found.left_out
    assert index["chunk"][0] == 0, "what was judged is the last to be left out"


def test_a_model_approves_from_its_own_threshold(sample_run: Path) -> None:
    index = unpacked(embed(sample_run, {"m": 0.4}).contents)
    assert index["flags"][:3] == [15, 6, 2]


def test_the_critics_tokens_are_counted(make_run: Callable[[], Path]) -> None:
    run = make_run()
    done = run / "feedback/round1/done.json"
    counts = {"windows": 4, "input_tokens": 12_345, "output_tokens": 678}
    write_json(done, {**read_json(done), "counts": counts})
    text = " ".join(Page(write_report(run).read_text(encoding="utf-8")).text.split())
    assert "feedback/round1 4 12,345 678" in text
    assert "spent on chat models" not in text


@pytest.mark.parametrize(
    ("cost", "shown"),
    [(0.0, ["-", "No prices were set"]), (12.5, ["12.50", "currency of the prices that were set"])],
)
def test_what_was_spent_on_chat_models_is_told(
    make_run: Callable[[], Path], cost: float, shown: list[str]
) -> None:
    run = make_run()
    asked = Spent("feedback/round1", 38, 7, 2, 5, 12_345, 678, cost, 9.0)
    note(run / "spent.json", [asked, asked._replace(purpose="<b>aside</b>", cost=cost / 100)])
    text = " ".join(Page(write_report(run).read_text(encoding="utf-8")).text.split())
    assert f"feedback/round1 40 7 12,345 678 {shown[0]} <b>aside</b> 40 7" in text
    assert f"together 80 14 24,690 1,356 {'12.62' if cost else '-'}" in text
    assert shown[1] in text


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


def test_text_of_the_run_is_data_without_control_characters(page: Page) -> None:
    told = json.dumps(page.data)
    assert "[bold]not bold[/] <script>alert(1)</script> [31mred[0m &amp;" in told
    assert "\\u001b" not in told
    assert page.elements.count("script") == 1 + len(page.data)


def test_nothing_is_fetched_and_only_its_own_script_runs(page: Page) -> None:
    assert not {"link", "iframe", "img", "object", "base"} & set(page.elements)
    for name, value in page.attributes:
        assert not name.startswith("on")
        if name in ("src", "href", "xlink:href"):
            assert (value or "").startswith("#")
        assert "url(http" not in (value or "")
    policy = [value for _, value in page.attributes if value and "default-src" in value]
    digest = b64encode(hashlib.sha256(page.program.encode()).digest()).decode()
    assert policy == [
        f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; "
        "base-uri 'none'; form-action 'none'"
    ]
    assert not re.findall(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(", page.program
    )


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


def test_short_stages_are_told_in_seconds() -> None:
    short = str(charts.time_chart({"policies/bc": 6.25, "feedback/round1": 0.5}))
    assert ">6.2<" in short
    assert ">seconds<" in short
    long = str(charts.time_chart({"policies/bc": 90.0, "feedback/round1": 3.0}))
    assert ">1.5<" in long
    assert ">minutes<" in long


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
