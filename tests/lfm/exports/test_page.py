"""The Python that docs/exports.md shows, run on what its commands write."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.lfm.exports.exporting import export

PAGE = Path(__file__).parents[3] / "docs" / "exports.md"
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), flags=re.DOTALL)


def test_there_is_something_to_run() -> None:
    assert len(BLOCKS) == 3


@pytest.mark.parametrize("block", BLOCKS, ids=["parquet", "stepwise", "minari"])
def test_what_the_page_shows_works(
    block: str, sample_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for package in set(re.findall(r"(?:import|from) (datasets|minari)\b", block)):
        pytest.importorskip(package, reason="the page shows how that package reads it")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MINARI_DATASETS_PATH", "minari")
    for form, out in (("parquet", "data"), ("stepwise", "stepwise.jsonl"), ("minari", "minari")):
        if re.search(rf'"{out}"|import {out}\b', block):
            export(sample_run, form, Path(out))
    exec(compile(block, str(PAGE), "exec"), {})
