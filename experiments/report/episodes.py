"""A run with as many episodes as one wants, all of the same number of steps, with words on each."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from envs.alfworld.env import ALFWorldEnv
from envs.record import Step, Trajectory
from envs.store import write_trajectories
from lfm import layout
from lfm.critics.base import StepFeedback, WindowFeedback
from lfm.run import Run, Stage
from lfm.store import Judgement, write_feedback, write_judgements

SET = "round1"
_GAMES = 400
"""Rooms that are walked through in turn; an episode's walk is its own."""
_REASONS = (
    "went to {place}, where what the task asks for is",
    "looked at {place} again, which had been seen before",
    "picked up what the task asks for, at {place}",
    "did something at {place} that has nothing to do with the task",
)


def write_run(folder: Path, episodes: int, steps: int) -> Path:
    """A run directory with one set of episodes that a critic and a feedback model judged.

    The walks are at random in generated rooms, so texts are the environment's own; the words of
    critic and model are made up.

    Args:
        folder: made.
        episodes: how many.
        steps: of each.
    """
    draw = random.Random(0)
    played = list(_play(episodes, steps, draw))
    windows = [_critique(each, draw) for each in played]
    judged = [each for window in windows for each in _judge(window, draw)]

    def roll_out(stage: Stage) -> dict[str, Any]:
        write_trajectories(stage.folder / layout.TRAJECTORIES_FILE, played)
        return {"episodes": episodes}

    def criticise(stage: Stage) -> dict[str, Any]:
        write_feedback(stage.folder, windows, "made up", privileged=False)
        return {"windows": len(windows)}

    def judge(stage: Stage) -> dict[str, Any]:
        write_judgements(stage.folder / layout.JUDGEMENTS_FILE, judged)
        return {"judged": len(judged), "kept": sum(each.kept for each in judged)}

    with Run(folder, {"seed": 0, "env": {"name": "alfworld"}}) as run:
        run.stage(layout.rollouts(SET), roll_out)
        run.stage(layout.feedback(SET), criticise)
        run.stage(layout.judgements(SET), judge)
    return folder


def _play(episodes: int, steps: int, draw: random.Random) -> Iterator[Trajectory]:
    env = ALFWorldEnv(games=_GAMES, max_steps=steps)
    for number in range(episodes):
        task_id = env.task_ids[number % len(env.task_ids)]
        first, info = env.reset(seed=number, options={"task_id": task_id})
        done: list[Step] = []
        while len(done) < steps:
            action = draw.choice(info["admissible_actions"])
            seen, _, _, _, info = env.step(action)
            # The report has no use for what was admissible.
            done.append(Step(action, seen, (action,), info["score"]))
            if info["success"]:
                _, info = env.reset(seed=number, options={"task_id": task_id})
        yield Trajectory(
            trajectory_id=f"{SET}-{number}",
            env="alfworld",
            env_version=env.version,
            split="train",
            task_id=task_id,
            task_type=task_id.partition("-")[0],
            instruction=info["instruction"],
            first_observation=first,
            steps=tuple(done),
            success=number % 3 == 0,
            policy=f"policy {number % 2}",
            seed=number,
            privileged=False,
        )


def _critique(episode: Trajectory, draw: random.Random) -> WindowFeedback:
    steps = tuple(
        StepFeedback(number, draw.random() < 0.3, _reason(step.action, draw))
        for number, step in enumerate(episode.steps, start=1)
    )
    return WindowFeedback(
        window_id=f"{episode.trajectory_id}/1",
        trajectory_id=episode.trajectory_id,
        steps=steps,
        summary=f"In this part the agent tried {len(steps)} actions, a few of which helped.",
        suggestion=f"Next time begin with: {episode.steps[-1].action}.",
        input_tokens=900,
        output_tokens=400,
        parse="ok",
        answer="",
    )


def _judge(window: WindowFeedback, draw: random.Random) -> Iterator[Judgement]:
    """A model that mostly agrees with the critic, and has its words."""
    for step in window.steps:
        p = min(1.0, max(0.0, draw.gauss(0.8 if step.productive else 0.2, 0.25)))
        yield Judgement(window.trajectory_id, step.step, p, step.reason, p >= 0.5, SET)


def _reason(action: str, draw: random.Random) -> str:
    return draw.choice(_REASONS).format(place=" ".join(action.split()[-2:]))
