"""The arms of the experiment: what is changed in each, and what it learns from."""

from __future__ import annotations

from dataclasses import dataclass

BASE = (
    "env.split=valid_seen",
    "threads=1",
    "recipe.demonstrations=35",
    "recipe.rounds=1",
)
"""Settings of every arm but ``official``: 1 % of the training games are demonstrated, one round."""

_CLONED = ("demonstrations", "policies/bc", "evaluations/bc-valid_seen")
_TRIED = (*_CLONED, "rollouts/round1")
_READ = (*_TRIED, "feedback/round1")
_DISTILLED = (*_READ, "feedback_model/round1")


@dataclass(frozen=True, slots=True)
class Arm:
    """One row of a table.

    Attributes:
        name: of its folder and on the command line.
        title: in the tables.
        settings: what it changes.
        uses: what it learns from besides the demonstrations, in words.
        shares: stages that come out the same as in the arm ``lfm`` with the same seed, because
            nothing that they depend on is changed; they are copied from there.
    """

    name: str
    title: str
    settings: tuple[str, ...]
    uses: str
    shares: tuple[str, ...] = ()


_LABELS = "critic's labels on training games\\*"

ARMS = (
    Arm("lfm", "LFM", ("recipe.adaptation.rounds=2",), _LABELS),
    Arm("all", "all steps", ("recipe.teacher=all",), "nothing", _TRIED),
    Arm(
        "random",
        "random steps, as many as LFM keeps",
        ("recipe.teacher=random",),
        "how many steps LFM keeps",
        _DISTILLED,
    ),
    Arm(
        "reward",
        "all steps of successful episodes",
        ("recipe.teacher=reward",),
        "reward on training games; adapted: reward on the evaluated games\\*",
        _TRIED,
    ),
    Arm(
        "critic",
        "critic's labels, no feedback model",
        ("recipe.teacher=critic",),
        f"{_LABELS}; adapted: on the evaluated games\\*",
        _READ,
    ),
    Arm(
        "expert",
        "DAgger: exploring expert's actions in the policy's states",
        ("recipe=dagger",),
        "an expert's action in every state on training games",
        _TRIED,
    ),
    Arm(
        "planner",
        "ActPred with an oracle: planner's actions in the policy's states",
        ("recipe=dagger", "recipe.teacher=planner"),
        "an omniscient planner's action in every state on training games\\*",
        _TRIED,
    ),
    Arm("official", "best configuration", ("experiment=alfworld_official", "threads=1"), _LABELS),
    Arm("demos10", "10 % of the demonstrations", ("recipe.demonstrations=355",), _LABELS),
    Arm("demos100", "100 % of the demonstrations", ("recipe.demonstrations=3553",), _LABELS),
    Arm("human", "human goals, 1 % of the demonstrations", ("env.goals=human",), _LABELS),
    Arm(
        "human10",
        "human goals, 10 % of the demonstrations",
        ("env.goals=human", "recipe.demonstrations=355"),
        _LABELS,
    ),
    *(
        Arm(
            f"noise{percent}",
            f"critic errs on {percent} % of the steps",
            (f"critic.miss_rate={percent / 100}", f"critic.false_alarm_rate={percent / 100}"),
            _LABELS,
            _TRIED,
        )
        for percent in (10, 20, 30)
    ),
    Arm(
        "cold",
        "tries at temperature 0.5",
        ("recipe.temperature=0.5", "recipe.adaptation.temperature=0.5"),
        _LABELS,
        _CLONED,
    ),
    Arm(
        "hot",
        "tries at temperature 1.5",
        ("recipe.temperature=1.5", "recipe.adaptation.temperature=1.5"),
        _LABELS,
        _CLONED,
    ),
)
"""In the order in which they are run."""


def arm(name: str) -> Arm:
    """The arm of that name.

    Raises:
        KeyError: if there is none.
    """
    return {each.name: each for each in ARMS}[name]


def settings_of(each: Arm) -> tuple[str, ...]:
    """All settings that an arm gives to ``lfm.train``, but for seed, data and folder."""
    return each.settings if each.name == "official" else (*BASE, *each.settings)


@dataclass(frozen=True, slots=True)
class Trial:
    """An evaluation of finished policies under other conditions than they were trained for."""

    name: str
    title: str
    settings: tuple[str, ...]


TRIALS = (
    Trial("steps80", "80 steps", ("env.max_steps=80",)),
    Trial("human", "human goals, never met in training", ("env.goals=human",)),
)
TRIED_POLICIES = {"bc": "bc", "lfm1": "lfm", "adapted1": "adapted1", "adapted2": "adapted"}
"""Policy folder of the arm ``lfm`` -> method in the tables."""
