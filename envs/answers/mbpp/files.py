"""MBPP's own file: a line of JSON for each task."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from envs.answers.choices import MBPP_SPLITS
from envs.answers.mbpp.sandbox import Checks, parsed
from envs.errors import UserError


@dataclass(frozen=True)
class Task:
    """A row of the file.

    Attributes:
        number: its id.
        text: what the program is to do.
        tests: what it has to pass.
    """

    number: int
    text: str
    tests: Checks


@lru_cache(maxsize=8)
def read(path: str, split: str) -> tuple[Task, ...]:
    """The tasks of a split, by their ids.

    Args:
        path: ``mbpp.jsonl``, or a file of the same columns; the column ``prompt`` stands for
            ``text``, and ``test_imports`` are run before the tests.
        split: of :data:`~envs.answers.choices.MBPP_SPLITS`.

    Raises:
        UserError: there is no such file, it is not of this schema, or has no task of the split.
    """
    try:
        lines = Path(path).read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(
            f"data: cannot read {path} ({error}); name the file mbpp.jsonl (docs/text_tasks.md "
            "says where to get it)."
        ) from error
    tasks = [_task(line, f"{path}, line {at}") for at, line in enumerate(lines, 1) if line.strip()]
    first, last = MBPP_SPLITS[split]
    found = sorted((each for each in tasks if first <= each.number <= last), key=lambda t: t.number)
    if not found:
        raise UserError(f"data: {path} has no task of split={split}, ids {first} to {last}.")
    return tuple(found)


def _task(line: str, where: str) -> Task:
    try:
        row: Any = json.loads(line)
        number, code = row["task_id"], _text(row["code"])
        text = _text(row.get("text", row.get("prompt")))
        lists = [row["test_list"], row.get("test_imports", [])]
        if not all(isinstance(each, list) for each in lists):
            raise TypeError("its tests are no list")
        tests, imports = (tuple(map(_text, each)) for each in lists)
        setup = "\n".join((*imports, _text(row.get("test_setup_code", ""))))
        if not (isinstance(number, int) and tests and text):
            raise ValueError("task_id is no number, or there is no text, or no test")
        for each in (code, setup, *tests):
            parsed(each)
    except (ValueError, LookupError, TypeError, AttributeError, SyntaxError) as error:
        raise UserError(
            f"{where}: not a task of MBPP ({type(error).__name__}: {error}); it needs task_id, "
            "text, code and test_list."
        ) from error
    return Task(number, text, Checks(setup, tests, code))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value.replace("\r\n", "\n").strip()
