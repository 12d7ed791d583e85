"""Recipes side by side: each arm is a run, and the page says what the runs' files say."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from experiments.language_recipes import arms, run, table
from experiments.markdown import END
from lfm import layout
from lfm.done import read_done
from tests.lfm.composing import compose

TINY = (
    *("env.games=12", "recipe.rollout_tasks=8", "policy.lessons=60", "policy.lesson_updates=3"),
    *("policy.hidden_size=32", "policy.layers=1", "policy.heads=2", "policy.updates=3"),
    "policy.answer_tokens=8",
)
"""Nothing is learned so."""
TRIED = ("ilf", "ilf-noisy", "filter", "actpred")


def test_all_settings_are_known() -> None:
    """And pay alike: who hears less tries more."""
    tries = {
        name: compose("config", [*settings]).recipe.rollout_tasks
        for name, settings in arms.runs().items()
    }
    assert {"ilf", "ilf-noisy", "conditioning-noisy", "filter-noisy"} < tries.keys()
    assert tries["filter"] > tries["ilf"]
    assert tries["actpred"] > tries["ilf"]


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some arms, as small as they get."""
    out = tmp_path_factory.mktemp("recipes")
    every = arms.runs()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "runs", lambda: {name: (*every[name], *TINY) for name in TRIED})
        assert run.main(["--out", str(out), "--seeds", "0"]) == 0
        before = _times(out)
        assert run.main(["--out", str(out), "--seeds", "0"]) == 0
    assert _times(out) == before  # what is finished is left alone
    return out


def _times(out: Path) -> dict[str, float]:
    return {str(file): file.stat().st_mtime for file in out.rglob("*.json")}


def test_arms_begin_with_the_same_base(out: Path) -> None:
    stages = {name: {each.name for each in read_done(out / name / "seed0")} for name in TRIED}
    assert stages["filter"] > {*arms.SHARED, "judgements/round1", "policies/lfm1"}
    assert stages["actpred"] > {*arms.SHARED, "advice/round1", "policies/dagger1"}
    assert stages["ilf"] > {*arms.SHARED, "refinements/round1", "policies/ilf1"}
    weights = {
        (out / name / "seed0/policies/base/model.safetensors").read_bytes() for name in TRIED
    }
    assert len(weights) == 1


def test_the_page_says_what_was_measured(out: Path, tmp_path: Path) -> None:
    record = table.gather(out)
    assert list(record) == [name for name in arms.runs() if name in TRIED]
    (row,) = record["filter"]
    first, last = json.loads((out / "filter/seed0" / layout.RESULTS_FILE).read_text())
    done, tried = last["by_task_type"]["change"]
    assert row[table.LAST]["change"] == 100 * done / tried
    assert row[table.FIRST]["emits_bad"] == 100 * first["metrics"]["emits_bad"]["mean"]
    assert row["tries"] == 8
    assert row["feedback_tokens"] >= 8 * 4  # "That is wrong."
    assert row["texts"] is None
    (refined,) = record["ilf"]
    assert set(refined["texts"]) == set(table.TEXTS)
    (tmp_path / "README.md").write_text(f"{table.BEGIN}\n\n{END}\n")
    assert table.main(["--runs", str(out), "--readme"], tmp_path) == 0
    page = (tmp_path / "README.md").read_text()
    assert "## With a clean critic" in page
    assert "| ILF - (" in page
    assert "noisy - clean: ILF" in page


def test_feedback_is_counted_in_words_and_punctuation() -> None:
    assert table.tokens("Remove the words lemon otter.") == 6


def _rows(change: float) -> list[Mapping[str, object]]:
    figures = {"change": change, "keep": 50.0, "emits_bad": 1.0}
    return [
        {
            "seed": seed,
            table.FIRST: {**figures, "change": 0.0},
            table.LAST: {**figures, "change": change + seed},
            "tries": 400,
            "feedback_tokens": 3400,
            "imitated": 380,
            "texts": {"drawn": 80.0, "chosen": 90.0 + seed} if change else None,
            "cpu_seconds": 20.0,
            "commit": "abc",
        }
        for seed in range(3)
    ]


def test_differences_are_paired_by_seed() -> None:
    page = table.page({"ilf": _rows(70.0), "filter": _rows(0.0), "ilf-noisy": _rows(50.0)})
    (line,) = (each for each in page.splitlines() if each.startswith("| ILF - (LFM"))
    assert "+70.0" in line
    assert "| noisy - clean: ILF: refined, the likeliest of 5 | **-20.0** (-20.0 to -20.0)" in page


def test_the_page_says_whether_right_texts_were_chosen() -> None:
    page = table.page({"ilf": _rows(70.0), "filter": _rows(0.0), "ilf-noisy": _rows(50.0)})
    _, _, texts = page.partition("## Answers written anew")
    shares = "**80.0** (80.0 to 80.0) | **91.0** (88.5 to 93.5) |"
    for title in (
        "ILF: refined, the likeliest of 5",
        "ILF: refined, the likeliest of 5, noisy critic",
    ):
        assert f"| {title} | {shares}" in texts
    assert "LFM's operator" not in texts.partition("## Differences")[0]
