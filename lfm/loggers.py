"""Where metrics go: always JSON lines in the run directory, and a service when asked."""

from __future__ import annotations

import json
import math
import os
import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Protocol

from envs.errors import UserError
from envs.files import naming_errors, write_text
from lfm.config import LoggerConfig, WandbConfig
from lfm.manifest import now

Metrics = Mapping[str, float | int | str | bool | None]
"""Names and values; the name ``step`` is the position within the stage."""


class Logger(Protocol):
    """A place that follows a run from outside, such as Weights & Biases."""

    def log(self, stage: str, metrics: Metrics) -> None:
        """Take one record of a stage."""
        ...

    def table(self, name: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Take a table to be looked at."""
        ...

    def files(self, name: str, kind: str, files: Mapping[str, Path]) -> None:
        """Take files, each under the name it is to have there."""
        ...

    def close(self) -> None:
        """Hand over what is left."""
        ...


class NullLogger:
    """Follows nothing."""

    def log(self, stage: str, metrics: Metrics) -> None:
        """Ignore the record."""

    def table(self, name: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Ignore the table."""

    def files(self, name: str, kind: str, files: Mapping[str, Path]) -> None:
        """Ignore the files."""

    def close(self) -> None:
        """Do nothing."""


class WandbLogger:
    """Sends records to Weights & Biases; a resumed run goes on under the same wandb run.

    Args:
        run_directory: wandb keeps its files in ``wandb/`` below it.
        config: the resolved config, shown with the run.
        settings: project and mode; the variable ``WANDB_MODE`` has the last word on the mode.

    Raises:
        UserError: if wandb is not installed or does not start, e.g. for want of an API key.
    """

    def __init__(
        self, run_directory: Path, config: Mapping[str, Any], settings: WandbConfig
    ) -> None:
        try:
            import wandb
        except ImportError as error:
            raise UserError(
                "logger=wandb needs the wandb package; type: pip install wandb"
            ) from error
        id_file = run_directory / "wandb" / "run_id"
        if not id_file.exists():
            write_text(id_file, secrets.token_hex(4))
        try:
            self._run = wandb.init(
                project=settings.project,
                mode=_mode(settings),
                dir=run_directory,
                id=id_file.read_text(),
                name=run_directory.name,
                resume="allow",
                config=dict(config),
                settings=wandb.Settings(silent=True),
            )
        except wandb.Error as error:
            raise UserError(
                f"wandb did not start ({error}); run `wandb login`, or set WANDB_MODE=offline, "
                "or leave out logger=wandb"
            ) from error

    def log(self, stage: str, metrics: Metrics) -> None:
        """Send one record; its metrics are shown as ``stage/name``."""
        self._run.log({f"{stage}/{name}": value for name, value in metrics.items()})

    def table(self, name: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Show a table with the run."""
        import wandb

        # Columns of several kinds are as they are: numbers that may be absent, say.
        shown = wandb.Table(columns=list(columns), data=list(rows), allow_mixed_types=True)
        self._run.log({name: shown})

    def files(self, name: str, kind: str, files: Mapping[str, Path]) -> None:
        """Keep files as an artefact, without copying them first.

        Args:
            name: of the artefact; the run's is put before it.
            kind: the artefact's type, e.g. ``"dataset"``.
            files: name in the artefact -> file.
        """
        import wandb

        artefact = wandb.Artifact(re.sub(r"[^\w.-]", "-", f"{self._run.name}-{name}"), kind)
        for named, file in files.items():
            artefact.add_file(str(file), named, policy="immutable")
        self._run.log_artifact(artefact)

    def close(self) -> None:
        """Hand over what is left and end the wandb run."""
        self._run.finish()


def _mode(settings: WandbConfig) -> Literal["online", "offline", "disabled"]:
    wanted = os.environ.get("WANDB_MODE") or settings.mode.value
    if wanted == "offline":
        return "offline"
    return "disabled" if wanted == "disabled" else "online"


def make_logger(settings: LoggerConfig, run_directory: Path, config: Mapping[str, Any]) -> Logger:
    """The logger that the settings ask for.

    Args:
        settings: which, and its own settings.
        run_directory: where it may keep files.
        config: the resolved config of the run.

    Raises:
        UserError: if it does not start.
    """
    if isinstance(settings, WandbConfig):
        return WandbLogger(run_directory, config, settings)
    return NullLogger()


def sends_models(settings: LoggerConfig) -> bool:
    """Whether models are handed over as well."""
    return isinstance(settings, WandbConfig) and settings.models


class MetricsFile:
    """The run's metrics as JSON lines: ``{"time", "stage", ...metrics}``.

    A record with the stage, step and metric names of an earlier one is not written again, so a
    stage that goes on from a checkpoint may log what it already logged. A torn last line, left by
    a kill, is cut off.

    Args:
        path: the file, made if missing.

    Raises:
        UserError: if the file cannot be read or written, or a line is damaged.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with naming_errors(path):
            path.touch()
            content = path.read_bytes()
        whole = content[: content.rfind(b"\n") + 1]
        self._records = [
            self._parse(number, line) for number, line in enumerate(whole.splitlines(), start=1)
        ]
        if whole != content:
            self._rewrite()
        self._keys = set(map(_key, self._records))

    @property
    def records(self) -> list[dict[str, Any]]:
        """All records, oldest first."""
        return list(self._records)

    def append(self, stage: str, metrics: Metrics) -> bool:
        """Write one record; returns False if the file already had it.

        Numbers that are not finite are written as null, which every JSON reader takes.

        Raises:
            UserError: if the file cannot be written.
        """
        record: dict[str, Any] = {"time": now(), "stage": stage}
        record.update((name, _finite(value)) for name, value in metrics.items())
        if _key(record) in self._keys:
            return False
        with naming_errors(self._path), self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(record, allow_nan=False) + "\n")
        self._records.append(record)
        self._keys.add(_key(record))
        return True

    def forget(self, stage: str) -> None:
        """Remove all records of a stage that is about to start over.

        Raises:
            UserError: if the file cannot be written.
        """
        kept = [record for record in self._records if record["stage"] != stage]
        if len(kept) < len(self._records):
            self._records = kept
            self._keys = set(map(_key, kept))
            self._rewrite()

    def _rewrite(self) -> None:
        write_text(self._path, "".join(json.dumps(record) + "\n" for record in self._records))

    def _parse(self, number: int, line: bytes) -> dict[str, Any]:
        try:
            record = json.loads(line)
            _key(record)
        except (ValueError, TypeError, KeyError) as error:
            raise UserError(
                f"{self._path}, line {number}, is damaged; remove that line and run again"
            ) from error
        return dict(record)


def _key(record: Mapping[str, Any]) -> tuple[Any, ...]:
    return record["stage"], record.get("step"), frozenset(record)


def _finite(value: float | str | bool | None) -> float | int | str | bool | None:
    return None if isinstance(value, float) and not math.isfinite(value) else value
