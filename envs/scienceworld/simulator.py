"""The official ScienceWorld simulator, reached directly: what is asked for is what is computed.

The package's own class lists every valid action after every step and takes a quarter of the
machine's memory; this one calls the same JAR for exactly what the caller wants. Source of the
calls: ``PythonInterface.scala`` and ``AgentInterface.scala`` of allenai/ScienceWorld. Steps go to
the second: the first looks around and lists names before each, and throws the result away. Loading
and understanding sentences are ours (``jvm/lfm``), and come to the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from typing import Any

from envs.errors import UserError
from envs.scienceworld.java import BUNDLED, PATIENCE, Machine
from envs.scienceworld.machines import give_back, take
from envs.scienceworld.names import own_names, told_names

_QUICK = "1.2.3"
"""Version of ``scienceworld`` of which ``jvm/lfm`` knows how it loads and parses.

Others are used as they are, and take longer.
"""

HEAP_MB = 80
"""Enough to play any task: a loaded one takes 20 MB. The process takes 100 MB more."""
GOLD_HEAP_MB = 1024
"""Enough to make any gold path; some are found by exhaustive search."""

_SCRAMBLE = 0x5DEECE66D
"""What java.util.Random.setSeed mixes its argument with, by its documentation."""

_GOLD_PATIENCE = 1800.0
"""Seconds; the longest searches for a gold path take minutes on a slow machine."""

_BETWEEN = "\x1f"
"""Between the parts of an answer of ``jvm/lfm/Interface.java``."""

_BESIDE = ("help", "objects", "task")
"""What is answered without a step."""
_NO_REPLY = (
    "Unknown action.  Type 'help' for a list of actions, and 'objects' for a list of possible "
    "object referents."
)
"""What is said where the action said nothing, as when an ambiguous request is not resolved."""


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
        self._definitions: Any = None
        self._arrays: Any = None
        self._parser: Any = None
        self._agent: Any = None
        self._interface: Any = None
        self._actions: list[str] = []
        self._seen: tuple[str, ...] = ()
        self._score, self._completed = 0.0, False
        self._teleports = False

    def __reduce__(self) -> tuple[type[Simulator], tuple[str, int]]:
        """A pickled simulator arrives unstarted."""
        return Simulator, (self._java, self._heap_mb)

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
        machine = self._machine
        if machine is None or not machine.running:
            machine = self._start()
        with machine.patience(_GOLD_PATIENCE if gold else PATIENCE):
            trouble = self._server.load(task, variation, ",".join(simplifications), gold)
        if trouble:
            raise UserError(f"ScienceWorld cannot load {task}/{variation}: {trouble}")
        self._interface = self._server.agentInterface().get()
        self._agent, self._parser = self._interface.agent(), self._interface.inputParser()
        self._actions = []
        self._teleports = not {"teleportAction", "easy"}.isdisjoint(simplifications)
        # As the official class does.
        self.step("look around")

    def _start(self) -> Machine:
        machine = take(self._java, self._heap_mb)
        jvm = machine.jvm
        known = version("scienceworld") == _QUICK
        self._server = (jvm.lfm.QuickInterface if known else jvm.lfm.Interface)()
        generator = machine.companion("scala.util.Random").self()
        seed = generator.getClass().getDeclaredField("seed")
        seed.setAccessible(True)
        self._chance = generator, seed
        self._parsing = jvm.scienceworld.input.InputParser
        self._definitions = jvm.scienceworld.input.ActionDefinitions
        self._arrays = machine.companion("scala.collection.mutable.WrappedArray")
        self._machine = machine
        return machine

    def step(self, action: str) -> str:
        """Do something; returns the simulator's reply."""
        self._seen = ()
        if action.strip().lower() in _BESIDE:
            return str(self._loaded.step(action)).strip()
        reply, score, completed = str(self._loaded.act(action))[1:-1].rsplit(",", 2)
        self._score, self._completed = round(100 * float(score)) / 100, completed == "true"
        self._actions.append(action)
        return reply.strip() or _NO_REPLY

    def look(self) -> str:
        """What is in sight, at no cost."""
        return self._sights()[0].strip()

    def inventory(self) -> str:
        """What is carried, at no cost."""
        return self._sights()[1].strip()

    def _sights(self) -> tuple[str, ...]:
        """What costs nothing, asked for once a step, by whoever needs it first."""
        if not self._seen:
            self._seen = tuple(str(self._loaded.sights()).split(_BETWEEN))
        return self._seen

    def description(self) -> str:
        """What the task asks for."""
        return str(self._loaded.getTaskDescription()).strip()

    def score(self) -> float:
        """From 0 to 1, or -1 after a fatal mistake."""
        return self._score

    def completed(self) -> bool:
        """Whether the task is done, or failed."""
        return self._completed

    def moves(self) -> int:
        """The simulator's own count of time; some actions take none, ``wait`` takes ten."""
        return int(self._sights()[2])

    def things(self) -> dict[int, str]:
        """Number and one unambiguous name of every object in reach, by number.

        The names are those of :meth:`valid_actions` or, where they are better, those that the room
        is told in (:mod:`envs.scienceworld.names`). In reach is what is in the room or carried,
        and not in something closed; the simulator's own list of names leaves out what is carried.
        """
        room, objects = self._in_reach()
        array = self._array(objects)
        with self._chance_untouched():
            names = self._parser.getAllUniqueReferentsLUTObjList(array, room, True, True)
        text = str(names.mkString("\n"))
        pairs = (line.split(" -> ", 1) for line in text.split("\n"))
        chosen = dict(sorted((int(number), name) for number, name in pairs))
        own = own_names(str(objects.mkString("\n")))
        return told_names(chosen, own, f"{self.look()}\n{self.inventory()}")

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

        A few calls however long the list is: in ``getValidActionObjectCombinationsJSON``, which is
        one, writing and reading JSON costs more than the calls. Most of the simulator's time for a
        list goes into names for everything in the world, which only teleporting needs.
        """
        with self._chance_untouched():
            if self._teleports or self._parser.isInAmbiguousState():
                actions = self._interface.getValidActionObjectCombinations()
            else:
                actions = self._valid_here()
        text = str(self._arrays.make(actions).mkString("\n"))
        return tuple(sorted(text.split("\n"))) if text else ()

    def _valid_here(self) -> Any:
        """The valid actions, where all of them are about what is near."""
        room = self._agent.getContainer().get()
        near = self._array(self._parsing.collectObjects(room, False))
        names = self._parser.getAllUniqueReferentsLUTObjList(near, room, True, True)
        return self._definitions.mkPossibleActions(self._agent, near, near, names, names)

    def _array(self, objects: Any) -> Any:
        assert self._machine is not None, "load() comes first"
        return objects.toArray(self._machine.kind("scienceworld.struct.EnvObject"))

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
        return str(self._loaded.getGoalProgressStr())

    def gold_path(self) -> tuple[str, ...]:
        """The gold path that :meth:`load` was asked for; empty if none was found. Privileged."""
        return tuple(map(str, self._loaded.getGoldActionSequence()))

    def plan(self, task: str, variation: int) -> tuple[str, ...]:
        """What has been done, then what the gold script does from here on, and does: privileged.

        What has been done begins with the ``look around`` of :meth:`load`. The state is spoilt by
        it: load again afterwards.

        Args:
            task: the loaded task.
            variation: the loaded variation.
        """
        assert self._machine is not None, "load() comes first"
        self._seen = ()
        with self._machine.patience(_GOLD_PATIENCE):
            found = self._server.taskMaker().createGoldActions(task, variation, self._server)
        return (*self._actions, *map(str, found._1()))

    def close(self) -> None:
        """Stop the machine, or let it wait for others; the next :meth:`load` takes another."""
        if self._machine is not None:
            give_back(self._machine, self._java, self._heap_mb)
        self._machine = self._server = None
        self._seen = ()
        self._chance = self._parsing = self._parser = self._agent = self._interface = None

    @property
    def _loaded(self) -> Any:
        assert self._server is not None, "load() comes first"
        return self._server
