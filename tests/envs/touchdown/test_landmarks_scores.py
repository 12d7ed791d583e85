from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from envs.errors import UserError
from envs.tables import write_rows
from envs.touchdown.landmarks.base import Landmark, Landmarks
from envs.touchdown.landmarks.scores import (
    SCORES,
    Measure,
    Scope,
    ScoredLandmarks,
    View,
    write_scores,
)

INDEX = {"x": 0, "y": 1, "z": 2}


def _write(
    path: Path,
    panos: list[tuple[str, list[View]]],
    measure: Measure = Measure.COSINE,
    scope: Scope = Scope.ALL,
) -> Path:
    write_scores(path, panos, measure=measure, scope=scope, annotator="by hand")
    return path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "scores.parquet"


def test_highest_first_from_the_cosine_that_the_paper_shows(file: Path) -> None:
    views = [
        View(10.0, "a red awning", 0.19),
        View(370.0, "a mailbox", 0.2),
        View(90.0, "trees", 0.3),
        View(-90.0, "trees", 0.25),
        View(90.0, "trees", 0.22),
    ]
    source: Landmarks = ScoredLandmarks.load(
        _write(file, [("y", [View(1.0, "a van", 0.5)]), ("x", views)]), INDEX
    )
    assert source.visible(0, 45.0) == (
        Landmark("trees", 90.0),
        Landmark("trees", 270.0),
        Landmark("a mailbox", 10.0),
    )
    assert source.visible(1, 0.0) == (Landmark("a van", 1.0),)
    assert source.visible(2, 0.0) == ()
    assert source.for_instruction("Go to the mailbox.") is source
    assert source.name == "scores:scores"


def test_standardised_scores_show_only_the_best_view(file: Path) -> None:
    views = [View(45.0, "a bank", 3.6), View(90.0, "a bank", 4.0), View(0.0, "a cafe", 3.4)]
    source = ScoredLandmarks.load(_write(file, [("x", views)], Measure.STANDARDISED), INDEX)
    assert source.visible(0, 0.0) == (Landmark("a bank", 90.0),)


def test_some_views_are_for_one_heading_only(file: Path) -> None:
    views = [View(45.0, "a bank", 4.0, 0), View(90.0, "a bar", 4.0, 359), View(5.0, "a pub", 3.9)]
    source = ScoredLandmarks.load(_write(file, [("x", views)], Measure.STANDARDISED), INDEX)
    assert source.visible(0, 359.8) == (Landmark("a bank", 45.0), Landmark("a pub", 5.0))
    assert source.visible(0, 359) == (Landmark("a bar", 90.0), Landmark("a pub", 5.0))
    assert source.visible(0, 100) == (Landmark("a pub", 5.0),)


def test_phrases_of_the_instruction_whatever_their_article(file: Path) -> None:
    phrases = ["the Chase bank", "a red awning", "awning", "Joe's Pizza", "pizza", "red"]
    views = [View(0.0, phrase, 4.0 - n / 10) for n, phrase in enumerate(phrases)]
    path = _write(file, [("x", views)], Measure.STANDARDISED, Scope.INSTRUCTION)
    source = ScoredLandmarks.load(path, INDEX)

    def shown(instruction: str) -> list[str]:
        return [each.phrase for each in source.for_instruction(instruction).visible(0, 0.0)]

    assert shown("Pass a Chase bank, then stop at Joe's pizza.") == [
        "the Chase bank",
        "Joe's Pizza",
        "pizza",
    ]
    assert shown("Two red awnings; the RED awning!") == ["a red awning", "awning", "red"]
    assert shown("Turn left.") == []
    assert len(source.visible(0, 0.0)) == len(phrases), "choosing changes the source"


def test_other_programs_read_it(file: Path) -> None:
    _write(file, [("x", [View(10.0, "trees", 0.25, 90)]), ("y", [])])
    table = pd.read_parquet(file)
    assert table["pano"].tolist() == ["x", "y"]
    assert table["views"][0][0] == {
        "bearing": 10.0,
        "phrase": "trees",
        "score": 0.25,
        "heading": 90,
    }
    assert set(table["measure"]) == {"cosine"}


def test_fingerprint_follows_the_content(file: Path) -> None:
    prints = {
        ScoredLandmarks.load(_write(file, [("x", [View(0.0, name, 0.3)])]), INDEX).fingerprint
        for name in ("trees", "trees", "vans")
    }
    assert len(prints) == 2


def test_what_is_wrong_with_a_file_is_said(file: Path) -> None:
    with pytest.raises(UserError, match="there is no file"):
        ScoredLandmarks.load(file, INDEX)
    file.write_bytes(b"PAR1 but no more")
    with pytest.raises(UserError, match="damaged or not a Parquet file"):
        ScoredLandmarks.load(file, INDEX)
    _write(file, [])
    with pytest.raises(UserError, match="holds no panorama"):
        ScoredLandmarks.load(file, INDEX)
    _write(file, [("x", []), ("w", [])])
    with pytest.raises(UserError, match="1 of 2 panoramas, such as w, are not in the street graph"):
        ScoredLandmarks.load(file, INDEX)


def test_measures_are_known_and_the_same_in_all_rows(file: Path) -> None:
    row = {"pano": "x", "views": [], "measure": "loudness", "scope": "all", "annotator": ""}
    write_rows(file, SCORES, [row])
    with pytest.raises(UserError, match="measure is loudness; it has to be one of cosine"):
        ScoredLandmarks.load(file, INDEX)
    write_rows(file, SCORES, [{**row, "measure": "cosine"}, {**row, "measure": "standardised"}])
    with pytest.raises(UserError, match="measure is cosine, standardised;"):
        ScoredLandmarks.load(file, INDEX)
