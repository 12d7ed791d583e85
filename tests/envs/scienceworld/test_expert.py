from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from envs.actions import FactoredActions
from envs.scienceworld import expert as module
from envs.scienceworld.actions import frames
from envs.scienceworld.expert import RESIGNED, UNREACHABLE, Expert
from envs.scienceworld.gold import GoldPath, cached
from envs.scienceworld.routes import do
from envs.scienceworld.simulator import Simulator

TASK, VARIATION = "find-living-thing", 0


@pytest.fixture(scope="module", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("cache")
        patch.setenv("LFM_CACHE", str(folder))
        yield folder


@pytest.fixture(scope="module")
def expert() -> Iterator[Expert]:
    expert = Expert(())
    yield expert
    expert.close()
    assert module._machines._idle == []


@pytest.fixture(scope="module")
def world() -> Iterator[Simulator]:
    simulator = Simulator()
    yield simulator
    simulator.close()


def _follow(expert: Expert, world: Simulator, task: str, variation: int, done: list[str]) -> None:
    """Do what the expert says until the end; the distance falls by one with each action."""
    world.load(task, variation)
    for action in done:
        do(world, action)
    distance = expert.distance(task, variation, done)
    assert 0 < distance < UNREACHABLE
    for left in reversed(range(distance)):
        assert not world.completed()
        done.append(expert.act(task, variation, done))
        do(world, done[-1])
        assert expert.distance(task, variation, done) == left
    assert world.score() == 1.0


def test_follows_the_gold_path(expert: Expert, world: Simulator) -> None:
    done: list[str] = []
    _follow(expert, world, TASK, VARIATION, done)
    path = cached(f"{TASK}/{VARIATION}", ())
    assert path is not None
    assert tuple(done) == path.actions
    assert expert.act(TASK, VARIATION, done) == RESIGNED


def test_known_path_needs_no_machine(expert: Expert, monkeypatch: pytest.MonkeyPatch) -> None:
    expert.distance(TASK, VARIATION, ())
    monkeypatch.delattr(module, "Simulator")
    monkeypatch.setattr(module, "_machines", module._Machines())
    other = Expert(())
    distance = other.distance(TASK, VARIATION, ())
    first = other.act(TASK, VARIATION, ())
    assert other.distance(TASK, VARIATION, [first]) == distance - 1


@pytest.mark.parametrize("seed", [0, 1])
def test_recovers_after_random_actions(expert: Expert, world: Simulator, seed: int) -> None:
    rng = random.Random(seed)
    safe = tuple(frame for frame in frames(()) if not frame.startswith("focus"))
    world.load(TASK, VARIATION)
    done: list[str] = []
    for _ in range(6):
        possible = FactoredActions(safe, tuple(world.things().values()))
        frame = rng.choice([*safe, *["open OBJ", "go to OBJ"] * 8])
        done.append(rng.choice(FactoredActions((frame,), possible.things)))
        do(world, done[-1])
    assert not world.completed()
    _follow(expert, world, TASK, VARIATION, done)


def test_what_changes_nothing_leaves_the_plan_as_it_is(expert: Expert) -> None:
    first = expert.act(TASK, VARIATION, ())
    distance = expert.distance(TASK, VARIATION, ())
    assert expert.distance(TASK, VARIATION, ["look at orange"]) == distance
    assert expert.act(TASK, VARIATION, ["look at orange"]) == first
    # not done by the environment, nor understood
    assert expert.distance(TASK, VARIATION, ["reset task", "fly to moon"]) == distance
    # the first action in other words
    assert first.startswith("open door to ")
    other = f"open the {first.removeprefix('open ')}"
    assert expert.distance(TASK, VARIATION, [other]) == distance - 1


def test_a_question_is_answered_with_a_number(expert: Expert, world: Simulator) -> None:
    done = ["open door"]  # which of them?
    assert expert.act(TASK, VARIATION, done).isdigit()
    _follow(expert, world, TASK, VARIATION, done)


def test_no_way_after_a_fatal_mistake(expert: Expert) -> None:
    done = ["focus on orange"]
    assert expert.distance(TASK, VARIATION, done) == UNREACHABLE
    assert expert.act(TASK, VARIATION, done) == RESIGNED


def test_machines_are_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    alive: list[object] = []
    most = 0

    class Fake:
        def __init__(self, java: str, heap_mb: int) -> None:
            nonlocal most
            alive.append(self)
            most = max(most, len(alive))

        def close(self) -> None:
            alive.remove(self)

    monkeypatch.setattr(module, "Simulator", Fake)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    machines = module._Machines()
    machines.enter()

    def work() -> None:
        with machines.lent("bundled") as simulator:
            assert simulator() is simulator()
            time.sleep(0.01)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 2

    def fail() -> None:
        with machines.lent("bundled") as simulator:
            raise KeyError(simulator())

    with pytest.raises(KeyError):
        fail()  # it is not lent again
    assert len(alive) == 1
    machines.leave()
    assert alive == []


def test_a_path_that_failed_is_not_looked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    failed = GoldPath((), "failed", 0.87, (), 0, 0, "freeze/11", ())
    monkeypatch.setattr(module, "gold_path", lambda *_: failed)
    monkeypatch.setattr(Expert, "_planned", None)  # to call it would be an error
    expert = Expert(())
    try:
        done: list[str] = []
        for _ in range(3):
            assert expert.distance("freeze", 11, done) == UNREACHABLE
            done.append(expert.act("freeze", 11, done))
        assert set(done) == {RESIGNED}
        with pytest.raises(TypeError):  # somebody else did something: that is another state
            expert.act("freeze", 11, [*done, "open door"])
    finally:
        expert.close()
