"""The official ScienceWorld simulator, reached directly: what is asked for is what is computed.

The package's own class lists every valid action after every step and takes a quarter of the
machine's memory; this one calls the same JAR for exactly what the caller wants. Source of the
calls: ``PythonInterface.scala`` of allenai/ScienceWorld.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from typing import Any

from py4j.protocol import Py4JError, Py4JJavaError
from scienceworld.constants import JAR_PATH

from envs.errors import UserError
from envs.scienceworld.java import BUNDLED, Machine

HEAP_MB = 128
"""Enough to play any task."""
GOLD_HEAP_MB = 1024
"""Enough to make any gold path; some are found by exhaustive search."""

_SCRAMBLE = 0x5DEECE66D
"""What java.util.Random.setSeed mixes its argument with, by its documentation."""


class Simulator:
    """One simulator in a Java virtual machine of its own, started at the first :meth:`load`.

    All methods but :meth:`load` and :meth:`close` need a task to be loaded.

    Args:
        java: ``bundled``, ``system`` or the path of a Java program.
        heap_mb: most memory for objects, in MB.

    Raises:
        UserError: from :meth:`load`: there is no Java, or it does not start; from any other
            method: the machine has died.
    """

    def __init__(self, java: str = BUNDLED, heap_mb: int = HEAP_MB) -> None:
        self._java, self._heap_mb = java, heap_mb
        self._machine: Machine | None = None
        self._server: Any = None
        self._chance: Any = None
        self._parsing: Any = None
        self._parser: Any = None
        self._agent: Any = None

    @staticmethod
    def version() -> str:
        """Version of the simulator, e.g. ``"scienceworld-1.2.3"``."""
        return f"scienceworld-{version('scienceworld')}"

    def load(
        self, task: str, variation: int, simplifications: Sequence[str] = (), gold: bool = False
    ) -> None:
        """Start a task from its beginning.

        Names are not checked here, and the simulator accepts bad ones silently:
        :mod:`envs.scienceworld.tasks` does.

        Args:
            task: name of the task, e.g. ``"boil"``.
            variation: which of its variations.
            simplifications: their names; ``easy`` has to be expanded.
            gold: also make a gold path, for :meth:`gold_path` (seconds, and much memory).
        """
        if self._machine is None:
            self._machine = Machine(self._java, JAR_PATH, self._heap_mb)
            jvm = self._machine.jvm
            self._server = jvm.scienceworld.runtime.pythonapi.PythonInterface()
            generator = getattr(getattr(jvm.scala.util, "Random$"), "MODULE$").self()
            seed = generator.getClass().getDeclaredField("seed")
            seed.setAccessible(True)
            self._chance = generator, seed
            self._parsing = jvm.scienceworld.input.InputParser
        trouble = self._call("load", task, variation, ",".join(simplifications), gold)
        if trouble:
            raise UserError(f"ScienceWorld cannot load {task}/{variation}: {trouble}")
        interface = self._call("agentInterface").get()
        self._agent, self._parser = interface.agent(), interface.inputParser()
        # As the official class does; without a first action the world has not been ticked.
        self._call("step", "look around")

    def step(self, action: str) -> str:
        """Do something; returns the simulator's reply."""
        return str(self._call("step", action)).strip()

    def look(self) -> str:
        """What is in sight, at no cost."""
        return str(self._call("freeActionLook")).strip()

    def inventory(self) -> str:
        """What is carried, at no cost."""
        return str(self._call("freeActionInventory")).strip()

    def description(self) -> str:
        """What the task asks for."""
        return str(self._call("getTaskDescription")).strip()

    def score(self) -> float:
        """From 0 to 1, or -1 after a fatal mistake."""
        return round(100 * self._call("getScore")) / 100

    def completed(self) -> bool:
        """Whether the task is done, or failed."""
        return bool(self._call("getCompleted"))

    def moves(self) -> int:
        """The simulator's own count of time; some actions take none, ``wait`` takes ten."""
        return int(self._call("getNumMoves"))

    def things(self) -> dict[int, str]:
        """Number and one unambiguous name of every object in reach, by number.

        The names are those of :meth:`valid_actions`. In reach is what is in the room or carried,
        and not in something closed; the simulator's own list of names leaves out what is carried.
        """
        assert self._machine is not None, "load() comes first"
        room, objects = self._in_reach()
        array = objects.toArray(self._machine.kind("scienceworld.struct.EnvObject"))
        with self._chance_untouched():
            names = self._parser.getAllUniqueReferentsLUTObjList(array, room, True, True)
        text = str(names.mkString("\n"))
        pairs = (line.split(" -> ", 1) for line in text.split("\n"))
        return dict(sorted((int(number), name) for number, name in pairs))

    def aliases(self) -> dict[int, tuple[str, ...]]:
        """Number and all names, for the parser, of every object in reach, by number.

        Several calls for each object (20 ms in a full room): for translating, not for playing.
        """
        room, objects = self._in_reach()
        each_object = objects.iterator()
        found = {}
        while each_object.hasNext():
            each = each_object.next()
            names = each.getReferentsWithContainers(room).mkString("\n").split("\n")
            found[int(each.uuid())] = tuple(sorted(names))
        return dict(sorted(found.items()))

    def _in_reach(self) -> tuple[Any, Any]:
        """The room, and the set of objects in reach."""
        assert self._machine is not None, "load() comes first"
        collect = self._parsing.collectAccessibleObjects
        room = self._agent.getContainer().get()
        return room, collect(room, False).union(collect(self._agent, False))

    def alternatives(self) -> tuple[tuple[int, ...], ...]:
        """While the simulator asks which of several was meant: the objects of each, by number."""
        if not self._parser.isInAmbiguousState():
            return ()
        return tuple(tuple(map(int, each)) for each in self._parser.getAmbiguousObjectIDs())

    def valid_actions(self) -> tuple[str, ...]:
        """The simulator's list of valid actions, sorted.

        Two calls however long the list is: in ``getValidActionObjectCombinationsJSON``, which is
        one, writing and reading JSON costs more than a call.
        """
        assert self._machine is not None, "load() comes first"
        with self._chance_untouched():
            actions = self._call("getValidActionObjectCombinations")
        text = str(self._machine.jvm.java.lang.String.join("\n", actions))
        return tuple(sorted(text.split("\n"))) if text else ()

    @contextmanager
    def _chance_untouched(self) -> Iterator[None]:
        """Leave the simulator's random numbers as they were.

        Where two objects would have the same name the simulator draws names, from the generator
        that also decides what happens in the world: asking what can be done would change what
        comes of it.
        """
        generator, seed = self._chance
        state = seed.get(generator)
        generator.setSeed(0)
        yield
        generator.setSeed(state ^ _SCRAMBLE)

    def progress(self) -> str:
        """The sub-goals and which of them are reached, as the simulator prints them. Privileged."""
        return str(self._call("getGoalProgressStr"))

    def gold_path(self) -> tuple[str, ...]:
        """The gold path that :meth:`load` was asked for; empty if none was found. Privileged."""
        return tuple(map(str, self._call("getGoldActionSequence")))

    def plan(self, task: str, variation: int) -> tuple[str, ...]:
        """What the gold script does from the present state on, and does: privileged.

        The state is spoilt by it: load again afterwards.

        Args:
            task: the loaded task.
            variation: the loaded variation.
        """
        found = self._call("taskMaker").createGoldActions(task, variation, self._server)
        return tuple(map(str, found._1))

    def close(self) -> None:
        """Stop the machine; the next :meth:`load` starts another."""
        if self._machine is not None:
            self._machine.close()
        self._machine = self._server = None
        self._chance = self._parsing = self._parser = self._agent = None

    def _call(self, method: str, *arguments: Any) -> Any:
        assert self._server is not None, "load() comes first"
        try:
            return getattr(self._server, method)(*arguments)
        except Py4JJavaError as error:
            if "OutOfMemoryError" in str(error):
                raise UserError(
                    f"ScienceWorld needs more than {self._heap_mb} MB for this; give heap_mb more."
                ) from error
            raise
        except Py4JError as error:
            self.close()
            raise UserError(
                f"The Java process of ScienceWorld has died ({error}); start the episode again."
            ) from error


def _by_number(found: dict[str, Any]) -> dict[int, Any]:
    return {int(key): found[key] for key in sorted(found, key=int)}
