"""What there is to choose from in the states of a path, counted."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

import psutil

from envs.actions import FactoredActions
from envs.scienceworld.actions import Aliases, meanings
from envs.scienceworld.env import ScienceWorldEnv

EVERY = 3
"""The valid list is translated in every third state: thousands of sentences, up to a second."""
TRIED = 20
"""Most sentences that mean nothing and are said to the simulator, at the end of each script."""
FREE_OF_COST = frozenset({"inventory", "look around", "task"})
"""What these say is in every observation anyway."""
SAME, OTHER_WORDS, AMBIGUOUS = "same", "other words", "ambiguous"
FREE, NOTHING = "free", "nothing"
KINDS = (SAME, OTHER_WORDS, AMBIGUOUS, FREE, NOTHING)
"""What a sentence of the valid list is among factored actions; see :func:`kind`."""

Result = TypeVar("Result")


class State(NamedTuple):
    """A state on a path.

    Attributes:
        space: the factored actions.
        valid: the simulator's list of valid actions.
        action: what was done.
        kinds: how many valid actions there are of each of :data:`KINDS`; empty where they were not
            looked at.
    """

    space: FactoredActions
    valid: tuple[str, ...]
    action: str
    kinds: Counter[str]


def kind(sentence: str, space: FactoredActions, things: Mapping[int, str], aliases: Aliases) -> str:
    """What a sentence of the valid list is among the factored actions of its state.

    Returns:
        One of :data:`KINDS`: it is one of them; it means one of them; it may mean several; it is
        one of :data:`FREE_OF_COST`; or it means none of them.
    """
    if sentence in space:
        return SAME
    if sentence in FREE_OF_COST:
        return FREE
    found = sum(meaning in space for meaning in meanings(sentence, things, aliases))
    return NOTHING if not found else OTHER_WORDS if found == 1 else AMBIGUOUS


def spread(values: Iterable[float]) -> dict[str, float]:
    """Sum and largest of values, at least one."""
    each = list(values)
    return {"sum": sum(each), "max": max(each)}


def recall(states: Sequence[State]) -> dict[str, Any]:
    """How many actions there are, and whether what was done is among them."""
    kinds = sum((state.kinds for state in states), Counter[str]())
    return {
        "states": len(states),
        "done_in_space": sum(state.action in state.space for state in states),
        "done_in_valid": sum(state.action in state.valid for state in states),
        "things": spread(len(state.space.things) for state in states),
        "space": spread(len(state.space) for state in states),
        "valid": spread(len(state.valid) for state in states),
        "kinds": {name: kinds[name] for name in KINDS},
    }


def walk(
    env: ScienceWorldEnv, task_id: str, actions: Iterable[str]
) -> Iterator[tuple[Sequence[str], str]]:
    """Do the actions until the episode is over.

    Yields:
        Before each, what is admissible, and the action.
    """
    _, info = env.reset(options={"task_id": task_id})
    for action in actions:
        yield info["admissible_actions"], action
        _, _, terminated, truncated, info = env.step(action)
        if terminated or truncated:
            return


class Watcher:
    """Asks the simulator what could be done while a path is played.

    Answers to a question of the parser are chosen among numbers and are not looked at.

    Args:
        env: to play in.

    Attributes:
        seconds: processor time of the simulator and this process, spent on ``things``, the names
            of the things in reach, and on ``valid``, the lists of valid actions.
    """

    def __init__(self, env: ScienceWorldEnv) -> None:
        self._env = env
        self.seconds = {"things": 0.0, "valid": 0.0}

    def path(self, task_id: str, actions: Sequence[str]) -> list[State]:
        """The states in which these actions are done."""
        states = []
        for number, (space, action) in enumerate(walk(self._env, task_id, actions)):
            if isinstance(space, FactoredActions):
                self._timed("things", self._env._simulator.things)
                valid = self._timed("valid", self._env.valid_actions)
                looked = self._kinds(space, valid) if number % EVERY == 0 else []
                states.append(State(space, valid, action, Counter(looked)))
        return states

    def script(self, task_id: str, sentences: Sequence[str]) -> dict[str, Any]:
        """What a script says, and what the simulator says to valid actions that mean nothing.

        Returns:
            ``sentences`` and how many are ``literal``ly in the valid list; in the last state, how
            many valid actions were ``tried`` that mean no factored action, and those that the
            simulator ``understood``.
        """
        found: dict[str, Any] = {"sentences": 0, "literal": 0, "tried": 0, "understood": []}
        for number, (space, sentence) in enumerate(walk(self._env, task_id, sentences), start=1):
            if not isinstance(space, FactoredActions):
                continue
            valid = self._env.valid_actions()
            found["sentences"] += 1
            found["literal"] += sentence in valid
            if number == len(sentences):
                kinds = zip(valid, self._kinds(space, valid), strict=True)
                nothing = [each for each, its_kind in kinds if its_kind == NOTHING]
                return found | self._try(nothing, task_id)
        return found

    def _kinds(self, space: FactoredActions, valid: Sequence[str]) -> list[str]:
        simulator = self._env._simulator
        things, aliases = simulator.things(), simulator.aliases()
        return [kind(sentence, space, things, aliases) for sentence in valid]

    def _try(self, sentences: Sequence[str], seed: str) -> dict[str, Any]:
        tried, understood = 0, []
        for sentence in random.Random(seed).sample(sentences, min(TRIED, len(sentences))):
            _, _, over, _, info = self._env.step(sentence)
            tried += 1
            if info["parse_status"] != "unknown":
                understood.append(sentence)
            if over:
                break
        return {"tried": tried, "understood": understood}

    def _timed(self, name: str, ask: Callable[[], Result]) -> Result:
        before = self._spent()
        answer = ask()
        self.seconds[name] += self._spent() - before
        return answer

    def _spent(self) -> float:
        machine = self._env._simulator._machine
        assert machine is not None, "an episode has begun"
        times = psutil.Process(machine.pid).cpu_times()
        return float(times.user + times.system) + time.process_time()
