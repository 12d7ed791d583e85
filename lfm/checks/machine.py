"""Accelerator, processors, memory, and room on the disk."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import torch

from lfm.checks.finding import Finding
from lfm.machine import processors

MEMORY = 2e9
"""Bytes that a run of the default job takes at most (``experiments/alfworld_default``)."""
DISK = 200e6
"""Bytes on disk that are more than enough for a run of the default job."""
_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")
"""What a container may use, in the two versions of Linux's control groups."""
_GPU = "accelerator"


def machine(folder: Path) -> Iterator[Finding]:
    """The findings on the machine.

    Args:
        folder: where runs would be written.
    """
    yield accelerator(torch.cuda.is_available(), nvidia_gpus())
    count = processors()
    yield Finding("processor cores", "ok", f"{count}, with {torch.get_num_threads()} threads")
    yield memory(memory_size())
    yield disk(folder, shutil.disk_usage(folder).free)


def accelerator(usable: bool, gpus: list[str]) -> Finding:
    """Whether PyTorch can use a GPU.

    Args:
        usable: whether it says so.
        gpus: those that the driver knows.
    """
    if usable:
        _, size = torch.cuda.mem_get_info()
        found = f"{torch.cuda.device_count()} x {torch.cuda.get_device_name()}"
        return Finding(_GPU, "ok", f"{found}, {size / 1e9:.0f} GB, CUDA {torch.version.cuda}")
    if torch.backends.mps.is_available():
        fix = "none is needed; LFM computes on the processor here"
        return Finding(_GPU, "ok", "Apple's, which is not used", fix)
    if not gpus:
        fix = "none is needed, but pretrained models (docs/pretrained.md) are slow without"
        return Finding(_GPU, "missing", "no GPU; models are computed on the processor", fix)
    build = torch.__version__
    if torch.version.cuda is None:
        plain = build.partition("+")[0]
        fix = f"pip install --force-reinstall torch=={plain} --index-url https://pypi.org/simple"
        return Finding(_GPU, "wrong", f"{gpus[0]}, which PyTorch {build} was built without", fix)
    fix = f"a driver for CUDA {torch.version.cuda} or newer; nvidia-smi says which one there is"
    return Finding(_GPU, "wrong", f"{gpus[0]}, which PyTorch {build} cannot use", fix)


def nvidia_gpus() -> list[str]:
    """The GPUs that NVIDIA's driver lists; none without a driver that works."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return []
    command = [program, "--query-gpu=name", "--format=csv,noheader"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    return done.stdout.splitlines() if done.returncode == 0 else []


def memory(size: float) -> Finding:
    """Whether there is enough memory for the default job."""
    found = f"{size / 1e9:.1f} GB"
    if size >= MEMORY:
        return Finding("memory", "ok", found, needed=True)
    fix = f"the default job takes up to {MEMORY / 1e9:.0f} GB: give the machine or container more"
    return Finding("memory", "wrong", found, fix, needed=True)


def memory_size(limits: tuple[str, ...] = _LIMITS) -> float:
    """Bytes of memory that this process may use: the machine's, or less in a container."""
    size = float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    words = (Path(file).read_text().strip() for file in limits if Path(file).is_file())
    return min([size, *(float(word) for word in words if word.isdigit())])


def disk(folder: Path, free: float) -> Finding:
    """Whether a run can be written."""
    found = f"{free / 1e9:.1f} GB free"
    if not os.access(folder, os.W_OK):
        fix = "start in a folder that you may write to, or name one with run_dir=DIR"
        return Finding("disk", "wrong", "this folder cannot be written to", fix, needed=True)
    if free >= DISK:
        return Finding("disk", "ok", found, needed=True)
    fix = f"a run takes up to {DISK / 1e6:.0f} MB: make room, or name another disk with run_dir=DIR"
    return Finding("disk", "wrong", found, fix, needed=True)
