"""Python in one process, or in several that are one group on this machine's processor."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import torch

ROOT = Path(__file__).parents[2]


def run(count: int, *arguments: str, **settings: str) -> str:
    """What ``python ARGUMENTS`` prints, done by ``count`` processes side by side.

    ``settings`` are put into their environment variables.

    ``accelerate launch --cpu --num_processes 2`` would start a single one.
    """
    launch = ["-m", "torch.distributed.run", "--standalone", "--nproc_per_node", str(count)]
    done = subprocess.run(
        [sys.executable, *(launch if count > 1 else []), *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ
        | {"PYTHONPATH": str(ROOT), "ACCELERATE_USE_CPU": "true", "OMP_NUM_THREADS": "1"}
        | settings,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout + done.stderr


_LEARNED = """
import os, sys
from pathlib import Path
import torch
from {module} import learned
torch.save(learned(Path(sys.argv[1])), sys.argv[2] + os.environ["RANK"])
"""


def in_two(module: str, folder: Path, out: Path) -> list[Any]:
    """What ``learned(folder)`` of a module of tests returns in each of two processes.

    ``out`` is a folder for what they write.
    """
    script = out / "learned.py"
    script.write_text(_LEARNED.format(module=module))
    run(2, str(script), str(folder), str(out / "rank"))
    return [torch.load(out / f"rank{number}") for number in (0, 1)]
