"""A small run directory with everything that the judge of feedback models reads."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

from envs.alfworld.env import ALFWorldEnv
from envs.alfworld.games import GeneratedGames
from envs.files import write_json
from envs.record import Step, Trajectory
from envs.store import write_trajectories
from lfm import layout
from lfm.critics.simulator import SimulatorCritic
from lfm.critics.windows import make_windows
from lfm.feedback_model import labelled_episodes
from lfm.small_feedback_model import SmallFeedbackModel
from lfm.statistics import result_row
from lfm.store import Judgement, write_feedback, write_judgements
from policies.imitation import Schedule
from policies.step_transformer import StepConfig

GAMES = 12
ERRORS = 0.3
SPLIT = "valid_unseen"


def _play(split: str, name: str, samples: int) -> list[Trajectory]:
    """Every task ``samples`` times, by an expert that acts at random in every third step."""
    env = ALFWorldEnv(split, data="generated", games=GAMES, max_steps=25)
    rng = random.Random(name)
    episodes = []
    for task_id in env.task_ids * samples:
        first, info = env.reset(seed=rng.randrange(1000), options={"task_id": task_id})
        steps: list[Step] = []
        over = False
        while not over:
            admissible = info["admissible_actions"]
            action = env.expert_action() if rng.random() < 0.67 else rng.choice(admissible)
            seen, score, done, cut, info = env.step(action)
            steps.append(Step(action, seen, admissible, score))
            over = done or cut
        episodes.append(
            Trajectory(
                f"{name}-{len(episodes)}", "alfworld", env.version, split, task_id,
                str(info["task_type"]), str(info["instruction"]), first, tuple(steps),
                bool(info["success"]), "test", 0, False,
            )
        )  # fmt: skip
    return episodes


def _judge_and_keep(folder: Path, model: SmallFeedbackModel, episodes: list[Trajectory]) -> None:
    judgements = []
    for episode, verdicts in zip(episodes, model.judge(episodes), strict=True):
        done: Counter[str] = Counter()
        for at, (step, verdict) in enumerate(zip(episode.steps, verdicts, strict=True), start=1):
            done[step.action] += 1
            kept = verdict.p_productive >= 0.5 and done[step.action] <= 2
            judgements.append(
                Judgement(episode.trajectory_id, at, verdict.p_productive, "", kept, model.name)
            )
    write_judgements(folder / layout.JUDGEMENTS_FILE, judgements)


def _teach(folder: Path, episodes: list[Trajectory]) -> SmallFeedbackModel:
    """A critic that errs, and a small model of what it says."""
    source = GeneratedGames("train", 0, GAMES)
    critic = SimulatorCritic(source.game, ERRORS, ERRORS, seed=3)
    feedback = critic.critique(make_windows(episodes))
    write_feedback(folder / layout.feedback("round1"), feedback, critic.name, critic.privileged)
    model, agreement = SmallFeedbackModel.fit(
        "round1",
        StepConfig(hidden_size=32, bag_size=16, layers=1, heads=2),
        labelled_episodes(episodes, feedback),
        Schedule(40, 8, 3e-3, 0.01, 3),
        0.5,
    )
    model.save(folder / layout.feedback_model("round1"))
    write_json(
        folder / layout.feedback_model("round1") / layout.AGREEMENT_FILE, agreement.as_dict()
    )
    return model


def make_run(folder: Path) -> Path:
    """A run directory with the files that are judged; seed 3, one round, two of adaptation."""
    explored = _play("train", "rollouts-round1", 3)
    adapting = {name: _play(SPLIT, f"rollouts-{name}", 1) for name in ("adapted1", "adapted2")}
    model = _teach(folder, explored)
    for name, episodes in {"round1": explored, **adapting}.items():
        write_trajectories(folder / layout.rollouts(name) / layout.TRAJECTORIES_FILE, episodes)
        _judge_and_keep(folder / layout.judgements(name), model, episodes)
    rows = []
    for method in ("bc", "lfm", "adapted1", "adapted"):
        played = _play(SPLIT, method, 1)
        stage = folder / layout.evaluation(method, SPLIT)
        write_trajectories(stage / layout.TRAJECTORIES_FILE, played)
        facts = {"episodes": GAMES, "max_steps": 25, "goals": "template", "seed": 3}
        rows.append(result_row(method, played, **facts))
    config = {
        "env": {
            "split": SPLIT,
            "data": "generated",
            "world_seed": 0,
            "games": GAMES,
            "goals": "template",
            "dialect": "move",
            "max_steps": 25,
        },
        "policy": {"updates": 5},
        "critic": {"miss_rate": ERRORS, "false_alarm_rate": ERRORS, "window": 20},
        "feedback_model": {"threshold": 0.5, "updates": 40},
        "recipe": {
            "demonstrations": 3,
            "rounds": 1,
            "rollout_tasks": GAMES,
            "adaptation": {"rounds": 2, "samples": 1, "threshold": 0.8, "updates": 5},
        },
        "seed": 3,
        "experiment": "test",
    }
    write_json(folder / layout.CONFIG_FILE, config)
    manifest = {
        "finished": "2026-01-01",
        "commit": "abc",
        "facts": {f"{SPLIT}_data": "fast-1/generated-1-w0 f00"},
    }
    write_json(folder / layout.MANIFEST_FILE, manifest)
    write_json(folder / layout.RESULTS_FILE, rows)
    return folder
