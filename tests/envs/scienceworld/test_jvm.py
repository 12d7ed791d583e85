"""What is ours in Java does as the published classes do, and is made of the sources beside it."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from scienceworld.constants import JAR_PATH

from envs.scienceworld import machines
from envs.scienceworld.simulator import GOLD_HEAP_MB, Simulator
from envs.scienceworld.tasks import EASY, TASKS

FOLDER = machines._OURS
COMPILER = 17
"""Version of javac that made the classes; others may write the same otherwise."""
ROOMS = ("hallway", "greenhouse", "workshop")
"""On the way to where things have the same names, and several words."""
ODD = (
    *("", "the", "sing", "0", "go to", "open", "take the", "pour a in the"),
    *("look at door", "look at a room", "LOOK AT   the flower pot", "examine anode"),
    *("pick up pea seed", "take wrinkly pea seed in seed jar", "move pea seed to flower pot"),
    *("connect terminal 1 to terminal 2", "use shovel in greenhouse on soil in flower pot 2"),
    *("go to the hallway", "teleport to kitchen", "focus on an agent", "pick up object"),
)
"""Cut short, ambiguous, with articles and containers, and about what is not there."""


@pytest.fixture(name="simulator")
def _simulator() -> Iterator[Simulator]:
    simulator = Simulator(heap_mb=GOLD_HEAP_MB)
    simulator.load("boil", 0)
    yield simulator
    simulator.close()


def _machine(simulator: Simulator) -> Any:
    assert simulator._machine is not None
    return simulator._machine


def test_the_world_is_that_of_the_published_class(simulator: Simulator) -> None:
    published = _machine(simulator).jvm.scienceworld.runtime.pythonapi.PythonInterface()
    assert simulator._server.getClass().getName() == "lfm.QuickInterface"
    generator, seed = simulator._chance

    def loaded(server: Any, task: str, variation: int, simplifications: str) -> list[str]:
        return [
            server.load(task, variation, simplifications, False),
            server.getObjectTree(""),  # with the number of each object
            seed.get(generator),
            server.getTaskDescription(),
            server.getGoalProgressStr(),
            server.getRunHistoryJSON(),
        ]

    for number, kind in enumerate(TASKS):
        variation = kind.variations * number // len(TASKS)
        case = kind.name, variation, ("", "easy")[number % 2]
        assert loaded(simulator._server, *case) == loaded(published, *case), case
    for case in (("boil", 10**6, ""), ("no such task", 0, "")):
        trouble = loaded(simulator._server, *case)
        assert trouble == loaded(published, *case)
        assert trouble[0].startswith("ERROR")


@pytest.mark.parametrize("simplifications", [(), EASY])
def test_sentences_mean_what_they_mean_to_the_published_parser(
    simulator: Simulator, simplifications: tuple[str, ...]
) -> None:
    simulator.load("mendelian-genetics-known-plant", 3, simplifications)
    interface = simulator._interface
    actions = interface.actionHandler().getActions()
    published = _machine(simulator).jvm.scienceworld.input.InputParser(actions)
    assert interface.inputParser().getClass().getName() == "lfm.QuickParser"

    def meant(parser: Any, sentence: str) -> tuple[Any, ...]:
        room = interface.agent().getContainer().get()
        monitor, goals = interface.objMonitor(), interface.task().goalSequence()
        answer = parser.parse(
            sentence, room, interface.universe(), interface.agent(), monitor, goals, room
        )
        understood, _, said, action = (getattr(answer, f"_{part}")() for part in (1, 2, 3, 4))
        numbers = [tuple(each) for each in parser.getAmbiguousObjectIDs()]
        parser.clearAmbiguousState()
        kind = action.get().getClass().getName() if understood else ""
        about = action.get().assignments().toString() if understood else ""
        return understood, said, numbers, kind, about

    understood = ambiguous = 0
    for room in ROOMS:
        for action in ("open door to hallway", "go to hallway", f"open door to {room}"):
            simulator.step(action)
        simulator.step(f"go to {room}")
        valid = simulator.valid_actions()
        for sentence in (*ODD, *valid[:: len(valid) // 60 + 1]):
            found = meant(interface.inputParser(), sentence)
            assert found == meant(published, sentence), (room, sentence)
            understood += found[0]
            ambiguous += bool(found[2])
    assert understood > 60
    assert ambiguous > 3


def test_of_another_version_the_published_classes_are_used(
    simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    def played(each: Simulator) -> list[Any]:
        each.load("find-animal", 7)
        actions = ("look around", "pick up object", "open door to hallway", "go to hallway")
        return [(each.step(action), each.look(), each.moves()) for action in actions]

    monkeypatch.setattr("envs.scienceworld.simulator.version", lambda package: "9.9.9")
    other = Simulator(heap_mb=GOLD_HEAP_MB)
    assert played(other) == played(simulator)
    assert other._interface.inputParser().getClass().getName() == "scienceworld.input.InputParser"
    other.close()


def test_classes_are_made_of_the_sources_beside_them(tmp_path: Path) -> None:
    javac = shutil.which("javac")
    said = javac and subprocess.run([javac, "-version"], capture_output=True, text=True).stdout
    version = re.match(r"javac (\d+)", said or "")
    if version is None or int(version[1]) != COMPILER:
        pytest.skip(f"needs javac {COMPILER} in PATH")
    sources = sorted(map(str, FOLDER.rglob("*.java")))
    command = [str(javac), "--release", "11", "-cp", JAR_PATH, "-d", str(tmp_path), *sources]
    subprocess.run(command, check=True)
    made = {each.name: each.read_bytes() for each in tmp_path.rglob("*.class")}
    assert made == {each.name: each.read_bytes() for each in FOLDER.rglob("*.class")}
    assert len(made) == len(sources)
