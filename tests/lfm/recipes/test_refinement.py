"""What is written anew, what its writer is told, and what is imitated then."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from envs.record import Trajectory
from lfm import layout
from lfm.critics.base import StepFeedback, WindowFeedback
from lfm.recipes import refinement
from lfm.recipes.refinement import RefinementTeacher, shuffled
from lfm.refinements import Refinement, read_refinements
from lfm.run import Run
from policies.learned import Examples
from tests.lfm.composing import compose
from tests.lfm.refining.writers import Fake, episode

EPISODES = [episode("right", "a"), episode("wrong", "b"), episode("other", "c")]
SAID = {"right": (True, "Fine."), "wrong": (False, "No b."), "other": (False, "No c.")}


def ask(name: str, episodes: Sequence[Trajectory], split: str) -> list[WindowFeedback]:
    """What a critic says: the first answer is right, the others are not."""
    return [
        WindowFeedback(each.trajectory_id, each.trajectory_id, (label,), "", "", 0, 0, "ok", "")
        for each in episodes
        for label in [StepFeedback(1, *SAID[each.trajectory_id])]
    ]


def never(name: str, episodes: Sequence[Trajectory], split: str) -> list[WindowFeedback]:
    raise AssertionError("the critic was asked")


class Taught:
    """What came of teaching from the episodes with some settings."""

    def __init__(self, folder: Path, writer: Fake, asking: refinement.Ask, *settings: str) -> None:
        config = compose("config", ["recipe=ilf", "env=hidden_rule", *settings])
        with Run(folder, config) as run:
            self.teacher = RefinementTeacher(run, config, asking)
            self.examples: Examples = self.teacher.learn("round1", EPISODES)
        self.targets = {each.trajectory_id: list(wanted) for each, wanted in self.examples}
        self.rows: list[Refinement] = read_refinements(
            folder / layout.refinements("round1") / layout.REFINEMENTS_FILE
        )


@pytest.fixture
def teach(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Taught]:
    """Teach with a writer that writes some texts; the loaded folder is its attribute."""

    def teach(texts: Sequence[str], *settings: str, asking: refinement.Ask = ask) -> Taught:
        writer = Fake(texts)
        taught: list[Path] = []

        def load(folder: Path) -> Fake:
            taught.append(folder)
            return writer

        monkeypatch.setattr(refinement.WriterPolicy, "load", load)
        found = Taught(tmp_path / "run", writer, asking, *settings)
        found.writer, found.folders = writer, taught  # type: ignore[attr-defined]
        return found

    return teach
