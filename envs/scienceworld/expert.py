"""The expert: what the gold script would do from any state, and how far that is from the goal.

All of it is privileged. It happens in simulators of its own: they replay what an episode has done
so far, and let the script go on from there.
"""

from __future__ import annotations

import itertools
import os
import threading
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial

from py4j.protocol import Py4JJavaError

from envs.scienceworld.gold import gold_path
from envs.scienceworld.java import BUNDLED
from envs.scienceworld.routes import do, refine, still_leading
from envs.scienceworld.sight import things_held
from envs.scienceworld.simulator import GOLD_HEAP_MB, Simulator
from envs.scienceworld.tasks import parse_task_id

UNREACHABLE = 1_000_000
"""Distance to a goal to which no way was found, e.g. after a fatal mistake."""

RESIGNED = "wait1"
"""What the expert does when it knows no way: the action that changes least."""

_MOST_TRIED = 4
"""Answers to a question, or things to put down, that are tried before the expert gives up."""


class _Machines:
    """The simulators of all experts of this process: as many as there are processors.

    Eight environments need not keep eight machines of 500 MB for what they seldom ask.
    """

    def __init__(self) -> None:
        self._free = threading.BoundedSemaphore(os.cpu_count() or 1)
        self._lock = threading.Lock()
        self._idle: list[tuple[str, Simulator]] = []
        self._users = 0

    @contextmanager
    def lent(self, java: str) -> Iterator[Callable[[], Simulator]]:
        """A simulator, on call; it waits until one is free."""
        borrowed: list[Simulator] = []

        def get() -> Simulator:
            if not borrowed:
                self._free.acquire()
                borrowed.append(self._take(java))
            return borrowed[0]

        try:
            yield get
        except BaseException:
            for simulator in borrowed:
                simulator.close()
            raise
        else:
            for simulator in borrowed:
                self._give(java, simulator)
        finally:
            for _ in borrowed:
                self._free.release()

    def enter(self) -> None:
        """There is one more expert."""
        with self._lock:
            self._users += 1

    def leave(self) -> None:
        """There is one expert less; after the last one the machines stop."""
        with self._lock:
            self._users -= 1
            unused = [] if self._users else self._idle
            self._idle = self._idle if self._users else []
        for _, simulator in unused:
            simulator.close()

    def _take(self, java: str) -> Simulator:
        with self._lock:
            for place, (kind, simulator) in enumerate(self._idle):
                if kind == java:
                    del self._idle[place]
                    return simulator
        return Simulator(java, GOLD_HEAP_MB)

    def _give(self, java: str, simulator: Simulator) -> None:
        with self._lock:
            if self._users:
                self._idle.append((java, simulator))
                return
        simulator.close()


_machines = _Machines()
os.register_at_fork(after_in_child=lambda: globals().update(_machines=_Machines()))


@dataclass(frozen=True, slots=True)
class _Plan:
    """What to do in one episode after what was done in it."""

    task_id: str
    done: tuple[str, ...]
    ahead: tuple[str, ...] | None
    """None if there is no way to success."""

    def gave_up(self, actions: tuple[str, ...]) -> bool:
        """Whether there was no way, and nothing was done since but what the expert does then."""
        before, since = actions[: len(self.done)], actions[len(self.done) :]
        return self.ahead is None and before == self.done and set(since) <= {RESIGNED}

    def after(self, actions: Sequence[str]) -> tuple[str, ...] | None:
        """What is ahead after these actions, if they follow the plan; else None."""
        if self.ahead is None:
            return None
        whole, count = self.done + self.ahead, len(actions)
        follows = count >= len(self.done) and whole[:count] == tuple(actions)
        return whole[count:] if follows else None

    def left(self, actions: Sequence[str]) -> tuple[str, ...]:
        """What was still ahead where the episode left the plan."""
        whole = self.done + (self.ahead or ())
        same = itertools.takewhile(
            lambda pair: pair[0] == pair[1], zip(whole, actions, strict=False)
        )
        return whole[max(len(self.done), sum(1 for _ in same)) :]


class Expert:
    """Knows what to do next, for one episode at a time.

    While an episode follows the gold path of its variation, that path is the answer. When it has
    left it, the gold script is asked to go on from the present state (seconds, and many for
    genetics); its answer holds until the episode leaves that too.

    Args:
        simplifications: those in force, expanded.
        java: ``bundled``, ``system`` or the path of a Java program.
    """

    def __init__(self, simplifications: tuple[str, ...], java: str = BUNDLED) -> None:
        self._simplifications, self._java = simplifications, java
        self._plan: _Plan | None = None
        machines = _machines
        machines.enter()
        self.close = weakref.finalize(self, machines.leave)
        """Stop; the machines of all experts are shared, and end with the last one."""

    def act(self, task: str, variation: int, actions: Sequence[str]) -> str:
        """The next action of the gold script.

        Args:
            task: name of the task.
            variation: its number.
            actions: what was done in the episode so far.

        Returns:
            :data:`RESIGNED` if the episode is over, failed, or lost to the script.

        Raises:
            UserError: there is no such variation, or Java fails.
        """
        ahead = self._ahead(f"{task}/{variation}", tuple(actions))
        return ahead[0] if ahead else RESIGNED

    def distance(self, task: str, variation: int, actions: Sequence[str]) -> int:
        """How many actions the gold script needs from here on.

        Args:
            task: name of the task.
            variation: its number.
            actions: what was done in the episode so far.

        Returns:
            0 at success; :data:`UNREACHABLE` after a failure, or if the script does not succeed.

        Raises:
            UserError: there is no such variation, or Java fails.
        """
        ahead = self._ahead(f"{task}/{variation}", tuple(actions))
        return UNREACHABLE if ahead is None else len(ahead)

    def _ahead(self, task_id: str, actions: tuple[str, ...]) -> tuple[str, ...] | None:
        """What the script does from here on; None if it does not succeed."""
        known = self._plan
        if known and known.task_id == task_id:
            if known.done == actions or known.gave_up(actions):
                return known.ahead
            if (ahead := known.after(actions)) is not None:
                return ahead
        with _machines.lent(self._java) as simulator:
            gold = gold_path(task_id, self._simplifications, simulator)
            plan = _Plan(task_id, (), gold.actions if gold.success else None)
            ahead = plan.after(actions)
            if ahead is None and actions:
                plans = [known, plan] if known and known.task_id == task_id else [plan]
                former = dict.fromkeys(each.left(actions) for each in plans)
                ahead = self._planned(simulator(), task_id, actions, tuple(former))
                plan = _Plan(task_id, actions, ahead)
        self._plan = plan
        return ahead

    def _planned(
        self,
        simulator: Simulator,
        task_id: str,
        actions: tuple[str, ...],
        former: Sequence[tuple[str, ...]],
    ) -> tuple[str, ...] | None:
        """A new plan: what was planned before if that still leads to the goal, else the script."""
        task, _, number = task_id.partition("/")
        start = partial(self._replay, simulator, task, int(number))
        start(actions)
        if simulator.completed():
            return () if simulator.score() == 1.0 else None
        asked, inventory = len(simulator.alternatives()), simulator.inventory()
        for ahead in former:
            found = still_leading(simulator, ahead, self._simplifications)
            if found is not None:
                return found
            start(actions)
        # An agent that is asked a question has but the numbers to choose from.
        for answer in map(str, range(min(asked, _MOST_TRIED))):
            found = self._planned(simulator, task_id, (*actions, answer), former)
            if found is not None:
                return (answer, *found)
        return None if asked else self._scripted(simulator, task_id, start, actions, inventory)

    def _scripted(
        self,
        simulator: Simulator,
        task_id: str,
        start: Callable[[tuple[str, ...]], int],
        actions: tuple[str, ...],
        inventory: str,
    ) -> tuple[str, ...] | None:
        """A plan by the script. It gives up where it holds what it means to fetch: drop that."""
        kind, variation = parse_task_id(task_id)
        held = things_held(inventory)[:_MOST_TRIED]
        for first in ((), *((f"put down {name}",) for name in held)):
            steps = start((*actions, *first))
            with suppress(Py4JJavaError):  # the script was not written for every state
                script = simulator.plan(kind.name, variation)[steps:]
                again = partial(start, actions)
                route = refine(simulator, again, (*first, *script), self._simplifications)
                if route.actions:
                    return route.actions
        return None

    def _replay(
        self, simulator: Simulator, task: str, variation: int, actions: Sequence[str]
    ) -> int:
        """Come to the state after these actions; returns how many steps the simulator did."""
        simulator.load(task, variation, self._simplifications)
        # The simulator counts the look around with which a task begins too.
        return 1 + sum(do(simulator, action) for action in actions)
