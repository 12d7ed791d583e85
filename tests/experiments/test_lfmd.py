"""Plain and detailed feedback models side by side: measured on the same, told as the files say."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from envs.record import Trajectory
from experiments.lfmd import run, table, words
from experiments.markdown import END
from lfm.critics.windows import make_windows
from lfm.feedback_model import Verdict
from lfm.model_config import SmallFeedbackModelConfig
from tests.lfm.conftest import build_run
from tests.lfm.test_detailed_feedback_model import EPISODES, LENGTH


class Critic:
    """A model that says what the critic says, but for every summary."""

    name, privileged = "critic", False

    def judge(self, trajectories: Sequence[Trajectory]) -> list[list[Verdict]]:
        said = []
        for each, trajectory in zip(EPISODES, trajectories, strict=False):
            assert each.trajectory == trajectory
            verdicts = [
                Verdict(float(each.labels[at].productive), each.labels[at].reason)
                for at in range(1, len(trajectory.steps) + 1)
            ]
            windows = make_windows([trajectory], LENGTH)
            for window, answer in zip(windows, each.windows, strict=True):
                verdicts[window.last - 1] = verdicts[window.last - 1]._replace(
                    summary="other words", suggestion=answer.suggestion
                )
            said.append(verdicts)
        return said

    def save(self, folder: Path) -> None:
        raise AssertionError("nobody asks for that")


def test_words_are_compared_place_by_place() -> None:
    found = words.compare_words(Critic(), EPISODES, LENGTH)
    windows = sum(len(each.windows) for each in EPISODES)
    assert found["reason"]["places"] == sum(len(each.labels) for each in EPISODES)
    assert (found["reason"]["same"], found["reason"]["template"]) == (1.0, 1.0)
    assert found["suggestion"]["places"] == windows
    assert (found["suggestion"]["same"], found["summary"]["same"]) == (1.0, 0.0)
    assert found["summary"]["template"] == 0.0
    assert found["summary"]["commonest"] > 0.9  # one template, but for names and counts
    assert 0.3 < found["suggestion"]["commonest"] < 1.0


@pytest.mark.timeout(600)  # on a busy machine
def test_each_form_is_measured_on_a_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    small = SmallFeedbackModelConfig(
        name="small",
        updates=2,
        batch_size=2,
        learning_rate=1e-3,
        weight_decay=0.0,
        hidden_size=16,
        layers=1,
        heads=2,
        dropout=0.0,
        bag_size=8,
        features=2,
        threshold=0.5,
        detailed=False,
    )
    assert run._settings().updates > small.updates
    monkeypatch.setattr(run, "_settings", lambda: small)
    runs = tmp_path / "runs"
    made = build_run(runs / "seed3")
    (made / "config.yaml").write_text("critic: {window: 20}\n")
    arguments = ["--runs", str(runs), "--out", str(tmp_path / "out"), "--seeds", "3"]
    assert run.main(arguments) == 0
    found = {
        form: json.loads((tmp_path / "out" / f"seed3-{form}.json").read_text())
        for form in run.FORMS
    }
    assert [each["episodes"] for each in found.values()] == [4, 4, 4]
    assert len({each["agreement"]["steps"] for each in found.values()}) == 1
    assert found["labels"]["words"] == {}
    assert found["detailed"]["words"]["summary"]["places"] == 1


def _result(form: str, seed: int, f1: float, **words: Any) -> dict[str, Any]:
    measures = {"f1": f1, "precision": f1, "recall": f1, "calibration_error": 0.01}
    return {
        "form": form,
        "seed": seed,
        "cpu_seconds": 30.0,
        "agreement": {**measures, "steps": 2000 + seed},
        "words": words,
    }


def test_page_is_made_from_the_files(tmp_path: Path) -> None:
    runs, here = tmp_path / "runs", tmp_path / "here"
    for folder in (runs, here):
        folder.mkdir()
    share = {"places": 100, "same": 0.5, "template": 0.75, "commonest": 0.25}
    for seed, more in ((0, 0.0), (1, 0.02)):
        for form, said in (
            ("labels", {}),
            ("plain", {"reason": share}),
            ("detailed", dict.fromkeys(words.KINDS, share)),
        ):
            f1 = 0.9 + (more if form == "detailed" else 0)
            file = runs / f"seed{seed}-{form}.json"
            file.write_text(json.dumps(_result(form, seed, f1, **said)))
    (here / "README.md").write_text(f"# Page\n\n{table.BEGIN}\n{END}\n\nEnd.\n")
    assert table.main(["--runs", str(runs), "--readme"], here) == 0
    text = (here / "README.md").read_text()
    assert "| detailed - plain | **+1.00** (" in text
    assert "| detailed | suggestion | **50.0** (50.0 to 50.0) | **75.0**" in text
    assert "| plain | reason |" in text
    assert "2,000 to 2,001 steps" in text
    assert table.main(["--readme"], here) == 0
    assert (here / "README.md").read_text() == text
