"""What is counted about the choice among ScienceWorld's actions, and that its page says it."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from envs.actions import FactoredActions
from envs.files import read_json, write_json
from experiments.markdown import END
from experiments.scienceworld_choice import run, table
from experiments.scienceworld_choice.choosing import (
    Best,
    Compared,
    Reader,
    agreement,
    compare,
    likeliest,
    options_scored,
)
from experiments.scienceworld_choice.watching import (
    AMBIGUOUS,
    FREE,
    KINDS,
    NOTHING,
    OTHER_WORDS,
    SAME,
    State,
    kind,
    recall,
)
from policies.imitation import Schedule
from policies.stages import Parts, join_parts, next_options
from tests.policies import toys
from tests.policies.kitchens import kitchen

HERE = Path(table.__file__).parent
THINGS = {1: "red cup", 2: "blue cup", 3: "door to kitchen"}
ALIASES = {1: ("cup", "red cup"), 2: ("blue cup", "cup"), 3: ("door", "door to kitchen")}
SPACE = FactoredActions(("wait", "open OBJ", "move OBJ to OBJ"), tuple(sorted(THINGS.values())))


@pytest.mark.parametrize(
    ("sentence", "its_kind"),
    [
        ("move red cup to blue cup", SAME),
        ("open door", OTHER_WORDS),
        ("put red cup in blue cup", OTHER_WORDS),
        ("open cup", AMBIGUOUS),
        ("look around", FREE),
        ("open drawer", NOTHING),
        ("eat red cup", NOTHING),  # understood, but no frame of this space
    ],
)
def test_kinds_of_valid_actions(sentence: str, its_kind: str) -> None:
    assert kind(sentence, SPACE, THINGS, ALIASES) == its_kind


def test_counts_of_states() -> None:
    states = [
        State(SPACE, ("wait", "open door"), "wait", Counter({SAME: 1, OTHER_WORDS: 1})),
        State(SPACE, ("wait",), "open red cup", Counter()),
        State(FactoredActions(("wait",), ("cup",)), ("eat it",), "eat it", Counter({NOTHING: 1})),
    ]
    assert recall(states) == {
        "states": 3,
        "done_in_space": 2,
        "done_in_valid": 2,
        "things": {"sum": 7, "max": 3},
        "space": {"sum": 2 * (1 + 3 + 9) + 1, "max": 13},
        "valid": {"sum": 4, "max": 2},
        "kinds": dict.fromkeys(KINDS, 0) | {SAME: 1, OTHER_WORDS: 1, NOTHING: 1},
    }


def test_the_best_action_may_begin_worse() -> None:
    space = FactoredActions(("wait", "open OBJ"), ("cup", "door"))
    likely = {
        ("wait",): 0.4,
        ("open OBJ",): 0.6,
        ("open OBJ", "cup"): 0.5,
        ("open OBJ", "door"): 0.5,
    }

    def log_probs(options: Sequence[Parts]) -> np.ndarray:
        return np.log([likely[option] for option in options])

    best = likeliest(space, log_probs)
    assert best.action == "wait"
    assert best.log_prob == pytest.approx(math.log(0.4))
    assert best.scored == 4  # two frames and, as one began better, two things
    likely |= {("open OBJ", "cup"): 0.1, ("open OBJ", "door"): 0.9}
    assert likeliest(space, log_probs).action == "open door"


def test_options_of_the_stages_are_counted() -> None:
    assert options_scored(SPACE, "wait") == 3
    assert options_scored(SPACE, "open red cup") == 3 + 3
    assert options_scored(SPACE, "move red cup to door to kitchen") == 3 + 3 + 3


def test_a_policy_is_compared_with_every_action() -> None:
    """Read whole as well as played, and the best of all actions as if each had been scored."""
    rooms = [kitchen(number, toys.TRAIN_NAMES, 3) for number in range(6)]
    policy = toys.tiny_policy(rooms)
    for room in rooms:
        reader = Reader(policy, room)
        for step, found in zip(room.steps, compare(policy, room), strict=True):
            space = step.admissible
            assert isinstance(space, FactoredActions)
            every: dict[Parts, float] = {(): 0.0}
            for _ in range(3):
                for begun in [each for each in every if next_options(space, each)]:
                    options, start = next_options(space, begun), every.pop(begun)
                    more = map(float, reader.log_probs(options))
                    every |= {each: start + log for each, log in zip(options, more, strict=True)}
            scores = {join_parts(parts): score for parts, score in every.items()}
            assert scores.keys() == set(space)
            assert found.best.action == max(scores, key=lambda action: scores[action])
            assert found.best.log_prob == pytest.approx(scores[found.best.action], abs=1e-4)
            assert found.log_prob == pytest.approx(scores[found.chosen], abs=1e-4)
            assert (found.scored, found.done) == (options_scored(space, found.chosen), step.action)
            reader.advance()


def test_what_is_lost_is_counted_where_choices_differ() -> None:
    best = Best("wait", -0.5, 9)
    states = [
        Compared("wait", -0.500001, 3, best, "wait"),
        Compared("open cup", -0.75, 6, best, "wait"),
        Compared("open cup", -1.5, 6, best, "open cup"),
    ]
    assert agreement(states) == {
        "same": 1,
        "lost": {"sum": 1.25, "max": 1.0},
        "chosen_done": 2,
        "best_done": 2,
        "scored": {"sum": 15, "max": 6},
        "best_scored": {"sum": 27, "max": 9},
    }


def test_a_short_task(tmp_path: Path) -> None:
    schedule = Schedule(updates=1, batch_size=2, learning_rate=1e-3, weight_decay=0.0, seed=0)
    figures = run.measure(("find-non-living-thing",), schedule)
    (row,) = figures["tasks"]
    assert row["done_in_space"] == row["states"] > 1
    assert row["valid"]["max"] > 100 < row["space"]["max"]
    assert row["kinds"][SAME] > row["kinds"][OTHER_WORDS] > 0
    assert 0 < row["literal"] <= row["sentences"]
    assert row["tried"] > len(row["understood"])
    assert figures["pace"]["flat"]["alone_ms"] > figures["pace"]["staged"]["alone_ms"] > 0
    assert min(figures["lists_ms"].values()) > 0
    write_json(tmp_path / "runs" / run.FILE, figures)
    (tmp_path / "README.md").write_text(f"# Page\n\n{table.BEGIN}\n{END}\n")
    assert table.main(["--runs", str(tmp_path / "runs"), "--readme"], tmp_path) == 0
    page = (tmp_path / "README.md").read_text()
    assert f"| find-non-living-thing/150 | {row['states']} |" in page


def test_committed_page_is_of_the_committed_figures(tmp_path: Path) -> None:
    for name in ("README.md", "results.json"):
        (tmp_path / name).write_text((HERE / name).read_text())
    assert table.main(["--readme"], tmp_path) == 0
    assert (tmp_path / "README.md").read_text() == (HERE / "README.md").read_text()
    assert len(read_json(HERE / "results.json")["tasks"]) == 28
