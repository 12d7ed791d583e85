"""Refinements as Parquet."""

from __future__ import annotations

import string
from pathlib import Path

import hypothesis.strategies as st
import pandas
import pytest
from hypothesis import given

from envs.errors import UserError
from lfm.refinements import REFINEMENTS, Refinement, read_refinements, write_refinements
from lfm.store import Advice, write_advice

TEXTS = st.text(max_size=20)
WRITTEN = st.builds(
    Refinement,
    trajectory_id=TEXTS,
    step=st.integers(1, 2**31 - 1),
    number=st.integers(1, 2**31 - 1),
    feedback=TEXTS,
    text=TEXTS,
    match=st.booleans(),
    score=st.floats(0, 1),
    success=st.booleans(),
    scores=st.dictionaries(st.text(string.ascii_letters, max_size=5), st.floats(-99, 99)),
    selected=st.booleans(),
    refiner=TEXTS,
    selection=TEXTS,
    privileged=st.booleans(),
)


@given(written=st.lists(WRITTEN, max_size=4))
def test_refinements_come_back(
    tmp_path_factory: pytest.TempPathFactory, written: list[Refinement]
) -> None:
    path = tmp_path_factory.mktemp("refinements") / "refinements.parquet"
    write_refinements(path, written)
    assert read_refinements(path) == written


def test_pandas_reads_refinements_without_our_code(tmp_path: Path) -> None:
    scores = {"longest": 4.0, "likelihood": -1.5}
    refinement = Refinement(
        "t", 1, 2, "more", "text", True, 0.5, False, scores, True, "base", "longest", False
    )
    write_refinements(tmp_path / "r.parquet", [refinement])
    frame = pandas.read_parquet(tmp_path / "r.parquet")
    assert list(frame.columns) == REFINEMENTS.names
    assert list(frame.scores[0]) == [
        {"operator": "longest", "value": 4.0},
        {"operator": "likelihood", "value": -1.5},
    ]


def test_refinements_are_not_read_from_advice(tmp_path: Path) -> None:
    path = tmp_path / "said.parquet"
    write_advice(path, [Advice("t", 1, "look")], "expert", privileged=False)
    with pytest.raises(UserError, match=r"said\.parquet"):
        read_refinements(path)
