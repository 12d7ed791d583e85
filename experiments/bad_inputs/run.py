"""Try every bad input for real and write the table ``experiments/bad_inputs/README.md``.

    python -m experiments.bad_inputs.run

Exits with 1 if an answer is not the expected one; last line ``N bad inputs, M wrong answers``.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rich.console import Console

from experiments.bad_inputs.case import BadInput
from experiments.bad_inputs.files import FILES
from experiments.bad_inputs.results import RESULTS
from experiments.bad_inputs.runs import RUNS
from experiments.bad_inputs.settings import COMMANDS, SETTINGS
from experiments.bad_inputs.streets import STREETS

CASES: tuple[BadInput, ...] = (*SETTINGS, *COMMANDS, *FILES, *RUNS, *RESULTS, *STREETS)
"""Every bad input of the table, in its order."""

TABLE = Path(__file__).with_name("README.md")
"""The table, for people."""

_HEAD = """# What the commands answer to bad input

Every line is a command that was run; `{dir}` is a folder made for it. The answer is the last line
on stderr, without a traceback; before it there is only progress, where work had begun. Made by
`python -m experiments.bad_inputs.run`.

| | what is wrong | command | exit code | answer |
|---|---|---|---|---|
"""


def answer(case: BadInput) -> tuple[int, str]:
    """Run a case in a folder of its own.

    Returns:
        The exit code and the last line on stderr, with ``{dir}`` for the folder.

    Raises:
        RuntimeError: if there is a traceback.
    """
    environment = {key: value for key, value in os.environ.items() if key != "ALFWORLD_DATA"}
    with tempfile.TemporaryDirectory() as parent:
        folder = Path(parent) / "case"
        folder.mkdir()
        case.prepare(folder)
        arguments = [text.replace("{dir}", str(folder)) for text in case.arguments]
        done = subprocess.run(
            [sys.executable, "-m", f"lfm.{case.command}", *arguments],
            cwd=parent,
            env={**environment, "PYTHONPATH": str(Path(__file__).parents[2])},
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
    if "Traceback" in done.stderr:
        raise RuntimeError(f"{case.what}: {done.stderr}")
    *_, last = done.stderr.strip().splitlines() or [""]
    return done.returncode, last.replace(str(folder), "{dir}")


def _row(number: int, case: BadInput, code: int, text: str) -> str:
    quoted = (shlex.quote(text) if set(text) & set("$~[") else text for text in case.arguments)
    command = " ".join((case.command, *quoted))
    cells = (case.what, f"`python -m lfm.{command}`", str(code), text.replace("|", "\\|"))
    return f"| {number} | " + " | ".join(cells) + " |\n"


def main(cases: Sequence[BadInput] = CASES) -> int:
    """Run all cases and write the table.

    Returns:
        1 if any answer differs from the expected one, else 0.
    """
    console = Console(stderr=False, highlight=False, soft_wrap=True)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        answers = list(pool.map(answer, cases))
    table, wrong, area = _HEAD, 0, ""
    for number, (case, (code, text)) in enumerate(zip(cases, answers, strict=True), start=1):
        if case.area != area:
            area = case.area
            table += f"| | **{area}** | | | |\n"
        table += _row(number, case, code, text)
        if (code, text) != (case.code, case.answer):
            wrong += 1
            console.print(f"{case.what}: {code}\n  {text}\n  expected {case.code}\n  {case.answer}")
    TABLE.write_text(table, encoding="utf-8")
    console.print(f"{len(cases)} bad inputs, {wrong} wrong answers")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
