"""The locked-in half: runs a program that is not trusted, and calls what it is told to call."""

from __future__ import annotations

import os
import sys
from typing import Any

from envs.answers.mbpp import confine, wire

_LINK = 3
"""File descriptor of the way to the judge, the only one besides those of /dev/null."""


def run(link: int, nowhere: int, job: dict[str, Any]) -> None:
    """Run a program and serve calls to it until the judge has no more.

    Args:
        link: file descriptor of the way to the judge.
        nowhere: that of /dev/null.
        job: the program and its limits.
    """
    for standard in (0, 1, 2):
        os.dup2(nowhere, standard)
    os.dup2(link, _LINK)
    os.closerange(_LINK + 1, 4096)
    if job["namespaces"]:
        confine.become_nobody()
    confine.give_up_rights(job["seconds"], job["memory_mb"])
    sys.setrecursionlimit(10_000)
    _Service().serve(job["program"])


class _Service:
    """A program at work, and those of its things that the judge has been given numbers of."""

    def __init__(self) -> None:
        self._names: dict[str, Any] = {"__name__": "answer"}
        self._things: list[object] = []

    def serve(self, program: str) -> None:
        """Run it, then do what is asked."""
        asked: dict[str, Any] = {"do": "run", "program": program}
        while True:
            wire.write(_LINK, self._answer(asked))
            asked = wire.read(_LINK)

    def _do(self, asked: dict[str, Any]) -> object:
        if asked["do"] == "run":
            exec(compile(asked["program"], "answer", "exec"), self._names)
            return None
        if asked["do"] == "name":
            return self._names[asked["name"]]
        thing: Any = self._things[asked["of"]]
        if asked["do"] == "get":
            return getattr(thing, asked["name"])
        if asked["do"] == "set":
            setattr(thing, asked["name"], wire.unpack(asked["value"], self._meet))
            return None
        arguments = wire.unpack(asked["arguments"], self._meet)
        return thing(*arguments, **wire.unpack(asked["named"], self._meet))

    def _answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        try:
            return {"value": wire.pack(self._do(asked), self._refer)}
        except BaseException as error:  # also SystemExit, which would end more than the program
            return {"error": f"{type(error).__name__}: {error}"[:300]}

    def _refer(self, thing: object) -> int:
        self._things.append(thing)
        return len(self._things) - 1

    def _meet(self, number: int) -> object:
        return self._things[number]
