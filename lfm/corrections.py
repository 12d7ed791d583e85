"""What people said of steps: a file in the run's folder that is only ever added to.

It lies over the critic's labels and changes none of them. Each line says who gave which verdict on
which step, when, and what had stood there before. The format is described in ``docs/formats.md``.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from filelock import FileLock, Timeout

from envs.errors import UserError
from envs.files import naming_errors, write_text
from envs.record import Trajectory
from envs.store import read_trajectories
from lfm import layout

SCHEMA_VERSION = 1
PRODUCTIVE, UNPRODUCTIVE, CANNOT_TELL = "productive", "unproductive", "cannot tell"
VERDICTS = (PRODUCTIVE, UNPRODUCTIVE, CANNOT_TELL)
RANDOM = "random"
QUEUES = (RANDOM, "unsure", "differ")
"""How the report draws the next step to verify."""
LONGEST_NAME, LONGEST_NOTE = 80, 2000
"""Characters of a person's name, and of a note."""
_HEADER = json.dumps({"schema": "corrections", "version": SCHEMA_VERSION}) + "\n"

Place = tuple[str, int]
"""An episode and one of its steps, from 1."""


@dataclass(frozen=True, slots=True)
class Correction:
    """A person's word on a step.

    Attributes:
        who: the person.
        when: the time, in UTC, in ISO format.
        episode: the episode's id.
        digest: of what happened in it (:func:`digest`): ids come again when a run is made again.
        step: which step of it, from 1.
        old: the verdict that stood before, a person's or else the critic's; None if there was none.
        new: the person's verdict; None takes back the one that they gave before.
        note: what they wrote, e.g. why.
        blind: they had not seen what critic and feedback model said of the step.
        queue: how the step was drawn for them; None if they chose it.

    Raises:
        ValueError: if a value is none that the file may have.
    """

    who: str
    when: str
    episode: str
    digest: str
    step: int
    old: str | None
    new: str | None
    note: str
    blind: bool
    queue: str | None

    def __post_init__(self) -> None:
        texts = (self.who, self.when, self.episode, self.digest, self.note)
        if not all(isinstance(text, str) for text in texts):
            raise ValueError("who, when, episode, digest and note must be texts")
        if not 0 < len(self.who.strip()) <= LONGEST_NAME or len(self.note) > LONGEST_NOTE:
            raise ValueError(
                f"who must have 1 to {LONGEST_NAME} characters and note at most {LONGEST_NOTE}"
            )
        if type(self.step) is not int or self.step < 1 or type(self.blind) is not bool:
            raise ValueError("step must be a number from 1 and blind true or false")
        for name, value, choices in (
            ("old", self.old, VERDICTS),
            ("new", self.new, VERDICTS),
            ("queue", self.queue, QUEUES),
        ):
            if value is not None and value not in choices:
                raise ValueError(f"{name} must be null or one of: {', '.join(choices)}")
        if datetime.fromisoformat(self.when).utcoffset() != timedelta(0):
            raise ValueError("when must be a time in UTC")

    @property
    def place(self) -> Place:
        """The step."""
        return self.episode, self.step

    @property
    def is_label(self) -> bool:
        """Whether the verdict says that the step was productive, or that it was not."""
        return self.new in (PRODUCTIVE, UNPRODUCTIVE)

    @property
    def productive(self) -> bool:
        """The verdict, if it is a label."""
        return self.new == PRODUCTIVE


class Known(NamedTuple):
    """What a correction of an episode has to fit.

    Attributes:
        digest: of the episode.
        steps: how many it has.
    """

    digest: str
    steps: int


def digest(trajectory: Trajectory) -> str:
    """A number, in hexadecimal, that another course of the episode would not have."""
    told = [trajectory.task_id, trajectory.instruction, trajectory.first_observation]
    told += [text for step in trajectory.steps for text in (step.action, step.observation)]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:12]


def known_episodes(trajectories: Iterable[Trajectory]) -> dict[str, Known]:
    """What corrections of these episodes have to fit, by their ids."""
    return {each.trajectory_id: Known(digest(each), len(each.steps)) for each in trajectories}


def run_episodes(run_directory: Path) -> dict[str, Known]:
    """The same of all episodes of a run.

    Raises:
        UserError: if a file of the run is damaged.
    """
    files = layout.episode_sets(run_directory).values()
    return known_episodes(each for file in files for each in read_trajectories(file))


def fitting(corrections: Iterable[Correction], known: Mapping[str, Known]) -> list[Correction]:
    """Those that are about steps of these episodes, and not of others that had the same ids."""
    return [
        each
        for each in corrections
        if (episode := known.get(each.episode))
        and each.digest == episode.digest
        and each.step <= episode.steps
    ]


def standing(corrections: Iterable[Correction]) -> dict[Place, Correction]:
    """Each step's verdict: the last, of anybody, that was not taken back."""
    own: dict[tuple[Place, str], Correction] = {}
    for each in _in_time(corrections):
        own[each.place, each.who] = each
    return {each.place: each for each in _in_time(own.values()) if each.new is not None}


def _in_time(corrections: Iterable[Correction]) -> list[Correction]:
    return sorted(corrections, key=lambda each: datetime.fromisoformat(each.when))


def labels_of(corrections: Iterable[Correction]) -> dict[Place, Correction]:
    """Of the steps' verdicts, those that are labels."""
    return {place: each for place, each in standing(corrections).items() if each.is_label}


def study(corrections: Iterable[Correction]) -> list[Correction]:
    """Those given blind on steps drawn at random, which alone tell how far all steps agree."""
    return [each for each in corrections if each.blind and each.queue == RANDOM]


def parse(value: object) -> Correction:
    """A correction that was read as JSON.

    Raises:
        ValueError: if it is none.
    """
    names = {field.name for field in fields(Correction)}
    if not isinstance(value, dict) or value.keys() != names:
        raise ValueError(f"the keys must be {', '.join(sorted(names))}")
    return Correction(**value)


def read_corrections(path: Path) -> list[Correction]:
    """The corrections in a file, in its order; none if there is no file.

    A last line without its line end was cut off by a kill and does not count.

    Raises:
        UserError: if it is no such file, or a line is damaged.
    """
    if not path.exists():
        return []
    with naming_errors(path):
        return list(_parsed(path, path.read_bytes()))


def _parsed(path: Path, content: bytes) -> Iterator[Correction]:
    if not content.startswith(_HEADER.encode()):
        raise UserError(
            f"{path} does not hold corrections of version {SCHEMA_VERSION} (its first line must be "
            f"{_HEADER.strip()})"
        )
    whole = content[: content.rfind(b"\n")].split(b"\n")
    for number, line in enumerate(whole[1:], start=2):
        try:
            yield parse(json.loads(line))
        except ValueError as error:
            raise UserError(f"{path}, line {number}, is damaged ({error}); mend it") from error


class Overlay:
    """The corrections of a run, open to be added to, by one process at a time.

    Args:
        run_directory: the run.

    Attributes:
        path: the file.

    Raises:
        UserError: if another process has it open, or the file is damaged or cannot be written.
    """

    def __init__(self, run_directory: Path) -> None:
        self.path = run_directory / layout.CORRECTIONS_FILE
        self._lock = FileLock(run_directory / ".corrections.lock", timeout=0)
        with naming_errors(self.path):
            self._acquire()
        try:
            self._open()
        except BaseException:
            self._lock.release()
            raise

    def _acquire(self) -> None:
        try:
            self._lock.acquire()
        except Timeout:
            raise UserError(
                f"another process writes {self.path}; stop it, e.g. with Ctrl-C where "
                "serve=true was given"
            ) from None

    def _open(self) -> None:
        if not self.path.exists():
            write_text(self.path, _HEADER)
        self._corrections = read_corrections(self.path)
        with naming_errors(self.path):
            content = self.path.read_bytes()
            self._size = content.rfind(b"\n") + 1
            self._file = os.open(self.path, os.O_WRONLY | os.O_APPEND)
            os.ftruncate(self._file, self._size)

    @property
    def corrections(self) -> Sequence[Correction]:
        """All of them, in the file's order."""
        return tuple(self._corrections)

    def append(self, *corrections: Correction) -> None:
        """Add some; when this returns they are on the disk.

        Raises:
            UserError: if they cannot be written; none is then in the file.
        """
        lines = "".join(json.dumps(asdict(each)) + "\n" for each in corrections).encode()
        with naming_errors(self.path):
            try:
                rest = memoryview(lines)
                while rest:
                    rest = rest[os.write(self._file, rest) :]
                os.fsync(self._file)
            except OSError:
                os.ftruncate(self._file, self._size)
                raise
        self._size += len(lines)
        self._corrections += corrections

    def close(self) -> None:
        """Let other processes write."""
        os.close(self._file)
        self._lock.release()


class Imported(NamedTuple):
    """What became of the corrections of another file.

    Attributes:
        new: added.
        here: had been there.
        unknown: about episodes that the run does not have, or not any more; left out.
    """

    new: int
    here: int
    unknown: int


def import_corrections(overlay: Overlay, file: Path, known: Mapping[str, Known]) -> Imported:
    """Add the corrections of a file, such as the report exports, to those of a run.

    Args:
        overlay: of the run.
        file: the other file.
        known: the run's episodes.

    Raises:
        UserError: if the file is missing or damaged, or they cannot be written.
    """
    if not file.exists():
        raise UserError(f"corrections: there is no file {file}; check the path")
    read = read_corrections(file)
    wanted = fitting(read, known)
    here = set(overlay.corrections)
    new = [each for each in dict.fromkeys(wanted) if each not in here]
    overlay.append(*new)
    return Imported(len(new), len(wanted) - len(new), len(read) - len(wanted))
