"""The part of ``lfm.inspect`` in which people judge steps: the served page, and imported files."""

from __future__ import annotations

import getpass
from contextlib import closing
from pathlib import Path

from envs.errors import UserError
from lfm.corrections import LONGEST_NAME, Overlay, import_corrections, run_episodes
from lfm.progress import say
from lfm.reading_config import InspectConfig
from lfm.report.page import write_report
from lfm.report.serve import serve


def judging(run_directory: Path, cfg: InspectConfig) -> None:
    """Import corrections, if the settings name a file; serve the report, if they ask for it.

    Raises:
        UserError: if a file is missing, damaged or in use, or the port is taken.
    """
    if cfg.corrections is not None:
        with closing(Overlay(run_directory)) as overlay:
            found = import_corrections(overlay, Path(cfg.corrections), run_episodes(run_directory))
        say(
            f"{found.new:,} lines imported into {overlay.path}; {found.here:,} were there already, "
            f"{found.unknown:,} are about episodes that the run has not (any more), and left out"
        )
        write_report(run_directory)
    if cfg.serve:
        serve(run_directory, cfg.port, _who(cfg), blind=cfg.blind)


def _who(cfg: InspectConfig) -> str:
    """The person.

    Raises:
        UserError: if neither the settings nor the system know a name.
    """
    try:
        name = getpass.getuser() if cfg.who is None else cfg.who
    except (KeyError, OSError):  # no such user, as in containers; the error depends on the version
        name = ""
    if not 0 < len(name.strip()) <= LONGEST_NAME:
        raise UserError(f"who: say who judges, as who=NAME, in 1 to {LONGEST_NAME} characters")
    return name.strip()
