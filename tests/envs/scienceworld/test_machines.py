"""Machines that are kept for their next user, with real Java processes."""

from __future__ import annotations

import os

import pytest

from envs.scienceworld.machines import MOST_KEPT_MB, give_back, kept, take
from envs.scienceworld.simulator import Simulator

ACTIONS = ("open door to hallway", "go to hallway", "wait", "look around", "wait1")


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def pid_of(simulator: Simulator) -> int:
    assert simulator._machine is not None
    return simulator._machine.pid


def transcript(simulator: Simulator, task: str) -> list[str]:
    simulator.load(task, 3)
    said = [simulator.look()]
    for action in ACTIONS:
        said += [simulator.step(action), simulator.look(), str(simulator.things())]
    return said


def test_a_kept_machine_plays_as_a_new_one_and_stops_at_the_end() -> None:
    first, second, third = Simulator(), Simulator(), Simulator()
    with kept():
        fresh = transcript(first, "grow-plant")
        pid = pid_of(first)
        first.close()
        assert is_alive(pid)
        transcript(second, "boil")
        assert pid_of(second) == pid
        second.close()
        with kept():
            assert transcript(third, "grow-plant") == fresh
        assert pid_of(third) == pid
        third.close()
        assert is_alive(pid)
    assert not is_alive(pid)


def test_what_is_not_kept_stops_at_once() -> None:
    machine = take("bundled", 72)
    give_back(machine, "bundled", 72)
    assert not machine.running
    with kept():
        dead, large = take("bundled", 72), take("bundled", MOST_KEPT_MB + 1)
        dead.close()
        give_back(dead, "bundled", 72)
        give_back(large, "bundled", MOST_KEPT_MB + 1)
        assert not large.running
        other = take("bundled", 72)
        assert other is not dead
        give_back(other, "bundled", 72)
    assert not other.running


def test_they_stop_also_after_an_error() -> None:
    pids = []

    def fail() -> None:
        simulator = Simulator()
        with kept():
            simulator.load("boil", 0)
            pids.append(pid_of(simulator))
            simulator.close()
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert not is_alive(pids[0])
