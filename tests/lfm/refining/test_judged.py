"""A feedback model as what chooses among texts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from envs.record import Trajectory
from lfm.feedback_model import Verdict
from lfm.refining.base import Asked, Candidates
from lfm.refining.judged import Judged
from tests.lfm.refining.writers import episode


class ShortIsGood:
    """Finds a step the likelier to be productive, the shorter it is."""

    name, privileged = "short", True

    def __init__(self) -> None:
        self.read: list[Trajectory] = []

    def judge(self, trajectories: Sequence[Trajectory]) -> list[list[Verdict]]:
        self.read += trajectories
        return [[Verdict(1 / len(step.action), "") for step in each.steps] for each in trajectories]

    def save(self, folder: Path) -> None:
        raise AssertionError("nobody keeps it")


def test_texts_are_judged_in_the_place_of_the_answer() -> None:
    model = ShortIsGood()
    asked = Asked(episode("t", "first", "second", "third"), 2, "no")
    found = Judged(model).scores([Candidates(asked, "no", ["ab", "abcd"])])
    assert found == [[{"feedback_model": 0.5}, {"feedback_model": 0.25}]]
    assert [[step.action for step in each.steps] for each in model.read] == [
        ["first", "ab"],
        ["first", "abcd"],
    ]
    assert Judged(model).privileged
