"""Work as tasks on a Ray cluster, of this machine or of several.

Each part of a job is a task. The job itself, with the policy in it, is put into Ray's store once;
a process of Ray's fetches it with its first part, and keeps what it opened for the next ones. Ray
begins a task again whose process or machine was lost. What comes of it is the same, and counts
once, because only this process keeps results.
"""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, TypeVar

os.environ["RAY_USAGE_STATS_ENABLED"] = "0"  # Ray reads it when it is imported

import ray
import torch
from ray.exceptions import NodeDiedError, OutOfMemoryError, RayTaskError, WorkerCrashedError

from envs.errors import UserError
from envs.scienceworld.machines import kept
from lfm.config import RayConfig
from lfm.machine import prepare
from lfm.workers import Job

A = TypeVar("A")
B = TypeVar("B")

RETRIES = 20
"""How often a task is begun again that lost its process; one that loses it more often is to blame
for that itself."""
_PATIENCE = 20.0
"""Seconds within which a cluster has to answer."""
_OF_LAUNCHERS = ("WORLD_SIZE", "RANK", "LOCAL_RANK", "LOCAL_WORLD_SIZE")
"""What tells a process that it is one of several that train; Ray's inherit it and are not."""


class RayWorkers:
    """The processes of the cluster that this process is connected to; see :func:`connected`.

    Args:
        config: what each task needs.
    """

    def __init__(self, config: RayConfig) -> None:
        task = ray.remote(num_cpus=config.cpus, num_gpus=config.gpus, max_retries=RETRIES)
        self._begin = task(_work).remote
        self._threads = config.cpus

    def do(self, job: Job[A, B], parts: Sequence[A]) -> Generator[tuple[int, B]]:
        """Do all parts, a task each; see :meth:`lfm.workers.Workers.do`.

        Raises:
            UserError: if the cluster loses the process of a task again and again.
        """
        if not parts:
            return
        sent = [ray.put(job)]  # in a list, Ray leaves it to the task to fetch it
        asked = {self._begin(sent, part, self._threads): at for at, part in enumerate(parts)}
        while asked:
            (finished,), _ = ray.wait(list(asked))
            yield asked.pop(finished), _result(finished)


def _result(task: ray.ObjectRef[Any]) -> Any:
    """What came of a task, or the error that it raised."""
    try:
        return ray.get(task)
    except RayTaskError as error:
        if isinstance(error.cause, UserError):
            raise error.cause from None
        raise
    except (NodeDiedError, OutOfMemoryError, WorkerCrashedError) as error:
        reason = str(error).strip().splitlines()[0]
        raise UserError(
            f"rollout=ray: a task lost its process {RETRIES + 1} times ({reason}); if memory is "
            "short, give rollout.cpus=2 or more, so that fewer tasks share a machine"
        ) from error


class _Bench:
    """What a process of Ray's has open: the job that it had a part of last."""

    def __init__(self) -> None:
        self._job: ray.ObjectRef[Any] | None = None
        self._opened = ExitStack()
        self._work: Callable[[Any], Any]

    def work_of(self, job: ray.ObjectRef[Any], threads: int) -> Callable[[Any], Any]:
        """What does a part of the job."""
        if job != self._job:
            self._opened.close()
            self._job = None
            prepare(threads)
            self._work = self._opened.enter_context(ray.get(job).open())
            self._job = job
        return self._work


_bench: _Bench | None = None


def _work(sent: list[ray.ObjectRef[Any]], part: Any, threads: int) -> Any:
    """Do a part of a job, in a process of Ray's."""
    global _bench
    if _bench is None:
        for name in _OF_LAUNCHERS:
            os.environ.pop(name, None)
        kept().__enter__()  # until the process ends
        _bench = _Bench()
    return _bench.work_of(sent[0], threads)(part)


@contextmanager
def connected(config: RayConfig) -> Iterator[RayWorkers]:
    """While inside, this process is connected to a cluster; one that was started here then ends.

    Args:
        config: which cluster.

    Raises:
        UserError: if nobody answers at the address, Ray does not start, or no machine of the
            cluster has what a task needs.
    """
    place = None if config.address else tempfile.mkdtemp(prefix="lfm-ray-")
    try:
        _connect(config.address, place)
        _check_size(config)
        yield RayWorkers(config)
    finally:
        ray.shutdown()
        if place:
            shutil.rmtree(place, ignore_errors=True)


def _connect(address: str | None, place: str | None) -> None:
    """Connect to the cluster at an address, or start one here that keeps its files in a place."""
    quiet: dict[str, Any] = {"logging_level": "ERROR", "log_to_driver": False}
    try:
        if address:
            host, _, port = address.rpartition(":")
            socket.create_connection((host, int(port)), _PATIENCE).close()  # Ray tries for minutes
            ray.init(address=address, **quiet)
        else:
            # "local": without it Ray would look for clusters that are there already.
            ray.init(
                address="local",
                num_cpus=torch.get_num_threads(),
                include_dashboard=False,
                _temp_dir=place,
                **quiet,
            )
    except Exception as error:  # Ray raises whatever it met
        reason = str(error).strip().splitlines()[0]
        what = (
            f"no cluster answers at rollout.address={address}" if address else "it does not start"
        )
        raise UserError(f"rollout=ray: {what}: {reason}") from error


def _check_size(config: RayConfig) -> None:
    """Refuse what Ray would wait for without an end, because no machine has it."""
    machines = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    if not any(
        each.get("CPU", 0) >= config.cpus and each.get("GPU", 0) >= config.gpus for each in machines
    ):
        have = ", ".join(f"{each.get('CPU', 0):g} and {each.get('GPU', 0):g}" for each in machines)
        raise UserError(
            f"rollout.cpus, rollout.gpus: a task is to have {config.cpus} cores and "
            f"{config.gpus:g} GPUs, and no machine of the cluster has so many (they have {have}); "
            "ask for less"
        )
