"""Whether this machine has what a job needs: ``python -m lfm.doctor``."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.text import Text

from lfm.checks.endpoint import endpoint
from lfm.checks.finding import Finding
from lfm.checks.machine import machine
from lfm.checks.software import software
from lfm.checks.tasks import tasks
from lfm.cli import run_command
from lfm.reading_config import DoctorConfig

EXIT_NOT_READY = 1
_STYLES = {"ok": "green", "missing": "yellow", "wrong": "red"}
_NAME, _FOUND = 9, 35
"""Columns where names begin, and what was found."""


def main(cfg: DoctorConfig) -> list[Finding]:
    """Look, and say what was found.

    Returns:
        The findings.

    Raises:
        SystemExit: with the exit code 1 if the job cannot run.
    """
    findings = [
        *software(),
        *machine(Path.cwd()),
        *tasks(cfg.env),
        endpoint(cfg.critic),
    ]
    if cfg.json:
        rows = [asdict(each) for each in findings]
        said = {"ready": not _fatal(findings), "findings": rows}
        sys.stdout.write(json.dumps(said, indent=2) + "\n")
    else:
        tell(findings, Console(highlight=False, soft_wrap=True))
    if _fatal(findings):
        raise SystemExit(EXIT_NOT_READY)
    return findings


def tell(findings: Sequence[Finding], console: Console) -> None:
    """Print a line for each finding, below it what to do about it, and at the end the verdict."""
    for each in findings:
        style = "bold red" if each.fatal else _STYLES[each.status]
        console.print(
            Text.assemble(
                (each.status.ljust(_NAME), style),
                each.name.ljust(_FOUND - _NAME),
                " ".join(each.found.split()),
            )
        )
        if each.fix:
            console.print(Text(" " * _FOUND + " ".join(each.fix.split()), style="dim"))
    fatal = _fatal(findings)
    if fatal:
        console.print(Text(f"This job cannot run: mend {', '.join(fatal)}.", style="bold red"))
    else:
        console.print(Text("This job can run.", style="bold green"))


def _fatal(findings: Sequence[Finding]) -> list[str]:
    return [each.name for each in findings if each.fatal]


if __name__ == "__main__":
    run_command(main, "doctor")
