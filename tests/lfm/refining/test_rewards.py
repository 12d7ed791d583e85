"""What a reward model is taught from refinements."""

from __future__ import annotations

from lfm.refinements import Refinement
from lfm.refining.rewards import pairs_of
from tests.lfm.refining.writers import episode


def written(name: str, number: int, text: str, *, selected: bool) -> Refinement:
    return Refinement(
        name, 1, number, "no", text, True, 0.0, False, {}, selected, "base", "longest", False
    )


def test_what_was_chosen_is_better_than_the_answer_and_the_others() -> None:
    rows = [
        written("t", 1, "x", selected=False),
        written("t", 2, "y", selected=True),
        written("t", 3, "x", selected=False),
        written("u", 1, "b", selected=True),
        written("v", 1, "z", selected=False),
    ]
    episodes = [episode("t", "a"), episode("u", "b"), episode("v", "c")]
    (pairs,) = pairs_of(episodes, rows)  # u chose its own answer, v chose none
    assert [(pair.target, pair.rejected) for pair in pairs] == [("y", "a"), ("y", "x")]
    assert [turn["content"] for turn in pairs[0].conversation] == ["Do it."]
