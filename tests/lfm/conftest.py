"""A small finished run, as a recipe would leave it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from envs.files import write_json
from envs.record import Step, Trajectory
from envs.store import write_trajectories
from lfm import layout
from lfm.agreement import agreement
from lfm.critics.base import StepFeedback, WindowFeedback
from lfm.run import Run, Stage
from lfm.statistics import result_row
from lfm.store import Judgement, write_feedback, write_judgements

MARKUP = "[bold]not bold[/] <script>alert(1)</script> \x1b[31mred\x1b[0m &amp;"
"""Text from outside that must be shown as it is, or harmlessly."""


def episode(number: int, name: str = "round1", steps: int = 3) -> Trajectory:
    """An episode; every other one succeeds."""
    done = tuple(
        Step(
            action=f"go to cabinet {at}",
            observation=f"You arrive at cabinet {at}. {MARKUP if at == 1 else ''}",
            admissible=("look", f"go to cabinet {at}"),
            score=float(at == steps and number % 2 == 0),
            log_prob=-0.5,
        )
        for at in range(1, steps + 1)
    )
    return Trajectory(
        trajectory_id=f"{name}-{number}",
        env="alfworld",
        env_version="fast-1/generated-1-0",
        split="valid_unseen",
        task_id=f"task-{number}",
        task_type="pick_and_place_simple",
        instruction="put a mug in cabinet",
        first_observation="You are in the middle of a room.",
        steps=done,
        success=number % 2 == 0,
        policy="bc",
        seed=number,
        privileged=False,
    )


def feedback_on(trajectory: Trajectory) -> WindowFeedback:
    """A critic's answer to a whole episode: the first step was productive."""
    return WindowFeedback(
        window_id=f"{trajectory.trajectory_id}/1",
        trajectory_id=trajectory.trajectory_id,
        steps=tuple(
            StepFeedback(step=at, productive=at == 1, reason=f"reason of the critic {at} {MARKUP}")
            for at in range(1, len(trajectory.steps) + 1)
        ),
        summary="It walked about.",
        suggestion="Look for the mug first.",
        input_tokens=0,
        output_tokens=0,
        parse="ok",
        answer="",
    )


def judgements_on(trajectory: Trajectory) -> list[Judgement]:
    """A feedback model's judgements of a whole episode."""
    last = len(trajectory.steps)
    return [
        Judgement(
            trajectory_id=trajectory.trajectory_id,
            step=at,
            p_productive=0.9 / at,
            reason=f"reason of the model {at}",
            kept=at == 1,
            feedback_model="m",
            summary="The model saw it walk." if at == last else "",
            suggestion="The model would look." if at == last else "",
        )
        for at in range(1, last + 1)
    ]


def _episodes(run: Run, name: str, episodes: Sequence[Trajectory]) -> None:
    def produce(stage: Stage) -> dict[str, Any]:
        write_trajectories(stage.folder / layout.TRAJECTORIES_FILE, episodes)
        stage.log(episodes=len(episodes))
        return {"episodes": len(episodes)}

    run.stage(name, produce)


def _judged(run: Run, name: str, episodes: Sequence[Trajectory]) -> None:
    def produce(stage: Stage) -> dict[str, Any]:
        judgements = [each for episode in episodes for each in judgements_on(episode)]
        write_judgements(stage.folder / layout.JUDGEMENTS_FILE, judgements)
        return {"judged": len(judgements), "kept": sum(each.kept for each in judgements)}

    run.stage(layout.judgements(name), produce)


def build_run(directory: Path) -> Path:
    """Make the run."""
    round1 = [episode(number) for number in range(6)]
    adapt1 = [episode(number, "adapt1") for number in range(4)]
    with Run(directory, {"seed": 3, "env": {"name": "alfworld"}}) as run:
        _episodes(run, layout.DEMONSTRATIONS, [episode(0, "demo")])
        _episodes(run, layout.rollouts("round1"), round1)

        def critic(stage: Stage) -> dict[str, Any]:
            windows = [feedback_on(each) for each in round1[:4]]
            write_feedback(stage.folder, windows, "simulator", privileged=True)
            return {"windows": len(windows)}

        def feedback_model(stage: Stage) -> dict[str, Any]:
            found = agreement([0.1, 0.4, 0.6, 0.95], [False, True, True, True], 0.5)
            write_json(stage.folder / layout.AGREEMENT_FILE, found.as_dict())
            for at in range(3):
                stage.log(step=at, loss=1.0 / (at + 1))
            return {"f1": found.f1}

        run.stage(layout.feedback("round1"), critic)
        run.stage(layout.feedback_model("round1"), feedback_model)
        _judged(run, "round1", round1)
        _episodes(run, layout.rollouts("adapt1"), adapt1)
        _judged(run, "adapt1", adapt1)
        rows = []
        for method in ("bc", "lfm", "adapted"):
            for split in ("valid_seen", "valid_unseen"):
                episodes = [episode(number, f"{method}-{split}") for number in range(4)]
                _episodes(run, layout.evaluation(method, split), episodes)
                row = result_row(
                    method,
                    episodes,
                    episodes=4,
                    max_steps=50,
                    goals="template",
                    seed=3,
                    privileged=method != "bc",
                )
                rows.append({**row, "split": split})
        run.write_results(rows)
    return directory


@pytest.fixture(scope="session")
def sample_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run; tests only read it."""
    return build_run(tmp_path_factory.mktemp("run") / "sample")


@pytest.fixture
def make_run(tmp_path: Path) -> Callable[[], Path]:
    """Makes a finished run that a test may damage."""
    return lambda: build_run(tmp_path / "run")
