"""Several texts for an answer."""

from __future__ import annotations

from lfm.refining.sampling import sample, seed_of
from policies.writing.base import Turn
from tests.lfm.refining.writers import Fake

ASKED = [[Turn(role="user", content="q")]]


def test_repetitions_give_way_to_new_texts() -> None:
    writer = Fake(["a", "a", "b", "c", "b", "d"])
    assert sample(writer, ASKED, 3, 7, 1.0) == [["a", "b", "c"]]
    assert writer.seeds == [7, 8]


def test_repetitions_fill_up_where_nothing_else_is_written() -> None:
    assert sample(Fake(["a", "a", "b"]), ASKED, 3, 0, 1.0) == [["a", "b", "a"]]


def test_nothing_is_drawn_again_without_need() -> None:
    writer = Fake(["a", "b", "c"])
    assert sample(writer, ASKED, 3, 0, 1.0) == [["a", "b", "c"]]
    assert sample(Fake(["a"]), ASKED, 2, 0, 0.0) == [["a", "a"]]
    assert len(writer.seeds) == 1


def test_seeds_differ_by_purpose() -> None:
    assert len({seed_of(seed, purpose) for seed in (0, 1) for purpose in "ab"}) == 4
