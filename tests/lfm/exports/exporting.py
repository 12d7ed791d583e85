"""Exports in this process, and small runs made for them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from envs.record import Step, Trajectory
from envs.store import write_trajectories
from lfm import layout
from lfm.corrections import Correction, Overlay, digest
from lfm.critics.base import StepFeedback, WindowFeedback
from lfm.export import main
from lfm.export_config import ExportConfig, ExportedLabels, Format
from lfm.run import Run, Stage
from lfm.store import Advice, write_advice, write_feedback
from tests.lfm.conftest import episode


def export(
    run: Path, form: str, out: Path, chosen: str | None = None, labels: str = "critic"
) -> int:
    """What ``python -m lfm.export`` does with these settings."""
    return main(ExportConfig(str(run), Format(form), str(out), chosen, ExportedLabels(labels)))


def lines(path: Path) -> list[dict[str, Any]]:
    """The rows of a file of JSON lines."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def walk(number: int, *actions: str, task: str = "task-0") -> Trajectory:
    """An episode in which every action is answered by its own name."""
    steps = tuple(Step(action, f"You {action}.", actions, 0.0) for action in actions)
    return replace(
        episode(1), trajectory_id=f"walk-{number}", task_id=task, steps=steps, success=False
    )


def labelled(trajectory: Trajectory, *words: bool) -> WindowFeedback:
    """A critic's words on the first steps of an episode."""
    said = tuple(StepFeedback(at, word, f"because {at}") for at, word in enumerate(words, start=1))
    name = trajectory.trajectory_id
    return WindowFeedback(f"{name}/1", name, said, "", "", 0, 0, "ok", "")


def critic_run(directory: Path, told: Sequence[tuple[Trajectory, Sequence[bool]]]) -> Path:
    """A run of one round with these episodes and labels."""

    def play(stage: Stage) -> dict[str, Any]:
        write_trajectories(stage.folder / layout.TRAJECTORIES_FILE, [each for each, _ in told])
        return {}

    def ask(stage: Stage) -> dict[str, Any]:
        windows = [labelled(each, *words) for each, words in told]
        write_feedback(stage.folder, windows, "reader", privileged=False)
        return {}

    with Run(directory, {"env": {"name": "alfworld"}}) as run:
        run.stage(layout.rollouts("round1"), play)
        run.stage(layout.feedback("round1"), ask)
    return directory


def judge(run: Path, episode: Trajectory, said: Mapping[int, tuple[str, str]]) -> None:
    """Have a person say something of steps: their verdicts and notes."""
    about = ("Ada", "2026-01-02T03:04:05+00:00", episode.trajectory_id, digest(episode))
    overlay = Overlay(run)
    for step, (new, note) in said.items():
        overlay.append(Correction(*about, step, None, new, note, blind=True, queue="random"))
    overlay.close()


def advised_run(directory: Path, trajectory: Trajectory, advice: dict[int, str]) -> Path:
    """A run in which an expert said what it would have done."""

    def play(stage: Stage) -> dict[str, Any]:
        write_trajectories(stage.folder / layout.TRAJECTORIES_FILE, [trajectory])
        return {}

    def advise(stage: Stage) -> dict[str, Any]:
        said = [Advice(trajectory.trajectory_id, at, action) for at, action in advice.items()]
        write_advice(stage.folder / layout.ADVICE_FILE, said, "expert", privileged=True)
        return {}

    with Run(directory, {"env": {"name": "alfworld"}}) as run:
        run.stage(layout.rollouts("round1"), play)
        run.stage(layout.advice("round1"), advise)
    return directory
