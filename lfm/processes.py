"""Several processes, as ``accelerate launch`` starts them: the first does the run, all train.

The others wait until they are called, build the policy as the first has built it, from the same
settings and folders, and take their part of every batch. They write nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from accelerate import PartialState
from accelerate.utils import broadcast_object_list, disable_fsdp_ram_efficient_loading

from policies.splitting import check_launch
from policies.tuning import on_processors, several

T = TypeVar("T")
Job = Callable[[], object]
"""What the others are to do; it has to be possible to pickle it."""
_WAIT = timedelta(days=30)
"""How long the others wait for the first one, which may play and ask critics for days."""


def lead(work: Callable[[], T], otherwise: T) -> T:
    """Do something in the first process, and help it in the others until it is done.

    Args:
        work: what to do; where it trains, it does :func:`call_others`.
        otherwise: what to return in the other processes.
    """
    if not several():
        return work()
    check_launch()
    disable_fsdp_ram_efficient_loading()  # each reads a model whole, and keeps its part
    if PartialState(cpu=on_processors(), timeout=_WAIT).is_main_process:
        result = work()
        _send(None)
        return result
    while (job := _send(None)) is not None:
        job()
    return otherwise


def call_others(job: Job) -> None:
    """Have the other processes, if there are any, begin with a job that this one begins too."""
    if several():
        _send(job)


def _send(job: Job | None) -> Job | None:
    """Hand a job from the first process to the others; each returns it."""
    jobs = [job]
    broadcast_object_list(jobs)
    return jobs[0]
