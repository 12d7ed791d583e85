"""What is run: arms that learn, and trials of their policies under other conditions."""

from __future__ import annotations

from dataclasses import dataclass

ENV = "scienceworld"
SEEDS = (0, 1, 2)

BC, LFM, ADAPTED = "bc", "lfm", "adapted"
METHODS = {BC: "BC", LFM: "LFM", ADAPTED: "adapted"}
"""Name of a method in ``results.json`` of a run -> in the tables."""
EXPERT, RANDOM = "expert", "random"
REFERENCES = {EXPERT: "gold script", RANDOM: "random actions"}
"""Actors that learn nothing -> in the tables."""


@dataclass(frozen=True, slots=True)
class Condition:
    """How the tasks of dev are played.

    Attributes:
        steps: actions after which an episode is cut.
        simplifications: what is made easier; empty for nothing.
        full: every variation of dev, and not the first ten of each task.
    """

    steps: int
    simplifications: str = ""
    full: bool = False

    @property
    def name(self) -> str:
        """In names of files, e.g. ``"80-none"``."""
        return f"{self.steps}-{self.simplifications or 'none'}{'-fulldev' if self.full else ''}"

    @property
    def title(self) -> str:
        """In tables."""
        return f"{self.steps} steps, {simplified(self.simplifications)}"

    @property
    def settings(self) -> tuple[str, ...]:
        """What brings it about."""
        return (
            f"env.max_steps={self.steps}",
            f"env.simplifications={self.simplifications}",
            *(("env.per_task=0",) if self.full else ()),
        )


def simplified(simplifications: str) -> str:
    """What is made easier, in words."""
    return simplifications or "no simplification"


@dataclass(frozen=True, slots=True)
class Arm:
    """A job that is run with every seed.

    Attributes:
        name: of its folder and on the command line.
        settings: what it changes.
        condition: under which its own evaluations are, and everything that it learns from.
    """

    name: str
    settings: tuple[str, ...]
    condition: Condition


ARMS = (
    Arm("none", ("threads=1",), Condition(80)),
    Arm("easy", ("threads=1", "env.simplifications=easy"), Condition(80, "easy")),
)
"""In the order in which they are run."""
NONE, EASY = ARMS

CONDITIONS = (Condition(80), Condition(100), Condition(80, "easy"), Condition(100, "easy"))
FULLDEV = Condition(80, full=True)


@dataclass(frozen=True, slots=True)
class Trial:
    """An evaluation that is not part of an arm's run.

    Attributes:
        actor: a method of the arm, or a name of :data:`REFERENCES`.
        arm: whose policy; None for a reference.
        condition: under which.
    """

    actor: str
    arm: Arm | None
    condition: Condition

    @property
    def name(self) -> str:
        """In names of files, e.g. ``"none-bc-100-none"``."""
        begin = (self.arm.name,) if self.arm else ()
        return "-".join((*begin, self.actor, self.condition.name))

    def has_seed(self, seed: int) -> bool:
        """Whether it is made with this seed: the gold script does the same with each."""
        return self.actor != EXPERT or seed == SEEDS[0]


TRIALS = (
    *(Trial(actor, None, condition) for condition in CONDITIONS for actor in REFERENCES),
    *(
        Trial(method, NONE, condition)
        for condition in CONDITIONS
        if condition != NONE.condition
        for method in METHODS
    ),
    *(Trial(method, EASY, Condition(100, "easy")) for method in METHODS),
)
FULLDEV_TRIALS = tuple(Trial(method, NONE, FULLDEV) for method in (BC, ADAPTED))
"""Long ones, made only if they are asked for."""


def arm(name: str) -> Arm:
    """The arm of that name.

    Raises:
        KeyError: if there is none.
    """
    return {each.name: each for each in ARMS}[name]
