"""The half that decides: evaluates the tests here, and asks the worker for what they call.

The program is never run in this process, and what it returns arrives as plain values: it can
neither change what equality means nor what counts as passed. What is no plain value stays with the
worker, equals nothing and is neither true nor false.
"""

from __future__ import annotations

import importlib
import os
import signal
import socket
import time
from typing import Any

from envs.answers.mbpp import confine, wire, worker

_LONGEST = 200
"""Characters of what is told of a failure."""


class RaisedError(Exception):
    """The program raised an exception; its text is the program's own."""


class Remote:
    """A thing of the worker's: it can be called, and its attributes read and set."""

    __slots__ = ("_link", "_number")
    _link: Link
    _number: int

    def __init__(self, link: Link, number: int) -> None:
        object.__setattr__(self, "_link", link)
        object.__setattr__(self, "_number", number)

    def __call__(self, *arguments: object, **named: object) -> object:
        """Call it with plain values and things of the worker's."""
        return self._link.ask(
            {"do": "call", "of": self._number},
            arguments=wire.pack(arguments, _number_of),
            named=wire.pack(named, _number_of),
        )

    def __getattr__(self, name: str) -> object:
        return self._link.ask({"do": "get", "of": self._number, "name": name})

    def __setattr__(self, name: str, value: object) -> None:
        asked = {"do": "set", "of": self._number, "name": name}
        self._link.ask(asked, value=wire.pack(value, _number_of))

    def __bool__(self) -> bool:
        raise TypeError("what it returned is no plain value")

    def __eq__(self, other: object) -> bool:
        raise TypeError("what it returned is no plain value")

    __hash__ = None  # type: ignore[assignment]


def _number_of(thing: object) -> int:
    if type(thing) is not Remote:
        raise TypeError(f"{type(thing).__name__} cannot be handed to a program")
    return thing._number


class Link:
    """The way to the worker.

    Args:
        handle: file descriptor.
        deadline: after which it is not waited for any more.
    """

    def __init__(self, handle: int, deadline: float) -> None:
        self._handle, self._deadline = handle, deadline
        self.last: object = None
        """What was returned last."""

    def ask(self, asked: dict[str, Any] | None, **more: Any) -> object:
        """Ask for something, or with None only wait for the first answer.

        Raises:
            RaisedError: the program raised an exception.
            wire.BrokenError: there is no answer.
        """
        if asked is not None:
            try:
                wire.write(self._handle, {**asked, **more})
            except OSError as error:
                raise wire.BrokenError("it ended") from error
        answer = wire.read(self._handle, self._deadline)
        if not isinstance(answer, dict):
            raise wire.BrokenError("it could not be understood")
        if "error" in answer:
            raise RaisedError(str(answer["error"]))
        self.last = wire.unpack(answer.get("value"), lambda number: Remote(self, number))
        return self.last


def main() -> None:
    """Read a job from standard input, write the verdict on standard output."""
    job = wire.read(0)
    nowhere = os.open("/dev/null", os.O_RDWR)
    if job["namespaces"]:
        try:
            confine.leave_everything(os.path.dirname(os.path.abspath(os.__file__)))
        except OSError as error:
            wire.write(1, {"refused": str(error)})
            return
    ours, theirs = socket.socketpair()
    child = os.fork()
    if child == 0:
        try:
            worker.run(theirs.fileno(), nowhere, job)
        finally:
            os._exit(1)
    theirs.close()
    try:
        # Read only now: what the tests expect was never in the worker's memory.
        wire.write(1, {"tests": _verdicts(Link(ours.fileno(), _deadline(job)), wire.read(0))})
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def _deadline(job: dict[str, Any]) -> float:
    return time.monotonic() + float(job["patience"])


def _verdicts(link: Link, work: dict[str, Any]) -> list[str]:
    """For each test nothing if it passed, else what went wrong."""
    try:
        link.ask(None)
        names = _names(link, work)
        exec(work["setup"], names)
    except Exception as error:
        return [_told(error, link)] * len(work["tests"])
    return [_verdict(link, test, names) for test in work["tests"]]


def _names(link: Link, work: dict[str, Any]) -> dict[str, Any]:
    """What tests can name: modules, and what the program has of the names that it should have."""
    names: dict[str, Any] = {each: importlib.import_module(each) for each in work["modules"]}
    for name in work["names"]:
        try:
            names[name] = link.ask({"do": "name", "name": name})
        except RaisedError:
            continue  # the test that needs it will say that it is not defined
    return names


def _verdict(link: Link, test: str, names: dict[str, Any]) -> str:
    link.last = None
    try:
        exec(test, names)
    except Exception as error:
        return _told(error, link)
    return ""


def _shown(value: object) -> str:
    """A value in words; the deepest lists and the longest numbers have none."""
    if type(value) is Remote:
        return "no plain value"
    try:
        return repr(value)
    except (ValueError, RecursionError):
        return "what cannot be written down"


def _told(error: Exception, link: Link) -> str:
    if isinstance(error, AssertionError):
        said = f"it returned {_shown(link.last)}"
    elif isinstance(error, (RaisedError, wire.BrokenError)):
        said = str(error)
    else:
        said = f"{type(error).__name__}: {error}"
    said = "".join(sign if sign.isprintable() else " " for sign in said)
    return said[:_LONGEST] or type(error).__name__
