"""The 30 tasks of ScienceWorld: names, variations, splits, simplifications.

All of this is known without the simulator, so it can be checked before a Java process starts. The
counts are those of release 1.2.3 of the ``scienceworld`` package.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from envs.arguments import similar_names
from envs.errors import UserError

SPLITS = ("train", "dev", "test")
"""The official splits. Each holds a contiguous range of every task's variations, in this order."""

EASY = "easy"
"""The official name for several simplifications at once; see :func:`expand_simplifications`."""

SIMPLIFICATIONS = (
    "teleportAction",
    "openDoors",
    "selfWateringFlowerPots",
    "noElectricalAction",
    "openContainers",
)
"""What can be made easier, in the order in which a set of them is written."""

_IN_EASY = SIMPLIFICATIONS[:4]  # openContainers is extra, whatever the paper's appendix says


@dataclass(frozen=True, slots=True)
class TaskKind:
    """One of the 30 tasks. A variation of it is what an agent plays.

    Attributes:
        paper_id: number of the task in the ScienceWorld paper, e.g. ``"1-1"``.
        name: its name in the simulator, e.g. ``"boil"``.
        train: number of variations in the training split.
        dev: number of variations in the development split.
        test: number of variations in the test split.
    """

    paper_id: str
    name: str
    train: int
    dev: int
    test: int

    @property
    def variations(self) -> int:
        """Number of variations in all splits together."""
        return self.train + self.dev + self.test

    @property
    def electrical(self) -> bool:
        """Whether the task is about circuits, which ``noElectricalAction`` would forbid."""
        return "power-component" in self.name or "conductivity" in self.name

    def indices(self, split: str) -> range:
        """The variations in a split.

        Raises:
            UserError: there is no such split.
        """
        _check_split(split)
        start = {"train": 0, "dev": self.train, "test": self.train + self.dev}[split]
        count = {"train": self.train, "dev": self.dev, "test": self.test}[split]
        return range(start, start + count)


TASKS = (
    TaskKind("1-1", "boil", 14, 7, 9),
    TaskKind("1-2", "melt", 14, 7, 9),
    TaskKind("1-3", "freeze", 14, 7, 9),
    TaskKind("1-4", "change-the-state-of-matter-of", 14, 7, 9),
    TaskKind("2-1", "use-thermometer", 270, 135, 135),
    TaskKind("2-2", "measure-melting-point-known-substance", 218, 109, 109),
    TaskKind("2-3", "measure-melting-point-unknown-substance", 150, 75, 75),
    TaskKind("3-1", "power-component", 10, 5, 5),
    TaskKind("3-2", "power-component-renewable-vs-nonrenewable-energy", 10, 5, 5),
    TaskKind("3-3", "test-conductivity", 450, 225, 225),
    TaskKind("3-4", "test-conductivity-of-unknown-substances", 300, 150, 150),
    TaskKind("4-1", "find-living-thing", 150, 75, 75),
    TaskKind("4-2", "find-non-living-thing", 150, 75, 75),
    TaskKind("4-3", "find-plant", 150, 75, 75),
    TaskKind("4-4", "find-animal", 150, 75, 75),
    TaskKind("5-1", "grow-plant", 62, 31, 33),
    TaskKind("5-2", "grow-fruit", 62, 31, 33),
    TaskKind("6-1", "chemistry-mix", 16, 8, 8),
    TaskKind("6-2", "chemistry-mix-paint-secondary-color", 18, 9, 9),
    TaskKind("6-3", "chemistry-mix-paint-tertiary-color", 18, 9, 9),
    TaskKind("7-1", "lifespan-longest-lived", 62, 31, 32),
    TaskKind("7-2", "lifespan-shortest-lived", 62, 31, 32),
    TaskKind("7-3", "lifespan-longest-lived-then-shortest-lived", 62, 31, 32),
    TaskKind("8-1", "identify-life-stages-1", 6, 3, 5),
    TaskKind("8-2", "identify-life-stages-2", 4, 2, 4),
    TaskKind("9-1", "inclined-plane-determine-angle", 84, 42, 42),
    TaskKind("9-2", "inclined-plane-friction-named-surfaces", 692, 346, 348),
    TaskKind("9-3", "inclined-plane-friction-unnamed-surfaces", 80, 40, 42),
    TaskKind("10-1", "mendelian-genetics-known-plant", 60, 30, 30),
    TaskKind("10-2", "mendelian-genetics-unknown-plant", 240, 120, 120),
)
"""All tasks in the paper's order (the simulator's own list is alphabetical)."""

_BY_NAME = {kind.name: kind for kind in TASKS}
_BY_PAPER_ID = {kind.paper_id: kind for kind in TASKS}


def task_kind(name: str) -> TaskKind:
    """The task of that name, or of that number in the paper.

    Raises:
        UserError: there is none; the message has similar names.
    """
    found = _BY_NAME.get(name) or _BY_PAPER_ID.get(name)
    if found is None:
        hint = similar_names(name, _BY_NAME)
        raise UserError(f"ScienceWorld has no task {name!r} among its {len(TASKS)}{hint}.")
    return found


def task_ids(split: str, per_task: int = 0, tasks: Iterable[str] = ()) -> tuple[str, ...]:
    """Names of the variations in a split, e.g. ``"boil/0"``.

    Args:
        split: one of :data:`SPLITS`.
        per_task: only the first so many variations of each task; 0, or more than there are, for
            all.
        tasks: only these tasks, by name or by number in the paper; none given means all.

    Returns:
        In the paper's order of tasks, then by variation.

    Raises:
        UserError: no such split or task, ``per_task`` negative, or ``tasks`` one string.
    """
    _check_split(split)
    if per_task < 0:
        raise UserError(
            f"per_task={per_task}: give the number of variations of each task, or 0 for all."
        )
    if isinstance(tasks, str):
        raise UserError(f"tasks={tasks!r} is one string: give a list, [{tasks}].")
    wanted = {task_kind(name) for name in tasks} or set(TASKS)
    return tuple(
        f"{kind.name}/{index}"
        for kind in TASKS
        if kind in wanted
        for index in kind.indices(split)[: per_task or None]
    )


def step_limits(limits: Iterable[tuple[str, int]], max_steps: int) -> dict[str, int]:
    """Step limits of single tasks, checked.

    Args:
        limits: names of tasks, or their numbers in the paper, with the steps of each.
        max_steps: the limit of all other tasks, which none of these exceeds.

    Returns:
        The limits by the tasks' names.

    Raises:
        UserError: there is no such task, one is named twice, or a limit is out of range.
    """
    found: dict[str, int] = {}
    for task, steps in limits:
        name = task_kind(task).name
        if name in found:
            raise UserError(f"task_steps: {name} is named twice; give it one limit.")
        if not 1 <= steps <= max_steps:
            raise UserError(
                f"task_steps: {steps} steps for {name} are out of range; give it 1 to {max_steps}, "
                "or raise max_steps, which no task exceeds."
            )
        found[name] = steps
    return found


def parse_task_id(task_id: str) -> tuple[TaskKind, int]:
    """The task and the number of the variation that a name like ``"boil/3"`` stands for.

    Raises:
        UserError: it is not the name of any of the 7,207 variations. There is one name for each,
            so the paper's numbers are refused here.
    """
    name, slash, number = task_id.partition("/")
    kind = _BY_NAME.get(name)
    if kind is None and name in _BY_PAPER_ID:
        proper = f"{_BY_PAPER_ID[name].name}/{number or 0}"
        raise UserError(f"{task_id!r} names a task by its number in the paper: write {proper!r}.")
    if kind is None:
        raise UserError(
            f"There is no task {task_id!r} in ScienceWorld{similar_names(name, _BY_NAME, '/0')}."
        )
    # One name for each variation: "boil/03" and "boil/+3" would be second ones.
    if not slash or number not in _numbers(kind.variations):
        raise UserError(
            f"There is no variation {task_id!r}: {kind.name} has {kind.variations}, "
            f"'{kind.name}/0' to '{kind.name}/{kind.variations - 1}'."
        )
    return kind, int(number)


def split_of(task_id: str) -> str:
    """The split that a variation belongs to.

    Raises:
        UserError: there is no such variation.
    """
    kind, number = parse_task_id(task_id)
    return next(split for split in SPLITS if number in kind.indices(split))


def expand_simplifications(text: str, task: str) -> tuple[str, ...]:
    """The simplifications that a setting stands for, as the simulator wants them.

    ``easy`` stands for the first four of :data:`SIMPLIFICATIONS`, without ``noElectricalAction``
    in tasks about circuits, which could not be solved with it. The simulator itself knows ``easy``
    only when it stands alone, and plays an erroneous game when it does not.

    Args:
        text: names separated by commas, without spaces; empty for none.
        task: the task's name, or its number in the paper.

    Returns:
        Without repetition, in the order of :data:`SIMPLIFICATIONS`.

    Raises:
        UserError: unknown names, spaces, an unknown task, or ``noElectricalAction`` named for a
            task about circuits.
    """
    kind = task_kind(task)
    names = tuple(text.split(",")) if text else ()
    for name in names:
        _check_simplification(name, text)
    if kind.electrical and "noElectricalAction" in names:
        raise UserError(
            f"simplifications={text!r}: {kind.name} cannot be solved with noElectricalAction; "
            "leave it out, or use 'easy', which leaves it out where it must."
        )
    wanted = set(names)
    if EASY in wanted:
        wanted.update(_IN_EASY)
    if kind.electrical:
        wanted.discard("noElectricalAction")
    return tuple(name for name in SIMPLIFICATIONS if name in wanted)


def _check_simplification(name: str, text: str) -> None:
    known = (EASY, *SIMPLIFICATIONS)
    if name in known:
        return
    if name.strip() in known:
        raise UserError(f"simplifications={text!r}: write the names without spaces between them.")
    hint = similar_names(name, known) or f"; there are {', '.join(known)}"
    raise UserError(f"simplifications={text!r}: there is no simplification {name!r}{hint}.")


def _check_split(split: str) -> None:
    if split not in SPLITS:
        raise UserError(f"ScienceWorld has the splits {', '.join(SPLITS)}, not {split!r}.")


@cache
def _numbers(count: int) -> frozenset[str]:
    return frozenset(map(str, range(count)))
