"""The official ScienceWorld simulator, reached directly: what is asked for is what is computed.

The package's own class lists every valid action after every step and takes a quarter of the
machine's memory; this one calls the same JAR for exactly what the caller wants. Source of the
calls: ``PythonInterface.scala`` of allenai/ScienceWorld.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
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
            self._server = self._machine.jvm.scienceworld.runtime.pythonapi.PythonInterface()
        trouble = self._call("load", task, variation, ",".join(simplifications), gold)
        if trouble:
            raise UserError(f"ScienceWorld cannot load {task}/{variation}: {trouble}")
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
        """Number and one unambiguous name of every object in reach, by number."""
        return _by_number(json.loads(self._call("getPossibleObjectReferentLUTJSON")))

    def referents(self) -> dict[int, tuple[str, ...]]:
        """Number and all names of every object of the world, by number. Privileged."""
        found = json.loads(self._call("getAllObjectIdsTypesReferentsLUTJSON"))
        return {key: tuple(value["referents"]) for key, value in _by_number(found).items()}

    def valid_actions(self) -> tuple[str, ...]:
        """The simulator's list of valid actions, sorted.

        Two calls however long the list is: in ``getValidActionObjectCombinationsJSON``, which is
        one, writing and reading JSON costs more than a call.
        """
        assert self._machine is not None, "load() comes first"
        actions = self._call("getValidActionObjectCombinations")
        text = str(self._machine.jvm.java.lang.String.join("\n", actions))
        return tuple(sorted(text.split("\n"))) if text else ()

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
