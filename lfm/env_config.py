"""What can be set of environments; see :mod:`lfm.config`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from omegaconf import MISSING

from envs.errors import UserError
from envs.scienceworld.tasks import (
    SPLITS,
    expand_simplifications,
    parse_task_id,
    step_limits,
    task_ids,
)
from envs.touchdown.city.splits import SPLITS as CITY_SPLITS
from envs.touchdown.splits import OFFICIAL
from lfm.limits import MAX_SEED, folder_name, one_of, within

TRAIN_SPLIT = "train"
"""The split that every environment has to learn from."""


class Engine(str, Enum):
    """Which engine plays ALFWorld's games."""

    fast = "fast"
    textworld = "textworld"


class Goals(str, Enum):
    """Whose sentence tells the agent what to do."""

    template = "template"
    human = "human"


class Dialect(str, Enum):
    """How putting something down is said: ``move X to Y`` or ``put X in/on Y``."""

    move = "move"
    put = "put"


class Walking(str, Enum):
    """What the actions of Touchdown are: turns and forward, or a direction for each way out."""

    turns = "turns"
    neighbor = "neighbor"


class Stop(str, Enum):
    """Whether an agent in Touchdown has to say that it has arrived."""

    explicit = "explicit"
    auto = "auto"


@dataclass
class EnvConfig:
    """An environment and which of its tasks."""

    name: str = MISSING
    """Name of the environment; set by the choice of env=..."""
    split: str = MISSING
    """Tasks to evaluate on, or to adapt to. ALFWorld: valid_seen, valid_unseen, or with official
    games the name of any folder beside them; ScienceWorld: dev, test; Touchdown: dev, dev_unseen,
    test, test_unseen, with files what they have; text tasks: test, and what their files have.
    Training itself always uses the training tasks."""
    max_steps: int = MISSING
    """Actions after which an unfinished episode is ended."""

    def __post_init__(self) -> None:
        within("env.max_steps", self.max_steps, 1)

    def evaluated_splits(self) -> tuple[str, ...]:
        """The splits that a run evaluates: ``split``, and what has to be seen beside it."""
        return (self.split,)

    def new_splits(self) -> tuple[str, ...]:
        """The usual splits of tasks that are not learned from."""
        return ()

    def goals_by(self) -> str:
        """Who the instructions are by: ``template`` or ``human``."""
        return Goals.template.value

    def facts(self) -> dict[str, Any]:
        """What a result has to say of these settings, besides the split and the step limit."""
        return {}


@dataclass
class ALFWorldConfig(EnvConfig):
    """ALFWorld: household tasks in text."""

    games: int = MISSING
    """Use only so many tasks of every split, spread evenly over it; 0 = all of them."""
    goals: Goals = MISSING
    """Instructions made from a template, or written by people (only official games have these)."""
    engine: Engine = MISSING
    """fast: our own engine; textworld: the original packages (the reference, slower)."""
    data: str | None = MISSING
    """Folder of the official games; null = $ALFWORLD_DATA if set, else generated games."""
    dialect: Dialect = MISSING
    """move: `move X to Y`, as in the current games; put: `put X in/on Y`, as in older ones."""
    world_seed: int = MISSING
    """Which generated world; not used with official games."""

    def __post_init__(self) -> None:
        super().__post_init__()
        one_of("env.name", self.name, ("alfworld",))
        folder_name("env.split", self.split)
        within("env.games", self.games, 0)
        if self.data == "":
            raise UserError(
                "env.data: no folder is named; say where the official games are, with "
                "ALFWORLD_DATA=DIR in the environment or env.data=DIR"
            )
        within("env.world_seed", self.world_seed, 0, MAX_SEED)

    def evaluated_splits(self) -> tuple[str, ...]:
        """Rooms of training too, which show what adapting did where nobody adapted."""
        return tuple(dict.fromkeys(("valid_seen", self.split)))

    def new_splits(self) -> tuple[str, ...]:
        """Tasks in rooms of training, and in others."""
        return "valid_seen", "valid_unseen"

    def goals_by(self) -> str:
        """Who the instructions are by."""
        return self.goals.value

    def facts(self) -> dict[str, Any]:
        """The dialect; the engines play alike."""
        return {"dialect": self.dialect.value}


@dataclass
class ScienceWorldConfig(EnvConfig):
    """ScienceWorld: experiments of elementary science in text."""

    simplifications: str = MISSING
    """What is made easier: easy, or names from teleportAction, openDoors, selfWateringFlowerPots,
    noElectricalAction, openContainers with commas between them; empty = nothing."""
    per_task: int = MISSING
    """Evaluate, or adapt to, only the first so many variations of each task of the split;
    0 = all of them."""
    train_per_task: int = MISSING
    """Learn from only the first so many training variations of each task; 0 = all of them."""
    tasks: list[str] = MISSING
    """Names of the tasks to use, as in [boil,melt]; [] = all 30."""
    # Words and not a mapping: a list is replaced by what a user says, a mapping merged with it.
    task_steps: list[str] = MISSING
    """Limits of single tasks, at most max_steps, as in [boil:60,melt:40]; [] = max_steps for all.
    """
    java: str = MISSING
    """Which Java: bundled, the one that pip installs; system, the one that JAVA_HOME or PATH names;
    or the path of a java program."""

    def __post_init__(self) -> None:
        super().__post_init__()
        one_of("env.name", self.name, ("scienceworld",))
        one_of("env.split", self.split, SPLITS)
        within("env.per_task", self.per_task, 0)
        within("env.train_per_task", self.train_per_task, 0)
        for task_id in task_ids(TRAIN_SPLIT, 1, self.tasks):
            expand_simplifications(self.simplifications, parse_task_id(task_id)[0].name)
        self.limits()

    def limits(self) -> dict[str, int]:
        """The step limits of single tasks, by their names.

        Raises:
            UserError: if they are not written so, or not possible.
        """
        return step_limits(map(_limit, self.task_steps), self.max_steps)

    def new_splits(self) -> tuple[str, ...]:
        """Other variations of the same tasks."""
        return "dev", "test"

    def facts(self) -> dict[str, Any]:
        """What is made easier, which tasks, and limits of their own."""
        return {
            "simplifications": self.simplifications,
            "per_task": self.per_task,
            "tasks": list(self.tasks),
            "task_steps": list(self.task_steps),
        }


@dataclass
class TouchdownConfig(EnvConfig):
    """Touchdown and map2seq: following an instruction through the streets of a city."""

    games: int = MISSING
    """Use only so many tasks of every split, spread evenly over it; 0 = all of them."""
    actions: Walking = MISSING
    """turns: forward, left, right, turn_around; neighbor: a direction for each way out."""
    stop: Stop = MISSING
    """explicit: an agent has to stop at the goal, or next to it; auto: it has arrived as soon as it
    comes to the goal, as in the LFM paper."""
    landmarks: str = MISSING
    """What can be seen: none, osm for OpenStreetMap's places, or the path of a scores file."""
    traffic: bool = MISSING
    """Whether it is said which ways go with the traffic, which is where the camera's car drove."""
    data: str | None = MISSING
    """Folder of a street graph and what belongs to it; null = a made-up city."""
    routes: str | None = MISSING
    """File with the routes to evaluate on, or to adapt to, instead of those of a split; in results
    its name takes the place of the split's. Needs env.data."""
    train_routes: str | None = MISSING
    """File with the routes to learn from, instead of the split train. Needs env.data."""
    scenario: str | None = MISSING
    """Official scenario that the splits are of: touchdown, touchdown_unseen, map2seq or
    map2seq_unseen; null = files data/<split>.json. Needs env.data."""
    world_seed: int = MISSING
    """Which made-up city; not used with env.data."""

    def __post_init__(self) -> None:
        super().__post_init__()
        one_of("env.name", self.name, ("touchdown",))
        within("env.games", self.games, 0)
        within("env.world_seed", self.world_seed, 0, MAX_SEED)
        if self.data is None:
            for name in ("routes", "train_routes", "scenario"):
                if getattr(self, name) is not None:
                    raise UserError(
                        f"env.{name}: this is about files, and needs the folder with the street "
                        "graph too: env.data=DIR."
                    )
            one_of("env.split", self.split, CITY_SPLITS)
        elif self.scenario is not None:
            one_of("env.scenario", self.scenario, OFFICIAL)
        if self.routes is not None:
            self.split = Path(self.routes).stem
        folder_name("env.split", self.split)

    def new_splits(self) -> tuple[str, ...]:
        """Other routes, in the streets of training and in others."""
        return "dev", "dev_unseen"

    def goals_by(self) -> str:
        """Who the instructions are by: people, but for the made-up city."""
        goals = Goals.template if self.data is None else Goals.human
        return goals.value

    def facts(self) -> dict[str, Any]:
        """How one walks, what is seen, and which files were named, without their folders."""
        files = {name: getattr(self, name) for name in ("landmarks", "routes", "train_routes")}
        return {
            "actions": self.actions.value,
            "stop": self.stop.value,
            **{name: file and Path(file).name for name, file in files.items()},
            "traffic": self.traffic,
            "scenario": self.scenario,
            "games": self.games,
        }


def _limit(text: str) -> tuple[str, int]:
    """A task's name and its limit."""
    name, _, steps = text.rpartition(":")
    if not name or not (steps.isascii() and steps.isdigit()):
        raise UserError(
            f"env.task_steps: {text!r} is not the limit of a task; write a task's name and its "
            "steps, as in [boil:60]."
        )
    return name, int(steps)
