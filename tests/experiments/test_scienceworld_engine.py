"""The benchmark of the ScienceWorld simulator runs, and its page says what its files say."""

from __future__ import annotations

from pathlib import Path

import pytest

from envs.files import read_json
from experiments.markdown import END
from experiments.scienceworld_engine import benchmark, table


def test_quick_comparison_and_growth(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    compared, grown = tmp_path / "compared.json", tmp_path / "grown.json"
    assert benchmark.main(["--quick", "--rounds", "1", "--out", str(compared)]) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("ratio: ")
    figures = read_json(compared)
    assert figures["ours_equal"] == 1.0
    assert figures["plain"]["steps"] == figures["official"]["steps"] > 10
    assert figures["ratios"]["plain"] > figures["ratios"]["lists"] > 1
    assert figures["lists"]["memory_mb"] < 200 < figures["official"]["memory_mb"]
    assert benchmark.main(["--quick", "--episodes", "4", "--out", str(grown)]) == 0
    assert list(read_json(grown)["memory_mb"]) == ["1", "2", "3", "4"]
    (tmp_path / "README.md").write_text(f"# Page\n\n{table.BEGIN}\n{END}\n")
    files = ["--compared", str(compared), "--grown", str(grown), "--readme"]
    assert table.main(files, tmp_path) == 0
    text = (tmp_path / "README.md").read_text()
    assert f"**{figures['ratios']['plain']:.1f}**" in text
    assert table.main(["--readme"], tmp_path) == 0
    assert (tmp_path / "README.md").read_text() == text


def test_committed_page_is_of_the_committed_figures(tmp_path: Path) -> None:
    for name in ("README.md", "results.json"):
        (tmp_path / name).write_text((table.HERE / name).read_text())
    assert table.main(["--readme"], tmp_path) == 0
    assert (tmp_path / "README.md").read_text() == (table.HERE / "README.md").read_text()
    assert read_json(table.HERE / "results.json")["compared"]["ours_equal"] == 1.0
