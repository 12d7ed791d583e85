"""No Java process outlives its owner, however that ends."""

from __future__ import annotations

import os
import signal
import subprocess
from textwrap import indent

import psutil
import pytest

from tests.envs.scienceworld.processes import gone, java_of, script

START = """
from envs.scienceworld.simulator import Simulator
simulator = Simulator()
simulator.load("boil", 0)
print("ready", flush=True)
"""
VECTOR = """
from gymnasium.vector import AsyncVectorEnv
from envs.scienceworld.env import ScienceWorldEnv
if __name__ == "__main__":
    own = ScienceWorldEnv()
    own.reset(options={{"task_id": "boil/0"}})
    both = AsyncVectorEnv([ScienceWorldEnv] * 2, shared_memory=False, context="{context}")
    both.reset(seed=0)
    both.step(("look around", "look around"))
    print("ready", flush=True)
"""


def _ready(process: subprocess.Popen[str], machines: int = 1) -> list[int]:
    assert process.stdout is not None
    line = process.stdout.readline()
    if line != "ready\n":
        process.kill()
        raise AssertionError(process.communicate()[1])
    found = java_of(process.pid)
    assert len(found) == machines
    return found


@pytest.mark.parametrize(
    ("ending", "code"),
    [
        ("", 0),
        ("simulator.close()", 0),
        ("raise RuntimeError", 1),
        ("import sys; sys.exit(3)", 3),
        ("import os; os._exit(4)", 4),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", -9),
        ("import os, signal; os.kill(os.getpid(), signal.SIGTERM)", -15),
        ("import os, signal; os.kill(simulator._machine.pid, signal.SIGSTOP)", 0),
    ],
)
def test_machine_ends_with_its_process(ending: str, code: int) -> None:
    process = script(f"{START}\ninput()\n{ending}")
    machines = _ready(process)
    _, errors = process.communicate("\n")
    assert process.returncode == code
    assert gone(machines)
    assert "ResourceWarning" not in errors
    assert bool(errors) == (code == 1)


def test_interrupt_from_the_terminal_is_for_python() -> None:
    # Who starts the tests in the background of a script has this signal ignored.
    process = script(f"""
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
try:
{indent(START, "    ")}
    while True:
        pass
except KeyboardInterrupt:
    assert simulator.step("look around")
""")
    machines = _ready(process)
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate()
    assert (process.returncode, errors) == (0, "")
    assert gone(machines)


def test_forked_child_neither_uses_nor_keeps_the_machine() -> None:
    process = script(f"""{START}
import gc, os, sys, time
from envs.errors import UserError
input()
child = os.fork()
if child == 0:
    try:
        simulator.look()
    except UserError as error:
        assert "parent" in str(error)
    simulator.load("find-plant", 0)
    assert simulator.look()
    simulator.close()
    del simulator
    gc.collect()
    time.sleep(100)
for _ in range(20):
    assert simulator.step("wait1")
print("played", flush=True)
input()
os.kill(os.getpid(), 9)
""")
    machines = _ready(process)
    assert process.stdout is not None
    assert process.stdin is not None
    print(file=process.stdin, flush=True)
    assert process.stdout.readline() == "played\n"
    (child,) = (each for each in psutil.Process(process.pid).children() if "python" in each.name())
    print(file=process.stdin, flush=True)
    try:
        assert process.wait(20) == -9
        assert gone(machines)
        assert child.is_running()
    finally:
        child.kill()
        process.communicate()


@pytest.mark.parametrize("context", ["spawn", "fork"])
@pytest.mark.parametrize(
    "ending", ["both.close()", "import os; os.kill(os.getpid(), 9)", "raise SystemExit"]
)
def test_vector_environments_leave_nothing(context: str, ending: str) -> None:
    text = VECTOR.format(context=context) + f"\n    input()\n    {ending}\n"
    process = script(text)
    machines = _ready(process, machines=3)
    children = psutil.Process(process.pid).children(recursive=True)
    process.communicate("\n")
    assert gone(machines)
    assert gone([child.pid for child in children])
