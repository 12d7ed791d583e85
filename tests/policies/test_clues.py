"""What of a leg has come, as clues, and what chooses by clues alone."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from policies.batching import collate_choices
from policies.clue_reader import ClueReader
from policies.clues import Clues, Thing, Ways, leading
from policies.episode import EpisodeEncoder
from policies.layout import CLUE_KINDS, CLUES, Bags, ClueLayout, Layout, age_bucket
from policies.legs import Legs
from policies.small import mixed
from policies.words import Vocabulary, cut_words, is_content, stem

TASK = (
    "Pass the Blue Bank, go through one light and turn left at Joe's Diner. "
    "Stop at the Red Cafe on your right."
)
NOTHING = Ways((), 0, False, False, ())
CROSSING = Ways(("to the left", "straight ahead"), 3, True, True, [("ahead",)])
BANK = Thing(("blue",), ("bank",), ("on", "your", "left"))
DINER = Thing(("joe", "diner"), ("restaurant",), ("slightly", "right"))
CAFE = Thing(("red",), ("cafe",), ("ahead",))


class Walk:
    """The clues of an episode."""

    def __init__(self, task: str = TASK) -> None:
        asked: dict[str, list[int]] = {}
        for at, word in enumerate(cut_words(task)):
            if is_content(word):
                asked.setdefault(stem(word), []).append(at)
        self.legs = Legs(task)
        self.count = len(cut_words(task))
        self.clues = Clues(self.legs, asked, self.legs.words(self.count))

    def see(self, *things: Thing, ways: Ways = NOTHING) -> dict[str, int]:
        self.clues.see(things, ways)
        found = self.clues.values() | self.clues.side("left")
        assert all(0 <= value < CLUES[clue] for clue, value in found.items())
        return found

    def turn(self) -> None:
        assert self.legs.act("left")
        self.clues.begin(self.legs.words(self.count))


def test_names_that_have_not_come_up_are_counted() -> None:
    walk = Walk("Pass Blue Bank and Dim Sum. Turn left at Joe's Diner. Stop anywhere.")
    found = walk.see()
    assert (found["names_before"], found["names_closing"]) == (4, 3), "four, and two"
    found = walk.see(BANK)
    assert found["names_before"] == 3, "dim and sum are left"
    assert walk.see(DINER)["names_closing"] == 1, "none is left"
    assert walk.see()["names_before"] == 3, "what has come up need not be in sight"
    walk.turn()
    found = walk.see()
    assert (found["names_before"], found["names_closing"]) == (0, 0), "none is told"


def test_crossings_are_counted_from_the_thing_that_was_told_last() -> None:
    walk = Walk()
    found = walk.see()
    assert [found[clue] for clue in ("last", "names_behind", "ahead_of_last")] == [0, 0, 0]
    walk.see(ways=CROSSING)
    found = walk.see(BANK)
    assert found["last"] == 1 + 2, "on a side"
    one = 1 + 1 + 2
    assert (found["ahead_of_last"], found["ahead_from_last"]) == (one, one), "the light behind it"
    found = walk.see(BANK, ways=CROSSING)
    assert (found["ahead_of_last"], found["ahead_from_last"]) == (one, one - 1)
    found = walk.see()
    assert found["last"] == 4 + age_bucket(4, 3)
    found = walk.see(ways=CROSSING)
    assert (found["ahead_of_last"], found["ahead_from_last"]) == (one - 1, one - 2)
    found = walk.see(DINER)
    assert (found["last"], found["names_behind"]) == (1 + 1, 1), "slightly to a side; none is left"


def test_the_thing_of_the_end_is_followed() -> None:
    walk = Walk()
    walk.turn()
    assert walk.see(BANK)["closing"] == 0, "another leg's"
    found = walk.see(CAFE)
    assert (found["closing"], found["closing_share"]) == (1, 3)
    assert (found["closing_beside"], found["closing_seen"]) == (0, age_bucket(0, 0))
    found = walk.see(CAFE._replace(where=("on", "your", "right")))
    assert (found["closing"], found["closing_beside"]) == (1 + 2, age_bucket(0, 0))
    found = walk.see()
    assert found["closing"] == 4 + age_bucket(1, 0)
    assert (found["closing_beside"], found["closing_seen"]) == (age_bucket(1, 0), age_bucket(2, 0))


def test_ways_are_told() -> None:
    walk = Walk()
    found = walk.see(ways=CROSSING)
    assert [found[clue] for clue in ("ways", "straight", "light", "open", "other_open")] == [
        3,
        1,
        1,
        3,
        0,
    ]
    assert found["since_crossing"] == found["since_light"] == age_bucket(0, 0)
    assert found["since_one_before"] == 0, "never"
    slight = CROSSING._replace(leading=("back to the left", "slightly to the left", "to the right"))
    found = walk.see(ways=slight)
    assert [found[clue] for clue in ("straight", "open", "other_open")] == [0, 2, 1]
    assert found["since_one_before"] == age_bucket(1, 0)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The street goes on straight ahead.", []),
        ("Streets lead to the left and back.", ["to the left", "back"]),
        (
            "There is a 4-way intersection.\nStreets lead back, to the left, straight ahead and "
            "slightly to the right.\nAhead: a bank to the left.",
            ["back", "to the left", "straight ahead", "slightly to the right"],
        ),
        (
            "Streets lead back to the left and straight ahead.",
            ["back to the left", "straight ahead"],
        ),
    ],
)
def test_where_streets_lead_is_read(text: str, found: list[str]) -> None:
    assert leading(text) == found


def test_actions_carry_the_clues() -> None:
    vocabulary = Vocabulary.of([TASK])
    seen = "There is a 3-way intersection.\nStreets lead to the left and straight ahead."
    encoder = EpisodeEncoder(vocabulary, TASK, seen, features=5)
    layout = Layout(len(vocabulary), features=5)
    actions = ["forward", "left", "right", "turn_around", "stop"]

    def clues(action: str) -> list[int]:
        indices, lengths = encoder.choices([action])
        assert len(lengths) == layout.choice_bags == layout.action_bags + 1
        return indices[len(indices) - lengths[-1] :].tolist()

    begin = layout.leg.end
    first = [clues(action)[:1] for action in actions]
    of_kind = 1 + sum(CLUES.values())
    assert first == [
        [],
        [begin],
        [begin + of_kind],
        [layout.clue.back],
        [begin + 2 * of_kind],
    ]
    assert all(begin <= row < layout.rows for action in actions for row in clues(action))
    words = {layout.clue.word(0, True, vocabulary[word]) for word in ("pass", "light", "turn")}
    names = {
        layout.clue.word(kind, closing, vocabulary[word])
        for word in ("blue", "bank", "joe", "diner")
        for closing in (True, False)
        for kind in range(CLUE_KINDS)
    }
    assert words <= {*clues("left")}
    assert names.isdisjoint(clues("left") + clues("stop")), "names are known by clues alone"


def test_all_clues_have_rows_of_their_own() -> None:
    layout = ClueLayout(100, size=7)
    rows = [
        row
        for kind in range(CLUE_KINDS)
        for clue, size in CLUES.items()
        for value in range(size)
        for row in layout.rows(kind, {clue: value})[1:]
    ]
    rows += [layout.rows(kind, {})[0] for kind in range(CLUE_KINDS)] + [layout.back]
    rows += [
        layout.word(kind, closing, word)
        for kind in range(CLUE_KINDS)
        for closing in (True, False)
        for word in range(7)
    ]
    assert sorted(rows) == [*range(100, layout.end)]


def test_clues_are_read_apart() -> None:
    """Whatever the other bags of a choice hold; and while training some clues are left out."""
    torch.manual_seed(0)
    table = torch.randn(20, 8)
    reader = ClueReader(8, 16).eval()

    def scores(others: list[int], clues: list[int]) -> torch.Tensor:
        bags = Bags(
            np.array([*others, *clues, 3, 4], np.int32),
            np.array([len(others), len(clues), 1, 1], np.int32),
        )
        choices = collate_choices(0, 20, [bags], [0], [0], [2])
        found: torch.Tensor = reader(choices, table, bags=2)
        return found

    with torch.no_grad():
        expected = reader.layers(torch.stack([table[5] + table[7], table[4]]))
        assert torch.allclose(scores([1, 2], [5, 7]), expected)
        assert torch.allclose(scores([], [5, 7]), expected)
        assert torch.allclose(scores([9], [])[0], reader.layers(torch.zeros(1, 8))[0])
        reader.train()
        reader.layers.eval()
        drawn = {round(float(scores([], [5, 7])[0]), 5) for _ in range(200)}
    assert len(drawn) == 4, "both, one of them, or none"


def test_chances_by_several_scores_are_their_mean() -> None:
    scores = torch.tensor([[0.9, 0.1, 1.0], [0.5, 0.5, 1.0]]).log()
    counts = torch.tensor([2, 1])
    found = mixed(scores, counts, 1.0).exp()
    assert torch.allclose(found, torch.tensor([[0.7, 0.3], [1.0, 0.0]]))
    assert torch.allclose(mixed(scores[:1], counts, 1.0).exp()[0], torch.tensor([0.9, 0.1]))
    sharper = mixed(scores[:1], counts, 0.5).exp()[0]
    assert torch.allclose(sharper, torch.tensor([81, 1.0]) / 82)
