"""How the machine is used, and how much its libraries may say."""

from __future__ import annotations

import os

import torch
from transformers.utils import logging as transformers_logging


def prepare(threads: int) -> None:
    """Use so many cores in PyTorch (0 = all this process may use), with repeatable arithmetic.

    The progress bars of transformers are turned off: a model of a few megabytes needs none.
    """
    transformers_logging.disable_progress_bar()
    torch.set_num_threads(threads or processors())
    torch.use_deterministic_algorithms(True)
    # Else every tensor is filled before it is written, which doubles the time of small trainings.
    setattr(torch.utils.deterministic, "fill_uninitialized_memory", False)  # noqa: B010  # untyped


def processors() -> int:
    """The processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
