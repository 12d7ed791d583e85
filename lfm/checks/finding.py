"""What a check has found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Status = Literal["ok", "missing", "wrong"]
"""``missing``: not there, which some job may need. ``wrong``: there, and not as it should be."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check has found.

    Attributes:
        name: what was looked at.
        status: how it is.
        found: what there is.
        fix: what to do about it, or what it would be good for; empty if there is nothing to do.
        needed: whether the job that was asked about cannot do without it.
    """

    name: str
    status: Status
    found: str
    fix: str = ""
    needed: bool = False

    @property
    def fatal(self) -> bool:
        """Whether the job cannot run."""
        return self.needed and self.status != "ok"
