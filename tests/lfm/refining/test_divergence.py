"""How far a writer has gone, from texts of both."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lfm.layout import DIVERGENCE_FILE
from lfm.refining.divergence import measure
from lfm.run import Run, Stage
from policies.writing.base import Turn
from tests.lfm.refining.writers import Fake

TOLD = [[Turn(role="user", content="q")]] * 4


def test_each_writer_is_measured_by_its_own_texts(tmp_path: Path) -> None:
    start = Fake(["a", "b"], lambda told, text: {"a": -1.0, "b": -2.0, "c": -5.0}[text])
    end = Fake(["c"], lambda told, text: {"a": -2.0, "b": -5.0, "c": -0.5}[text])
    with Run(tmp_path / "run", {}) as run:
        done = run.stage("divergence", lambda stage: measure(stage, start, end, TOLD, 0))
    found = json.loads((tmp_path / "run" / "divergence" / DIVERGENCE_FILE).read_text())
    assert done.counts == found
    assert found["forward"] == pytest.approx((1 + 3 + 1 + 3) / 4)
    assert found["backward"] == pytest.approx(4.5)
    assert found["forward_error"] == pytest.approx((4 / 3) ** 0.5 / 2)
    assert found["backward_error"] == 0


def test_a_single_text_has_no_error(tmp_path: Path) -> None:
    def produce(stage: Stage) -> dict[str, float | None]:
        return measure(stage, Fake(["a"]), Fake(["a"]), TOLD[:1], 0)

    with Run(tmp_path / "run", {}) as run:
        counts = run.stage("divergence", produce).counts
    assert counts["forward"] == counts["backward"] == 0
    assert counts["forward_error"] is None
