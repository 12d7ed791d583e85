"""The arms of the experiment: which recipe, what is said to it, and how often it tries.

A try with a hint costs 7.5 tokens of feedback in the mean, with a verdict 4.5, with the right
answer 3.7 (words and punctuation; of what the arms were told with three seeds). So that all pay for
as many tokens, who asks for less tries more.
"""

from __future__ import annotations

from dataclasses import dataclass

BASE = ("env=hidden_rule", "policy=writer", "threads=1")
"""Settings of every arm."""
NOISY = ("critic.miss_rate=0.1", "critic.false_alarm_rate=0.2")
"""A critic that calls one in ten right answers wrong and two in ten wrong ones right."""

HINTED, JUDGED, TOLD = 600, 1000, 1220
"""Tries for which hints, verdicts and right answers come to as many tokens."""

SHARED = ("policies/base", "evaluations/base-test")
"""Stages that are the same in all arms of a seed."""


@dataclass(frozen=True, slots=True)
class Arm:
    """A row of the table.

    Attributes:
        name: of its folder and on the command line.
        title: in the table.
        settings: besides :data:`BASE`.
        noisy: whether there is a run with the critic of :data:`NOISY` as well.
    """

    name: str
    title: str
    settings: tuple[str, ...]
    noisy: bool = False


_ILF = ("recipe=ilf", f"recipe.rollout_tasks={HINTED}")
_CONDITIONING = ("recipe=feedback_conditioning", f"recipe.rollout_tasks={HINTED}")

ARMS = (
    Arm("ilf", "ILF: refined, the likeliest of 5", _ILF, noisy=True),
    Arm("conditioning", "feedback conditioning", _CONDITIONING, noisy=True),
    Arm(
        "conditioning-dpo",
        "feedback conditioning, DPO",
        (*_CONDITIONING, "policy.update=dpo", "policy.learning_rate=1e-4"),
    ),
    Arm(
        "conditioning-dpo-sft",
        "feedback conditioning, DPO and cloning",
        (*_CONDITIONING, "policy.update=dpo_sft", "policy.learning_rate=3e-4"),
    ),
    Arm(
        "filter",
        "LFM's operator: keep what the critic calls right",
        (
            *("recipe=lfm", "recipe.demonstrations=0", "recipe.rounds=1"),
            *("recipe.teacher=critic", "critic.level=verdict", "recipe.adaptation.rounds=0"),
            f"recipe.rollout_tasks={JUDGED}",
        ),
        noisy=True,
    ),
    Arm(
        "actpred",
        "ActPred: relabelled by the right answer",
        (
            *("recipe=dagger", "recipe.demonstrations=0", "recipe.rounds=1"),
            f"recipe.rollout_tasks={TOLD}",
        ),
    ),
    Arm(
        "direct",
        "control: refined without feedback",
        (*_ILF, "recipe.feedback=none", "critic.level=verdict"),
    ),
    Arm("shuffled", "control: feedback on other answers", (*_ILF, "recipe.feedback=shuffled")),
    Arm("random", "control: ILF, any of 5", (*_ILF, "recipe.selection=random")),
    Arm("longest", "control: ILF, the longest of 5", (*_ILF, "recipe.selection=longest")),
    Arm("dropped", "control: ILF, right answers left out", (*_ILF, "recipe.on_correct=drop")),
    Arm(
        "verified",
        "control: 5 answers without feedback, the right ones",
        (
            *_ILF,
            *("recipe.feedback=none", "recipe.on_correct=refine", "recipe.selection=verify"),
        ),
    ),
)
"""In the order in which they are run; the others begin with stages of the first."""


def runs() -> dict[str, tuple[str, ...]]:
    """Name of each run of a seed -> all its settings but for the seed."""
    clean = {each.name: (*BASE, *each.settings) for each in ARMS}
    return clean | {
        f"{each.name}-noisy": (*clean[each.name], *NOISY) for each in ARMS if each.noisy
    }
