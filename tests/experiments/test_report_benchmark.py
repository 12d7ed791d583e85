"""The benchmark of the report, on few episodes."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from envs.files import read_json
from experiments.report import benchmark, terminal


def test_it_measures_every_filter(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with sync_playwright() as playwright:
        if benchmark.chromium(playwright) is None:
            pytest.skip("no Chromium: install it, or run `playwright install chromium`")
    monkeypatch.setattr(benchmark, "REPEATS", 1)
    out = tmp_path / "figures.json"
    assert benchmark.main(["--episodes", "12", "--steps", "4", "--out", str(out)]) == 0
    figures = read_json(out)
    times = figures["milliseconds"]
    assert {"first paint", "ready", "search", "open an episode"} < times.keys()
    assert {"first search", "first search, longest wait"} < times.keys()
    assert {f"filter {name}" for name in benchmark.FILTERS} < times.keys()
    assert all(0 < each["median"] <= each["slowest"] for each in times.values())
    assert 0 < figures["megabytes"] < 1
    assert figures["left_out"] == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("megabytes: 0.")


def test_it_knows_how_the_page_says_what_is_left_out() -> None:
    page = (Path(benchmark.__file__).parents[2] / "lfm/report/report.html.jinja").read_text()
    said = page.replace("{{ embedded.left_out|number }}", "1,234")
    found = benchmark._LEFT_OUT.search(said.replace("{{ embedded.episodes|number }}", "30,000"))
    assert found
    assert found[1] == "1,234"


def test_it_measures_every_view_in_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terminal, "REPEATS", 1)
    out = tmp_path / "figures.json"
    assert terminal.main(["--episodes", "12", "--steps", "4", "--out", str(out)]) == 0
    figures = read_json(out)
    assert figures["steps"] == 48
    assert figures["seconds"].keys() == terminal.VIEWS.keys()
    for took in figures["seconds"].values():
        assert took["first_line"][0] > 0
        assert took["processor"][0] > 0
    assert len(capsys.readouterr().out.splitlines()) == len(terminal.VIEWS)
