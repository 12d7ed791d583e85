"""A small run whose answers were written anew, as feedback conditioning leaves it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from envs.store import write_trajectories
from lfm import layout
from lfm.critics.base import StepFeedback, WindowFeedback
from lfm.refinements import Refinement, write_refinements
from lfm.run import Run, Stage
from lfm.store import Advice, write_advice, write_feedback
from tests.lfm.refining.writers import episode

HOSTILE = (
    "</script><script>window.hacked=1</script><img src=x onerror=window.hacked=1>"
    "\"'><svg onload=window.hacked=1> {{7*7}} <b>bold</b> \x1b[31mred"
)
ANSWERS = {"right": "a", "wrong": "b", "hopeless": "c", "lost": "z", "unheard": "d"}
SAID = {
    "right": StepFeedback(1, True, "Fine."),
    "wrong": StepFeedback(1, False, f"No b. {HOSTILE}"),
    "hopeless": StepFeedback(1, False, "No c."),
    "lost": StepFeedback(1, False, "No z."),
}


def text(name: str, number: int, words: str, **facts: Any) -> Refinement:
    """A text in an answer's place."""
    usual: dict[str, Any] = {
        "feedback": SAID[name].reason,
        "match": True,
        "score": 0.0,
        "success": False,
        "scores": {"instruct": number / 8},
        "selected": False,
        "refiner": "base",
        "selection": "instruct",
        "privileged": False,
    }
    return Refinement(name, 1, number, text=words, **{**usual, **facts})


TEXTS = (
    text("wrong", 1, f"Sure! {HOSTILE}", selected=True, success=True, score=1.0),
    text("wrong", 2, "f"),
    text("hopeless", 1, "", match=False, feedback="of another"),
)


def anew_run(
    directory: Path, *, judged: bool = False, cleaned: bool = False, **recipe: str
) -> Path:
    """The run.

    Of five answers one is right, one was written anew, one in vain, one not at all though it is
    wrong, and one was not heard of.

    Args:
        directory: its folder.
        judged: the critic was asked which answers are right, and did not say of the right one.
        cleaned: what was chosen was cleaned.
        recipe: settings of the recipe.
    """
    episodes = [
        replace(episode(name, answer, task=f"train/{at}"), success=name == "right")
        for at, (name, answer) in enumerate(ANSWERS.items())
    ]

    def speak(said: dict[str, StepFeedback]) -> Callable[[Stage], dict[str, Any]]:
        windows = [
            WindowFeedback(name, name, (label,), "", "", 0, 0, "ok", "")
            for name, label in said.items()
        ]
        return lambda stage: written(write_feedback(stage.folder, windows, "m", privileged=False))

    def written(nothing: None) -> dict[str, Any]:
        return {}

    def play(stage: Stage) -> dict[str, Any]:
        return written(write_trajectories(stage.folder / layout.TRAJECTORIES_FILE, episodes))

    def refine(stage: Stage) -> dict[str, Any]:
        return written(write_refinements(stage.folder / layout.REFINEMENTS_FILE, TEXTS))

    def clean(stage: Stage) -> dict[str, Any]:
        advice = [Advice("wrong", 1, "e")]
        file = stage.folder / layout.ADVICE_FILE
        return written(write_advice(file, advice, "opening", privileged=False))

    settings = {"env": {"name": "hidden_rule"}, "recipe": {"on_correct": "keep", **recipe}}
    with Run(directory, settings) as run:
        run.stage(layout.rollouts("round1"), play)
        run.stage(layout.feedback("round1"), speak(SAID))
        if judged:
            wrong = {name: label for name, label in SAID.items() if not label.productive}
            run.stage(layout.correctness("round1"), speak(wrong))
        run.stage(layout.refinements("round1"), refine)
        if cleaned:
            run.stage(layout.advice("round1"), clean)
    return directory
