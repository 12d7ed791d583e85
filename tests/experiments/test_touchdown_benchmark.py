"""The benchmark of Touchdown's environment runs, and its page says what its files say."""

from __future__ import annotations

from pathlib import Path

import pytest

from envs.files import read_json
from experiments.markdown import END
from experiments.touchdown import benchmark, table


def test_benchmark_and_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "runs" / "city.json"
    assert benchmark.main(["--walks", "5", "--out", str(out)]) == 0
    figures = read_json(out)
    speeds = figures["steps_per_second"]
    assert list(speeds) == ["turns, none", "neighbor, none", "turns, osm", "neighbor, osm"]
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == f"steps_per_second: {speeds['turns, none']['from_nothing']:.0f}"
    assert all(each["again"] > each["from_nothing"] > 1000 for each in speeds.values())
    (tmp_path / "README.md").write_text(f"# Page\n\n{table.BEGIN}\n{END}\n")
    assert table.main(["--runs", str(out.parent), "--readme"], tmp_path) == 0
    text = (tmp_path / "README.md").read_text()
    assert f"**{speeds['neighbor, osm']['from_nothing']:,.0f}**" in text
    assert table.main(["--readme"], tmp_path) == 0
    assert (tmp_path / "README.md").read_text() == text


def test_bad_data_are_answered_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert benchmark.main(["--data", str(tmp_path)]) == 2
    assert "no street graph there" in capsys.readouterr().err
    assert benchmark.main(["--routes", "a.json", "--walks", "1"]) == 2
    assert "need data=DIR" in capsys.readouterr().err


def test_committed_page_is_of_the_committed_figures(tmp_path: Path) -> None:
    for name in ("README.md", "results.json"):
        (tmp_path / name).write_text((table.HERE / name).read_text())
    assert table.main(["--readme"], tmp_path) == 0
    assert (tmp_path / "README.md").read_text() == (table.HERE / "README.md").read_text()


def test_what_was_wanted_is_reached_in_the_committed_figures() -> None:
    for each in read_json(table.HERE / "results.json"):
        speeds = {name: speed["from_nothing"] for name, speed in each["steps_per_second"].items()}
        assert min(speed for name, speed in speeds.items() if name.endswith("none")) > 200_000
        assert min(speeds.values()) > 50_000
        assert each["ms"]["streets read or made"] < 1000
        assert max(ms for name, ms in each["ms"].items() if name.startswith("metrics")) < 1
