"""Machines that wait for their next user, because Java is slow until it has run for a while.

A run plays, judges and evaluates in many stages, each with environments of its own. A machine that
has played a thousand steps plays the next ones in a quarter of a new one's time, and loading a task
leaves nothing of the last one.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scienceworld.constants import BASEPATH, JAR_PATH

from envs.scienceworld.java import Machine

MOST_KEPT_MB = 128
"""Machines with more memory than this, as for gold paths, are not kept."""

_OURS = Path(__file__).parent / "jvm"
"""What is ours in Java: its sources, and beside each what ``javac`` makes of it."""

_Kind = tuple[str, int]
_lock = threading.Lock()
_waiting: dict[_Kind, list[Machine]] = {}
_users = 0


@contextmanager
def kept() -> Iterator[None]:
    """While inside, machines that are given back wait for the next user; at the end they stop."""
    global _users
    with _lock:
        _users += 1
    try:
        yield
    finally:
        with _lock:
            _users -= 1
            leaving = [] if _users else [each for kind in _waiting.values() for each in kind]
            if not _users:
                _waiting.clear()
        for machine in leaving:
            machine.close()


def take(java: str, heap_mb: int) -> Machine:
    """A machine for the simulator: one that waits, or a new one.

    Args:
        java: ``bundled``, ``system`` or the path of a Java program.
        heap_mb: most memory for objects, in MB.

    Raises:
        UserError: there is no Java, or it does not start.
    """
    with _lock:
        waiting = _waiting.get((java, heap_mb), [])
        while waiting:
            machine = waiting.pop()
            if machine.running:
                return machine
    return Machine(java, (JAR_PATH, str(_OURS)), heap_mb, BASEPATH)


def give_back(machine: Machine, java: str, heap_mb: int) -> None:
    """What is done with a machine that is not needed any more: it stops, or waits."""
    with _lock:
        wait = _users > 0 and machine.running and heap_mb <= MOST_KEPT_MB
        if wait:
            _waiting.setdefault((java, heap_mb), []).append(machine)
    if not wait:
        machine.close()
