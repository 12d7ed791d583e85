"""The choice in stages beside the best action of all, and beside scoring every action."""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch

from envs.actions import FactoredActions
from envs.record import Trajectory
from experiments.scienceworld_choice.watching import spread
from policies.base import Start
from policies.batching import collate_choices, collate_steps, encode, pad_instructions
from policies.episode import EpisodeEncoder
from policies.small import SmallPolicy, mixed
from policies.stages import Parts, join_parts, next_options, split_action

LogProbs = Callable[[Sequence[Parts]], np.ndarray]
"""Log-probabilities of the options of one stage."""


class Best(NamedTuple):
    """The likeliest action, the sum of the log-probabilities of its stages, and its price.

    Attributes:
        action: the action.
        log_prob: of the whole action.
        scored: options that were scored until it was found.
    """

    action: str
    log_prob: float
    scored: int


class Compared(NamedTuple):
    """A state with the action chosen in stages, the best one, and the one done on the path."""

    chosen: str
    log_prob: float
    scored: int
    best: Best
    done: str


class Game(NamedTuple):
    """A recorded episode, and what is to be chosen from in each of its first states."""

    trajectory: Trajectory
    lists: Sequence[Sequence[str]]


class Reader:
    """Follows a recorded episode with a policy, and scores any options in its states.

    Args:
        policy: whose model scores.
        trajectory: the episode; its first state comes first.
    """

    def __init__(self, policy: SmallPolicy, trajectory: Trajectory) -> None:
        self._model, self._trajectory, self._at = policy.model, trajectory, 0
        vocabulary, features = policy.vocabulary, policy.model.config.features
        self._encoder = EpisodeEncoder(
            vocabulary, trajectory.instruction, trajectory.first_observation, features
        )
        steps = encode(vocabulary, trajectory, features=features).steps
        self._instruction = pad_instructions([self._encoder.instruction])
        layout = self._model.bags.layout
        self._rows = layout.rows
        batch = collate_steps(self._instruction, layout, [steps], [0])
        with torch.inference_mode():
            reading = self._model.bags.read(self._instruction)
            self._states, _ = self._model.states(batch, reading)
        self._table = reading.table

    @torch.inference_mode()
    def log_probs(self, options: Sequence[Parts]) -> np.ndarray:
        """Log-probabilities of the options of one stage, (options,), in the present state."""
        bags, width = self._encoder.partial_choices(options), self._instruction.shape[1]
        choices = collate_choices(width, self._rows, [bags], [0], [self._at], [len(options)])
        scores = self._model.scores(choices, self._table, self._states)
        found: np.ndarray = mixed(scores, choices.counts, 1.0)[0].numpy()
        return found

    def advance(self) -> None:
        """Go on to the next state."""
        step = self._trajectory.steps[self._at]
        parts = split_action(step.admissible, step.action)
        self._encoder.step(step.action, step.observation, parts)
        self._at += 1


def likeliest(space: FactoredActions, log_probs: LogProbs) -> Best:
    """The action that is the best of all if each is scored by the sum over its stages.

    An action is at most as likely as its beginning, so what begins worse than a whole action need
    not be looked at.
    """
    waiting: list[tuple[float, Parts]] = [(0.0, ())]
    scored = 0
    while True:
        cost, parts = heapq.heappop(waiting)
        options = next_options(space, parts)
        if not options:
            return Best(join_parts(parts), -cost, scored)
        for option, log_prob in zip(options, log_probs(options), strict=True):
            heapq.heappush(waiting, (cost - float(log_prob), option))
        scored += len(options)


def options_scored(space: FactoredActions, action: str) -> int:
    """How many options are scored where an action is chosen in stages."""
    parts = space.parts(action) or ()
    return sum(len(next_options(space, parts[:stage])) for stage in range(len(parts)))


def compare(policy: SmallPolicy, trajectory: Trajectory) -> list[Compared]:
    """What a policy chooses in the states of a recorded episode, and what would be best."""
    session, reader = policy.begin([start(trajectory)]), Reader(policy, trajectory)
    found = []
    for step in trajectory.steps:
        space = step.admissible
        (choice,) = session.choose([0], [space])
        if isinstance(space, FactoredActions):
            assert choice.log_prob is not None, "it has learned"
            scored, best = options_scored(space, choice.action), likeliest(space, reader.log_probs)
            found.append(Compared(choice.action, choice.log_prob, scored, best, step.action))
        session.observe([0], [step.action], [step.observation])
        reader.advance()
    return found


def agreement(states: Sequence[Compared]) -> dict[str, Any]:
    """How often the choice in stages is the best action, and what is lost where it is not."""
    return {
        "same": sum(each.chosen == each.best.action for each in states),
        "lost": spread(
            0.0 if each.chosen == each.best.action else each.best.log_prob - each.log_prob
            for each in states
        ),
        "chosen_done": sum(each.chosen == each.done for each in states),
        "best_done": sum(each.best.action == each.done for each in states),
        "scored": spread(each.scored for each in states),
        "best_scored": spread(each.best.scored for each in states),
    }


def start(trajectory: Trajectory) -> Start:
    """How a recorded episode began."""
    return Start(trajectory.instruction, trajectory.first_observation, trajectory.seed)


def seconds(policy: SmallPolicy, games: Sequence[Game]) -> float:
    """Processor time of choosing in the first states of the games, which advance together."""
    session = policy.begin([start(game.trajectory) for game in games])
    spent = 0.0
    for at in range(max(len(game.lists) for game in games)):
        rows = [row for row, game in enumerate(games) if at < len(game.lists)]
        steps = [games[row].trajectory.steps[at] for row in rows]
        before = time.process_time()
        session.choose(rows, [games[row].lists[at] for row in rows])
        spent += time.process_time() - before
        session.observe(rows, [step.action for step in steps], [step.observation for step in steps])
    return spent
