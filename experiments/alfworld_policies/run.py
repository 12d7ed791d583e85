"""Train and examine every architecture with every seed, each for the same processor time.

    python -m experiments.alfworld_policies.run --out DIR [--seeds 0 1 2] [--seconds 180]
        [--architectures two_level ...] [--learning-rate RATE] [--games N]

The causal language models of the page were deleted; README.md names the commit that has them.
Every architecture imitates the same expert episodes of the training games (``$ALFWORLD_DATA``)
and then plays all games of valid_seen. A result is written to ``DIR`` as soon as it is there, and
what is there already is not measured again.
"""

from __future__ import annotations

import copy
import random
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, NamedTuple

import torch

from envs.alfworld.env import ALFWorldEnv
from envs.base import TextEnv
from envs.errors import UserError
from envs.files import read_json, write_json
from envs.live import LiveTrajectories
from envs.record import Trajectory
from experiments.alfworld_policies.entrant import Entrant, two_level, windowed
from experiments.command import argument_parser, in_one_sentence
from lfm.layout import DEMONSTRATIONS
from lfm.machine import prepare
from lfm.rollout import Rollout, Task, play, roll_out
from lfm.statistics import result_row
from policies.base import Choice, Policy, Session, Start
from policies.expert import ExpertPolicy
from policies.imitation import Schedule, train

ARCHITECTURES: dict[str, Callable[[Sequence[Trajectory], int], Entrant]] = {
    "two_level": two_level,
    "windowed": windowed,
}
SEEDS = (0, 1, 2)
SECONDS = 180.0
DEMONSTRATED = 355
"""Training games that the expert plays: a tenth of them."""
MAX_STEPS = 50
TRAIN_BATCH, EXAMINED_BATCH = 128, 70
"""Episodes played at once, by the expert and by what is examined."""
LAST_UPDATES = 50
"""How many updates the loss at the end is the mean of."""
PILOT_SECONDS = 6.0
"""Processor time for finding out how long an update takes; the budget is without it."""


class _SpentError(Exception):
    """The processor time is spent."""


class _Training(NamedTuple):
    """The loss of every update, and the processor time that they took."""

    losses: list[float]
    seconds: float


class _Timed:
    """A policy, and the processor time that it takes to act."""

    def __init__(self, policy: Policy) -> None:
        self.name, self.privileged = policy.name, policy.privileged
        self.seconds = 0.0
        self._policy = policy

    def begin(self, starts: Sequence[Start]) -> _TimedSession:
        """Begin a batch of episodes."""
        start = time.process_time()
        session = self._policy.begin(starts)
        self.seconds += time.process_time() - start
        return _TimedSession(self, session)


class _TimedSession:
    def __init__(self, timed: _Timed, session: Session) -> None:
        self._timed, self._session = timed, session

    def choose(self, rows: Sequence[int], admissible: Sequence[Sequence[str]]) -> list[Choice]:
        """Choose as the policy does."""
        start = time.process_time()
        choices = self._session.choose(rows, admissible)
        self._timed.seconds += time.process_time() - start
        return choices

    def observe(
        self, rows: Sequence[int], actions: Sequence[str], observations: Sequence[str]
    ) -> None:
        """Pass on what was seen."""
        start = time.process_time()
        self._session.observe(rows, actions, observations)
        self._timed.seconds += time.process_time() - start


def demonstrations(out: Path, seed: int) -> list[Trajectory]:
    """The episodes that the recipe ``bc`` would imitate with this seed; those the expert won."""
    env = _make("train")
    tasks = list(env.task_ids)
    random.Random(seed).shuffle(tasks)
    rollout = Rollout(DEMONSTRATIONS, seed, TRAIN_BATCH, DEMONSTRATIONS)
    with closing(LiveTrajectories(out / f"demonstrations-seed{seed}.jsonl")) as live:
        episodes = roll_out(
            lambda: _make("train"),
            ExpertPolicy(),
            [Task(task_id) for task_id in tasks[:DEMONSTRATED]],
            rollout,
            live,
        )
    return [each for each in episodes if each.success]


def fit(entrant: Entrant, seed: int, learning_rate: float, seconds: float) -> dict[str, Any]:
    """Train for so many seconds of processor time; returns what that was.

    The model is trained for a moment first to see how long an update takes: the schedule has as
    many updates as the budget will hold, and training stops when the budget is spent.
    """
    untrained = copy.deepcopy(entrant.model.state_dict())
    pilot = _train(entrant, seed, learning_rate, 10**4, PILOT_SECONDS)
    entrant.model.load_state_dict(untrained)
    planned = max(1, int(seconds / pilot.seconds * len(pilot.losses)))
    trained = _train(entrant, seed, learning_rate, planned, seconds)
    last = trained.losses[-LAST_UPDATES:]
    return {
        "planned_updates": planned,
        "updates": len(trained.losses),
        "training_seconds": trained.seconds,
        "episodes_seen": len(trained.losses) * entrant.batch_size / entrant.items_per_episode,
        "last_loss": sum(last) / len(last),
    }


def _train(
    entrant: Entrant, seed: int, learning_rate: float, updates: int, seconds: float
) -> _Training:
    """Train for so many updates, but not longer than so many seconds."""
    losses: list[float] = []
    start = time.process_time()

    def loss(items: list[Any]) -> torch.Tensor:
        if time.process_time() - start > seconds:
            raise _SpentError
        value = entrant.loss(items)
        losses.append(float(value.detach()))
        return value

    schedule = Schedule(updates, entrant.batch_size, learning_rate, entrant.weight_decay, seed)
    entrant.model.train()
    with suppress(_SpentError):
        train(entrant.model, entrant.items, entrant.sizes, loss, schedule)
    entrant.model.eval()
    return _Training(losses, time.process_time() - start)


def examine(policy: Policy, seed: int, games: int) -> dict[str, Any]:
    """Play games of valid_seen once: the row of results, and the time that acting took."""
    timed = _Timed(policy)
    envs: list[TextEnv] = [_make("valid_seen", games) for _ in range(EXAMINED_BATCH)]
    tasks = [Task(task_id) for task_id in envs[0].task_ids]
    rollout = Rollout("valid_seen", seed, EXAMINED_BATCH, "valid_seen")
    episodes = [
        episode
        for start in range(0, len(tasks), EXAMINED_BATCH)
        for episode in play(envs, tasks[start : start + EXAMINED_BATCH], rollout, timed)
    ]
    row = result_row(
        policy.name,
        episodes,
        episodes=len(tasks),
        max_steps=MAX_STEPS,
        goals="template",
        seed=seed,
    )
    steps = sum(len(each.steps) for each in episodes)
    return {"row": row, "acting_seconds_per_1000_steps": 1000 * timed.seconds / steps}


def measure(
    out: Path,
    architecture: str,
    seed: int,
    seconds: float,
    games: int,
    learning_rate: float | None,
) -> None:
    """Train and examine one architecture with one seed, unless its result is there.

    Raises:
        UserError: if the result that is there is of another budget.
    """
    chosen = "" if learning_rate is None else f"-{learning_rate:g}"
    file = out / f"{architecture}{chosen}-seed{seed}.json"
    if file.exists():
        if read_json(file)["budget_seconds"] != seconds:
            raise UserError(f"{file} was made with other --seconds; give another --out")
        return
    episodes = demonstrations(out, seed)
    begun = time.process_time()
    entrant = ARCHITECTURES[architecture](episodes, seed)
    encoding = time.process_time() - begun
    rate = learning_rate or entrant.learning_rate
    trained = fit(entrant, seed, rate, seconds)
    result = {
        "architecture": architecture,
        "seed": seed,
        "budget_seconds": seconds,
        "learning_rate": rate,
        "batch_size": entrant.batch_size,
        "demonstrations": len(episodes),
        "parameters": sum(each.numel() for each in entrant.model.parameters()),
        "encoding_seconds": encoding,
        **trained,
        **examine(entrant.policy(), seed, games),
    }
    write_json(file, result)
    success = result["row"]["success_rate"]
    sys.stderr.write(f"{file.stem}: {100 * success:.1f} %, {result['updates']} updates\n")


def _make(split: str, games: int = 0) -> TextEnv:
    return ALFWorldEnv(split=split, max_steps=MAX_STEPS, games=games)


@in_one_sentence
def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what is asked for.

    Returns:
        The exit code.
    """
    parser = argument_parser(__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder for the results")
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS)
    parser.add_argument("--seconds", type=float, default=SECONDS, help="processor time to train")
    parser.add_argument("--architectures", nargs="+", default=[*ARCHITECTURES])
    parser.add_argument("--games", type=int, default=0, help="of valid_seen; 0 = all")
    parser.add_argument("--learning-rate", type=float, help="instead of the chosen one")
    options = parser.parse_args(arguments)
    prepare(threads=1)
    for seed in options.seeds:
        for name in options.architectures:
            measure(
                options.out,
                name,
                seed,
                options.seconds,
                options.games,
                options.learning_rate,
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
