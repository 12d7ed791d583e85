"""The run directory: one folder with config, data, models, logs and report, made in stages.

A run can be killed at any point and gone on with: finished stages are skipped, the unfinished one
starts over or goes on from what it keeps in its ``work`` folder.
"""

from __future__ import annotations

import errno
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Any

from filelock import FileLock, Timeout
from omegaconf import OmegaConf
from safetensors import SafetensorError

from envs.errors import UserError
from envs.files import (
    TEMPORARY_PREFIX,
    naming_errors,
    read_json,
    write_json,
    write_text,
)
from lfm.done import DoneStage, check_outputs, outputs, read_done, read_stage
from lfm.layout import (
    CONFIG_FILE,
    DONE_FILE,
    LOCK_FILE,
    MANIFEST_FILE,
    METRICS_FILE,
    RESULTS_FILE,
    WORK_FOLDER,
)
from lfm.loggers import Logger, MetricsFile, NullLogger
from lfm.manifest import now, software
from lfm.progress import say
from lfm.settings import flat

FREE_KEYS = frozenset(
    {"run_dir", "resume", "logger", "rollout", "threads", "out", "leaderboard", "expect", "format"}
)
"""Top-level config keys that may differ when a run is gone on with: they change no result."""
FREE_SETTINGS = frozenset(
    f"{group}.{name}"
    for group in ("critic", "chat")
    for name in (
        *("api_key_env", "base_url", "cache", "concurrency", "dry_run", "timeout", "tries"),
        *("price_in", "price_out", "money_budget", "token_budget", "output_token_budget"),
    )
)
"""Settings that may differ too: of how a language model is reached, and what may be spent."""
LABELS_SETTING = "recipe.labels"
"""May differ as well: it is in the basis of the stages that rest on it, which are made again."""
_BASIS_FILE = "basis"
"""In the ``work`` folder of a stage that has a basis: that."""
_FULL = 1 << 20
"""Bytes free below which a disk counts as full."""
_MOST_SHOWN = 5
"""Differing settings that a message names."""


@dataclass(frozen=True)
class Stage:
    """What a stage's function is given.

    Attributes:
        name: the stage's folder below the run directory.
        folder: where its outputs go; holds nothing but ``work`` at the start.
        work: scratch that survives a kill and is removed when the stage is done.
        resumed: whether ``work`` holds files of a session that was killed.
        run: the run it is part of.
    """

    name: str
    folder: Path
    work: Path
    resumed: bool
    run: Run

    def log(self, **metrics: float | str | bool | None) -> None:
        """Record metrics of this stage; with ``step=`` a repeated step is not recorded twice."""
        self.run.log(self.name, **metrics)


class Run:
    """A run directory, locked against other processes while it is open.

    Args:
        directory: the folder; made if missing.
        config: the resolved config, a dataclass or mapping of plain values.
        resume: go on with the run that is there, instead of starting one.
        setting: what the user says to have it elsewhere.

    Attributes:
        directory: the folder.
        config: the config as plain values.
        logger: also gets every record of metrics; set it after opening.

    Raises:
        UserError: if the folder is in use, holds something else, or holds a run with another
            config.
    """

    def __init__(
        self, directory: Path, config: Any, *, resume: bool = False, setting: str = "run_dir"
    ) -> None:
        self.directory = directory
        self._setting = setting
        self.config = _plain(config)
        self.logger: Logger = NullLogger()
        if resume and not directory.is_dir():
            raise UserError(f"there is no run {directory} to resume; check the path")
        with naming_errors(directory):
            directory.mkdir(parents=True, exist_ok=True)
            self._lock = FileLock(directory / LOCK_FILE, timeout=0)
            self._acquire()
        try:
            self._open(resume)
        except BaseException:
            self._lock.release()
            raise

    def path(self, stage: str) -> Path:
        """The folder of a stage, e.g. ``run.path(layout.rollouts("round1"))``."""
        return self.directory / stage

    def stage(
        self, name: str, produce: Callable[[Stage], Mapping[str, Any]], basis: str = ""
    ) -> DoneStage:
        """Run a stage, unless it is done.

        Args:
            name: its folder below the run directory, as named in :mod:`lfm.layout`.
            produce: writes the outputs into ``stage.folder`` and returns counts to remember.
                Whatever an earlier, killed attempt left in the folder is gone, except in
                ``stage.work``.
            basis: stands for what the stage rests on besides settings and earlier stages. If it
                was done on another, it is done again, and so is all that came after it.

        Raises:
            UserError: if an output of the finished stage is missing or was cut short, or the disk
                is full.
        """
        if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
            raise ValueError(f"stage {name!r} must be a folder below the run directory")
        folder = self.path(name)
        if (folder / DONE_FILE).exists() and read_stage(folder).basis != basis:
            self._undo(name)
        if (folder / DONE_FILE).exists():
            done = read_stage(folder)
            check_outputs(folder, done)
            shutil.rmtree(folder / WORK_FOLDER, ignore_errors=True)
        else:
            done = self._produce(name, folder, produce, basis)
        self._done[name] = done
        return done

    @property
    def done(self) -> list[DoneStage]:
        """The stages that this session finished or found finished, in their order."""
        return list(self._done.values())

    def log(self, stage: str, **metrics: float | str | bool | None) -> None:
        """Record metrics in ``metrics.jsonl`` and with the logger."""
        if self._metrics.append(stage, metrics):
            self.logger.log(stage, metrics)

    def describe(self, **facts: Any) -> None:
        """Put facts into the manifest, e.g. ``data="..."``, ``fingerprint="..."``.

        Raises:
            UserError: if the run was begun with other facts, e.g. with other data.
        """
        stored = self._manifest["facts"]
        for name, value in facts.items():
            if stored.setdefault(name, value) != value:
                raise UserError(
                    f"{self.directory} was begun with {name} {stored[name]!r} and now it is "
                    f"{value!r}; restore what it was, or start a new run in another {self._setting}"
                )
        write_json(self.directory / MANIFEST_FILE, self._manifest)

    def write_results(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write ``results.json``; see :func:`lfm.statistics.result_row` for a row."""
        write_json(self.directory / RESULTS_FILE, rows)

    def close(self, *, finished: bool) -> None:
        """Note the time in the manifest and unlock the directory.

        Args:
            finished: whether the run came to its end.
        """
        try:
            self._manifest["sessions"][-1]["ended"] = now()
            if finished:
                self._manifest["finished"] = now()
            write_json(self.directory / MANIFEST_FILE, self._manifest)
            self.logger.close()
        finally:
            self._lock.release()

    def __enter__(self) -> Run:
        """Use as a context manager: a body without an error finishes the run."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the run."""
        self.close(finished=error is None)

    def _acquire(self) -> None:
        try:
            self._lock.acquire()
        except Timeout:
            raise UserError(
                f"another process is working in {self.directory}; wait for it, stop it, "
                f"or choose another {self._setting}"
            ) from None

    def _open(self, resume: bool) -> None:
        begun = (self.directory / CONFIG_FILE).exists()
        if begun and not resume:
            raise UserError(
                f"{self.directory} already holds a run; go on with it by "
                f"resume={self.directory}, or choose another run_dir"
            )
        if not begun and any(not name.name.startswith(".") for name in self.directory.iterdir()):
            raise UserError(
                f"{self.directory} holds files but no run (no {CONFIG_FILE}); "
                f"choose an empty or new folder as {self._setting}"
            )
        for leftover in self.directory.rglob(f"{TEMPORARY_PREFIX}*"):
            leftover.unlink()
        if begun:
            self._check_config()
        else:
            write_text(self.directory / CONFIG_FILE, OmegaConf.to_yaml(self.config))
        self._manifest = self._begin_session()
        self._metrics = MetricsFile(self.directory / METRICS_FILE)
        self._done: dict[str, DoneStage] = {}

    def _check_config(self) -> None:
        path = self.directory / CONFIG_FILE
        try:
            stored = flat(_plain(OmegaConf.load(path)))
        except Exception as error:  # the yaml reader has errors of its own
            raise UserError(f"cannot read {path} ({error}); restore it") from error
        current = flat(self.config)
        differing = [
            f"{key} was {stored.get(key, 'absent')!r} and is {current.get(key, 'absent')!r}"
            for key in sorted(stored.keys() | current.keys())
            if key.split(".")[0] not in FREE_KEYS
            and key not in FREE_SETTINGS | {LABELS_SETTING}
            and stored.get(key, flat) != current.get(key, flat)
        ]
        if differing:
            shown = "; ".join(differing[:_MOST_SHOWN])
            more = f"; and {left} more" if (left := len(differing) - _MOST_SHOWN) > 0 else ""
            code = (
                f" with the code that it was begun with, whose commit is in its {MANIFEST_FILE}"
                if any("'absent'" in each for each in differing)
                else ""
            )
            raise UserError(
                f"{self.directory} was begun with another config: {shown}{more}. "
                f"Give the same values{code}, or start a new run in another {self._setting}"
            )
        if LABELS_SETTING in current and stored.get(LABELS_SETTING) != current[LABELS_SETTING]:
            kept = OmegaConf.load(path)
            OmegaConf.update(kept, LABELS_SETTING, current[LABELS_SETTING])
            write_text(path, OmegaConf.to_yaml(kept))

    def _begin_session(self) -> dict[str, Any]:
        """The manifest with this session in it, written."""
        path, current = self.directory / MANIFEST_FILE, software()
        manifest: dict[str, Any] = (
            read_json(path)
            if path.exists()
            else {"started": now(), "finished": None, **current, "facts": {}, "sessions": []}
        )
        changes = {key: value for key, value in current.items() if manifest.get(key) != value}
        manifest["sessions"].append({"started": now(), "ended": None, "changes": changes})
        write_json(path, manifest)
        return manifest

    def _undo(self, stage: str) -> None:
        """Make a stage and all that this session has not come to yet unfinished, the stage last.

        Killed in between, the stage is still found to rest on something else.
        """
        for work in list(self.directory.rglob(WORK_FOLDER)):
            shutil.rmtree(work)
        say(f"{stage}: rests on other labels now; it is made again, and all that came after it")
        later = [each.name for each in read_done(self.directory) if each.name not in self._done]
        for name in sorted(later, key=lambda each: each == stage):
            (self.path(name) / DONE_FILE).unlink()

    def _produce(
        self, name: str, folder: Path, produce: Callable[[Stage], Mapping[str, Any]], basis: str
    ) -> DoneStage:
        work = folder / WORK_FOLDER
        with naming_errors(folder):
            work.mkdir(parents=True, exist_ok=True)
            _clear(folder, keep=work)
            if basis != _basis_of(work):
                shutil.rmtree(work)
                write_text(work / _BASIS_FILE, basis)
        resumed = any(each.name != _BASIS_FILE for each in work.iterdir())
        if not resumed:
            self._metrics.forget(name)
        start = time.monotonic()
        with _naming_a_full_disk(folder):
            counts = produce(Stage(name, folder, work, resumed, self))
        done = DoneStage(
            name=name,
            seconds=round(time.monotonic() - start, 3),
            resumed=resumed,
            finished=now(),
            counts=dict(counts),
            outputs=outputs(folder),
            basis=basis,
        )
        write_json(folder / DONE_FILE, asdict(done))
        shutil.rmtree(work)
        return done


@contextmanager
def _naming_a_full_disk(folder: Path) -> Iterator[None]:
    """Say so when the disk is full, whatever a library that saves models makes of it.

    safetensors raises an error of its own then, and ``torch.save`` one that speaks of positions.
    """
    try:
        yield
    except (OSError, RuntimeError, SafetensorError) as error:
        full = shutil.disk_usage(folder).free < _FULL or os.strerror(errno.ENOSPC) in str(error)
        if not full:
            raise
        raise UserError(
            f"cannot write in {folder}: the disk is full; free some space and go on with resume="
        ) from error


def _plain(config: Any) -> dict[str, Any]:
    node = config if OmegaConf.is_config(config) else OmegaConf.create(config)
    plain = OmegaConf.to_container(node, resolve=True, enum_to_str=True)
    if not isinstance(plain, dict):
        raise TypeError(f"a config is a mapping, not {type(plain).__name__}")
    return {str(key): value for key, value in plain.items()}


def _basis_of(work: Path) -> str:
    """What the scratch of a stage rests on."""
    file = work / _BASIS_FILE
    return file.read_text(encoding="utf-8") if file.exists() else ""


def _clear(folder: Path, keep: Path) -> None:
    for child in folder.iterdir():
        if child == keep:
            continue
        if child.is_dir():
            shutil.rmtree(child)
        else:
            child.unlink()
