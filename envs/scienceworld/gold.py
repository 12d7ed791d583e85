"""Gold paths: what the simulator's own script does in each variation, ready to be imitated.

They are made once, checked by replay, and kept in the cache folder (see
:func:`envs.alfworld.cache.cache_dir`), one small file for each variation and set of
simplifications. All of this is privileged.
"""

from __future__ import annotations

import json
import queue
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from py4j.protocol import Py4JJavaError

from envs.alfworld.cache import cache_dir
from envs.errors import UserError
from envs.files import replacing
from envs.scienceworld.java import BUNDLED
from envs.scienceworld.routes import Route, refine
from envs.scienceworld.simulator import GOLD_HEAP_MB, Simulator
from envs.scienceworld.tasks import parse_task_id

_MADE = 1
"""To be raised where paths come out otherwise, or their files have other fields.

An old path is no danger, since whoever uses one plays it again; but the way by which paths are made
is of no use while old ones are taken.
"""


@dataclass(frozen=True, slots=True)
class GoldPath(Route):
    """The route of the gold script through one variation.

    Attributes:
        task_id: the variation, e.g. ``"boil/3"``.
        simplifications: in force, expanded.
    """

    task_id: str
    simplifications: tuple[str, ...]


def gold_path(
    task_id: str, simplifications: tuple[str, ...], simulator: Callable[[], Simulator]
) -> GoldPath:
    """The gold path of a variation, from the cache or made now (seconds).

    Args:
        task_id: the variation.
        simplifications: expanded, as by :func:`~envs.scienceworld.tasks.expand_simplifications`.
        simulator: called only if the path has to be made; with :data:`GOLD_HEAP_MB` of memory.

    Raises:
        UserError: there is no such variation, or Java fails.
    """
    found = cached(task_id, simplifications)
    if found is None:
        found = make(simulator(), task_id, simplifications)
        _keep(found)
    return found


def make(simulator: Simulator, task_id: str, simplifications: tuple[str, ...]) -> GoldPath:
    """Make the gold path of a variation, without the cache."""
    kind, variation = parse_task_id(task_id)
    script: tuple[str, ...] = ()
    with suppress(Py4JJavaError):  # the script cannot cope with it, which makes it a failed one
        simulator.load(kind.name, variation, simplifications, gold=True)
        script = simulator.gold_path()
    start = partial(simulator.load, kind.name, variation, simplifications)
    route = refine(simulator, start, script, simplifications)
    return GoldPath(**asdict(route), task_id=task_id, simplifications=simplifications)


def prepare(
    tasks: Sequence[tuple[str, tuple[str, ...]]],
    java: str = BUNDLED,
    workers: int = 1,
    advance: Callable[[int], object] = lambda more: None,
) -> None:
    """Make the gold paths that the cache lacks; what is made is kept even if this is interrupted.

    Args:
        tasks: variations, each with its expanded simplifications.
        java: ``bundled``, ``system`` or the path of a Java program.
        workers: Java processes at work at once, each of up to 500 MB.
        advance: told how many more paths there are, those of the cache among them.

    Raises:
        UserError: there is no such variation, or Java fails.
    """
    missing: queue.SimpleQueue[tuple[str, tuple[str, ...]]] = queue.SimpleQueue()
    wanted = dict.fromkeys(tasks)
    for each in wanted:
        if cached(*each) is None:
            missing.put(each)
    advance(len(wanted) - missing.qsize())
    stop, telling = threading.Event(), threading.Lock()

    def tell() -> None:
        with telling:
            advance(1)

    with ThreadPoolExecutor(workers, "gold") as pool:
        running = [pool.submit(_work, missing, java, tell, stop) for _ in range(workers)]
        try:
            for each_worker in running:
                each_worker.result()
        finally:
            stop.set()  # one has failed, or the user has had enough: the others need not go on


def _work(
    missing: queue.SimpleQueue[tuple[str, tuple[str, ...]]],
    java: str,
    tell: Callable[[], None],
    stop: threading.Event,
) -> None:
    with closing(Simulator(java, GOLD_HEAP_MB)) as simulator:
        try:
            for task_id, simplifications in _until_empty(missing):
                if stop.is_set():
                    return
                gold_path(task_id, simplifications, lambda: simulator)
                tell()
        except BaseException:
            stop.set()
            raise


def _until_empty(
    waiting: queue.SimpleQueue[tuple[str, tuple[str, ...]]],
) -> Iterator[tuple[str, tuple[str, ...]]]:
    while True:
        try:
            yield waiting.get_nowait()
        except queue.Empty:
            return


def cached(task_id: str, simplifications: tuple[str, ...]) -> GoldPath | None:
    """The gold path that the cache has; a damaged file counts as none."""
    try:
        path = _from_row(json.loads(_file(task_id, simplifications).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return path if (path.task_id, path.simplifications) == (task_id, simplifications) else None


def _from_row(row: dict[str, Any]) -> GoldPath:
    return GoldPath(
        task_id=str(row["task_id"]),
        simplifications=tuple(map(str, row["simplifications"])),
        actions=tuple(map(str, row["actions"])),
        form=str(row["form"]),
        score=float(row["score"]),
        raw=tuple(map(str, row["raw"])),
        moves=int(row["moves"]),
        literal=int(row["literal"]),
    )


def _keep(path: GoldPath) -> None:
    """Write a path into the cache; where that cannot be, it costs only time."""
    try:
        with replacing(_file(path.task_id, path.simplifications)) as temporary:
            temporary.write_text(json.dumps(asdict(path)) + "\n", encoding="utf-8")
    except UserError as error:
        warnings.warn(
            f"Gold paths are made anew each time: {error} (set LFM_CACHE to a writable folder).",
            stacklevel=3,
        )


def _file(task_id: str, simplifications: tuple[str, ...]) -> Path:
    kind, variation = parse_task_id(task_id)
    folder = cache_dir() / f"{Simulator.version()}-gold-{_MADE}"
    return folder / ("-".join(simplifications) or "none") / f"{kind.name}-{variation}.json"
