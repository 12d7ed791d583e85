"""``recipe.labels``: what people say is learned from, and what rests on it is made again."""

from __future__ import annotations

import json
import shutil
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from envs.store import read_trajectories
from lfm import layout
from lfm.corrections import Correction, Overlay, digest
from lfm.report.page import Served, render
from lfm.store import read_feedback
from tests.end_to_end.commands import TINY, command, differing, finished

UNTOUCHED = {
    "demonstrations",
    "policies/bc",
    "evaluations/bc-valid_seen",
    "evaluations/bc-valid_unseen",
    "rollouts/round1",
    "feedback/round1",
}
"""What does not rest on the labels that a feedback model learns from."""
SETTINGS = (*TINY, "policy.updates=20")


def _verdicts(run: Path) -> list[Correction]:
    """On the first step of every episode, the contrary of what the critic said."""
    feedback = read_feedback(run / "feedback/round1")
    said = {window.trajectory_id: window.steps[0] for window in feedback}
    return [
        Correction(
            who="Ada",
            when="2026-01-02T03:04:05+00:00",
            episode=each.trajectory_id,
            digest=digest(each),
            step=1,
            old="productive" if said[each.trajectory_id].productive else "unproductive",
            new="unproductive" if said[each.trajectory_id].productive else "productive",
            note="so",
            blind=False,
            queue=None,
        )
        for each in read_trajectories(run / "rollouts/round1" / layout.TRAJECTORIES_FILE)
    ]


def _add(run: Path, *verdicts: Correction) -> None:
    with closing(Overlay(run)) as overlay:
        overlay.append(*verdicts)


def _go_on(run: Path, labels: str) -> tuple[int, set[str]]:
    """Resume with these labels; returns the exit code and the stages that were not made again."""
    before = finished(run)
    code = command("train", *SETTINGS, f"resume={run}", f"recipe.labels={labels}")
    after = finished(run)
    return code, {stage for stage, time in before.items() if after.get(stage) == time}


def _people(run: Path) -> dict[str, int] | None:
    done = json.loads((run / "feedback_model/round1" / layout.DONE_FILE).read_text())
    people: dict[str, int] | None = done["counts"].get("people")
    return people


def test_what_rests_on_labels_is_made_again_and_nothing_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run, before = tmp_path / "run", tmp_path / "before"
    assert command("train", *SETTINGS, f"run_dir={run}", "recipe.labels=human") == 2
    assert "recipe.labels: human needs steps that a person has judged" in capsys.readouterr().err
    assert set(finished(run)) == UNTOUCHED
    assert "Nothing was judged yet." in render(run, Served("Ada", blind=True))
    assert _go_on(run, "critic") == (0, UNTOUCHED)
    shutil.copytree(run, before)
    everything = set(finished(run))
    assert _go_on(run, "both") == (0, everything)  # nobody has said anything
    assert "recipe.labels=both; steps judged: 0, by nobody yet" in capsys.readouterr().err
    verdicts = _verdicts(run)
    _add(run, *verdicts, replace(verdicts[0], digest="0" * 12, step=2))
    assert _go_on(run, "both") == (0, UNTOUCHED)
    assert f"steps judged: {len(verdicts)}, by Ada" in capsys.readouterr().err
    assert _people(run) == {"Ada": len(verdicts)}
    assert "feedback_model/round1/model.safetensors" in differing(before, run)
    assert _go_on(run, "both") == (0, everything)
    _add(run, replace(verdicts[0], when="2026-01-03T03:04:05+00:00", new="cannot tell"))
    assert _go_on(run, "human") == (0, UNTOUCHED)
    assert _people(run) == {"Ada": len(verdicts) - 1}
    assert command("agree", f"a={run}/feedback/round1", f"b={run}/corrections.jsonl") == 0
    shown = capsys.readouterr().out
    assert f"{len(verdicts) - 1}" in shown.split("steps", 1)[1]
    assert _go_on(run, "critic") == (0, UNTOUCHED)
    assert _people(run) is None
    assert differing(before, run) == []


def test_labels_need_a_feedback_model(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = (f"run_dir={tmp_path / 'run'}", "recipe.teacher=critic", "recipe.labels=human")
    assert command("train", *SETTINGS, *settings) == 2
    assert "recipe.labels: human is for a feedback model" in capsys.readouterr().err
