"""Compare the critic's labels with the distances of the states, and count what it costs.

    python -m experiments.scienceworld_critic.judge --states FILE.json --out results.json

The file has the episodes of ``python -m experiments.scienceworld_critic.states`` by part.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from envs.files import read_json, write_json
from envs.record import Step, Trajectory
from envs.scienceworld.env import ScienceWorldEnv
from experiments.command import argument_parser, in_one_sentence
from experiments.scienceworld_critic.states import BEHAVIOURS, MOST_STEPS, PARTS
from lfm.critics.scienceworld import ScienceWorldCritic
from lfm.critics.windows import make_windows

SETTINGS = ("", "easy")
KINDS = {
    "go": ("go to", "teleport"),
    "open, close": ("open", "close"),
    "pick up, move, put down": ("pick up", "move", "put down"),
    "focus": ("focus",),
    "look, wait, use": ("look", "wait", "use"),
}
"""Kinds of steps by the first words of the action; all others are ``other``."""


class Compared(NamedTuple):
    """A step with known distances before and after.

    Attributes:
        behaviour: of the episode.
        kind: of the step, see :data:`KINDS`.
        productive: the distance fell.
        said: the critic called it productive.
        rewarded: the score rose.
    """

    behaviour: str
    kind: str
    productive: bool
    said: bool
    rewarded: bool


def record(env: ScienceWorldEnv, episode: Mapping[str, Any]) -> Trajectory:
    """Play an episode; it ends where the environment ends it."""
    observation, info = env.reset(options={"task_id": episode["task_id"]})
    first, steps, over = observation, [], False
    for action in episode["actions"]:
        if over:
            break
        admissible = tuple(info["admissible_actions"][:1])
        observation, _, over, _, info = env.step(action)
        steps.append(Step(action, observation, admissible, info["score"]))
    return Trajectory(
        trajectory_id=f"{episode['task_id']}, {episode['behaviour']}",
        env=env.name,
        env_version=env.version,
        split=env.split,
        task_id=episode["task_id"],
        task_type=info["task_type"],
        instruction=info["instruction"],
        first_observation=first,
        steps=tuple(steps),
        success=info["success"],
        policy=episode["behaviour"],
        seed=0,
        privileged=True,
    )


def compare(
    critic: ScienceWorldCritic, trajectory: Trajectory, episode: Mapping[str, Any]
) -> Iterable[Compared]:
    """The steps of an episode whose distances are known."""
    [window] = critic.critique(make_windows([trajectory], MOST_STEPS))
    distances = episode["distances"]
    for number, (step, said) in enumerate(zip(trajectory.steps, window.steps, strict=True)):
        before, after = distances.get(str(number)), distances.get(str(number + 1))
        if before is None or (after is None and step.score >= 0):
            continue  # no way is known; a fatal mistake is one that leads away from all
        score = trajectory.steps[number - 1].score if number else 0.0
        yield Compared(
            trajectory.policy,
            next((kind for kind, words in KINDS.items() if step.action.startswith(words)), "other"),
            step.score >= 0 and after < before,
            said.productive,
            step.score > score,
        )


def shares(steps: Sequence[Compared], field: str = "said") -> dict[str, Any]:
    """Precision and recall of a field of the steps, with the counts they are made of."""
    right = sum(step.productive and getattr(step, field) for step in steps)
    said = sum(getattr(step, field) for step in steps)
    productive = sum(step.productive for step in steps)
    return {
        "steps": len(steps),
        "productive": productive,
        "said": said,
        "right": right,
        "precision": round(right / said, 4) if said else None,
        "recall": round(right / productive, 4) if productive else None,
    }


class Clock:
    """Processor time of this process and of the Java processes that have ended."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._start = 0.0

    def __enter__(self) -> Clock:
        self._start = self._now()
        return self

    def __exit__(self, *_: object) -> None:
        self.seconds += self._now() - self._start

    @staticmethod
    def _now() -> float:
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        return time.process_time() + children.ru_utime + children.ru_stime


def judge(part: str, episodes: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """All figures of a part."""
    play, first, again = Clock(), Clock(), Clock()
    steps: list[Compared] = []
    played = 0
    for setting in SETTINGS:
        mine = [each for each in episodes if each["simplifications"] == setting]
        with play:
            env = ScienceWorldEnv("train", MOST_STEPS + 1, setting)
            trajectories = [record(env, each) for each in mine]
            env.close()
        played += sum(len(each.steps) for each in trajectories)
        found: list[Compared] = []
        for clock in (first, again):  # then the ways to the goal are in the cache
            with clock:
                critic = ScienceWorldCritic(setting)
                found = [
                    step
                    for trajectory, each in zip(trajectories, mine, strict=True)
                    for step in compare(critic, trajectory, each)
                ]
                critic.close()
        steps += found
    kinds = (*KINDS, "other")
    return {
        "part": part,
        "episodes": len(episodes),
        "variations": list(PARTS[part]),
        "played_steps": played,
        "critic": shares(steps),
        "score_rose": shares(steps, "rewarded"),
        "by_behaviour": {
            name: shares([s for s in steps if s.behaviour == name]) for name in BEHAVIOURS
        },
        "by_kind": {name: shares([s for s in steps if s.kind == name]) for name in kinds},
        "seconds": {
            "play": round(play.seconds, 2),
            "critic": round(first.seconds, 2),
            "critic, ways in the cache": round(again.seconds, 2),
        },
    }


@in_one_sentence
def main(arguments: Sequence[str] | None = None) -> int:
    """Judge the states and write the file.

    Returns:
        The exit code.
    """
    parser = argument_parser(__doc__)
    parser.add_argument("--states", type=Path, nargs="+", required=True)
    parser.add_argument("--out", type=Path, required=True, help="JSON file to write")
    options = parser.parse_args(arguments)
    parts = []
    for file in options.states:
        made = read_json(file)
        parts.append(judge(made["part"], made["episodes"]))
    write_json(options.out, {"parts": parts})
    return 0


if __name__ == "__main__":
    sys.exit(main())
