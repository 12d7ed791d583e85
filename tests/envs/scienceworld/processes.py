"""Which Java processes run, for tests of how they end."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import psutil

ROOT = str(Path(__file__).parents[3])


def gone(pids: list[int], seconds: float = 10.0) -> bool:
    """Whether all of these end within the time; a zombie has ended."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not any(_runs(pid) for pid in pids):
            return True
        time.sleep(0.05)
    return False


def _runs(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def java_of(pid: int) -> list[int]:
    """The Java processes that a process and its children have started."""
    found = psutil.Process(pid).children(recursive=True)
    return [child.pid for child in found if "java" in child.name()]


def script(text: str) -> subprocess.Popen[str]:
    """A Python process that runs the text; warnings of what is left open are errors in it."""
    return subprocess.Popen(
        [sys.executable, "-W", "error::ResourceWarning", "-c", text],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": ROOT},
        start_new_session=True,
    )
