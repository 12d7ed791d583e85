"""What people said, counted in the report and measured by ``lfm.agree``."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from envs.errors import UserError
from lfm import layout
from lfm.corrections import Correction, Overlay, fitting, known_episodes
from lfm.opinions import read_opinion
from lfm.report import write_report
from lfm.report.people import people
from tests.lfm.conftest import episode
from tests.lfm.test_corrections import FIRST

KNOWN = known_episodes(episode(number) for number in range(6))


def _said(number: int, step: int, new: str, who: str = "Ada", note: str = "") -> Correction:
    name = f"round1-{number}"
    place = replace(FIRST, episode=name, digest=KNOWN[name].digest, step=step)
    return replace(place, who=who, new=new, note=note, blind=number == 0)


SAID = [
    _said(0, 1, "productive"),
    _said(0, 2, "productive", "<b>Bob", "why not"),
    _said(1, 2, "unproductive"),
    _said(1, 3, "cannot tell"),
    _said(5, 2, "unproductive"),
    replace(_said(2, 1, "productive"), digest="0" * 12),
]
"""One is the contrary of what the critic said, and one on an episode that it did not read."""


def test_verdicts_are_counted(sample_run: Path) -> None:
    found = people(sample_run, fitting(SAID, KNOWN))
    assert found.verdicts == {"productive": 2, "unproductive": 2, "cannot tell": 1}
    assert found.by == {"Ada": 4, "<b>Bob": 1}
    assert (found.notes, found.corrected, found.silent) == (1, 1, 1)
    steps = {(each.who, each.what): each.comparison.steps for each in found.agreed}
    drawn = "blind, on steps drawn at random"
    assert steps == {
        ("critic", "all"): 3,
        ("critic", drawn): 2,
        ("feedback models", "all"): 4,
        ("feedback models", drawn): 2,
    }
    assert found.agreed[0].comparison.agreement.value == pytest.approx(2 / 3)
    assert people(sample_run, []).agreed == []


def test_they_are_an_opinion_to_agree_with(make_run: Callable[[], Path]) -> None:
    run = make_run()
    file = run / layout.CORRECTIONS_FILE
    with closing(Overlay(run)) as overlay:
        with pytest.raises(UserError, match="has no verdicts"):
            read_opinion(file)
        overlay.append(*SAID)
    blind = {("round1-0", 1): True, ("round1-0", 2): True}
    assert read_opinion(file) == {**blind, ("round1-1", 2): False, ("round1-5", 2): False}
    assert read_opinion(file, study=True) == blind
    model = read_opinion(run / layout.judgements("round1"))
    assert [model["round1-0", step] for step in (1, 2, 3)] == [True, False, False]
    page = write_report(run).read_text()
    assert "by &lt;b&gt;Bob" in page
    assert "<b>Bob" not in page
    assert "this run has not, or not any more: 1." in page
