"""Runs programs that are not trusted against tests, each in a process of its own."""

from __future__ import annotations

import ast
import builtins
import json
import subprocess
import sys
import tempfile
import warnings
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from envs.answers.mbpp import confine, wire
from envs.errors import UserError

NAMESPACES, LIMITS = "namespaces", "limits"
ISOLATIONS = (NAMESPACES, LIMITS)
_GRACE = 30.0
"""Seconds that the judge has to start and to end, besides the program's own."""


@dataclass(frozen=True)
class Sandbox:
    """How programs are locked in.

    Attributes:
        isolation: ``namespaces``, or ``limits`` where the system allows no namespaces; then a
            program can read, and write in small files, what this process can.
        seconds: of processor time.
        patience: seconds on the clock.
        memory_mb: of memory.
    """

    isolation: str = NAMESPACES
    seconds: int = 3
    patience: float = 20.0
    memory_mb: int = 512

    def run(self, program: str, tests: Checks) -> tuple[str, ...]:
        """For each test nothing if the program passes it, else what went wrong.

        What was run once is remembered.

        Raises:
            UserError: this system allows no such isolation.
        """
        return _run(self, program, tests)


@dataclass(frozen=True)
class Checks:
    """What a program has to pass; it is taken from the data, which is trusted.

    Attributes:
        setup: run before them.
        tests: assert statements.
        reference: a program that passes them; what it defines are the names that tests may use.
    """

    setup: str
    tests: tuple[str, ...]
    reference: str

    def work(self) -> dict[str, Any]:
        """What the judge is told."""
        tree = parsed(self.reference)
        defined = {
            node.name
            for node in tree.body
            if isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef))
        }
        imported = {
            name.name
            for node in tree.body
            if isinstance(node, ast.Import)
            for name in node.names
            if name.asname is None and name.name in sys.stdlib_module_names
        }
        used = _used("\n".join((self.setup, *self.tests)))
        return {
            "setup": self.setup,
            "tests": list(self.tests),
            "modules": sorted(imported & used),
            # A program must not put something else in the place of, say, ``set``.
            "names": sorted(used - imported - (set(dir(builtins)) - defined)),
        }


def parsed(code: str) -> ast.Module:
    """A program as a tree; what Python has to say of its style is not for the user's ears."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(code)


def _used(code: str) -> set[str]:
    return {
        node.id
        for node in ast.walk(parsed(code))
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }


@lru_cache(maxsize=4096)
def _run(sandbox: Sandbox, program: str, tests: Checks) -> tuple[str, ...]:
    if not confine.possible():
        raise UserError(
            "isolation: programs can only be run on Linux, on x86_64 or aarch64; choose another "
            "environment here."
        )
    job = {
        "program": program,
        "namespaces": sandbox.isolation == NAMESPACES,
        "seconds": sandbox.seconds,
        "patience": sandbox.patience,
        "memory_mb": sandbox.memory_mb,
    }
    said = _judged(job, tests.work(), sandbox.patience + _GRACE)
    if "refused" in said:
        raise UserError(
            f"isolation: this system does not let a process leave its network and files "
            f"({said['refused']}); in a container or machine that has nothing to lose, choose "
            "isolation=limits."
        )
    return tuple(map(str, said["tests"]))


def _judged(job: dict[str, Any], work: dict[str, Any], patience: float) -> dict[str, Any]:
    """What the judge says; if it does not come to an end, that all tests failed."""
    with tempfile.TemporaryDirectory(prefix="lfm-sandbox-") as folder:
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-B", str(Path(__file__).with_name("boot.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={},
            cwd=folder,
            start_new_session=True,
        )
        with process:
            try:
                said, errors = process.communicate(
                    wire.framed(job) + wire.framed(work), timeout=patience
                )
            except subprocess.TimeoutExpired:
                process.kill()
                return {"tests": ["it took too long"] * len(work["tests"])}
    if not said:
        raise RuntimeError(f"the judge of a program failed:\n{errors.decode(errors='replace')}")
    answer: dict[str, Any] = json.loads(said[4:])
    return answer
