from __future__ import annotations

import json
from pathlib import Path

import pytest

from experiments.touchdown.traffic import main, said


@pytest.mark.parametrize(
    ("instruction", "what"),
    [
        ("Orient yourself with the flow of traffic. Go on.", "with"),
        ("Follow traffic to the light!", "with"),
        ("Head down the street the same direction as traffic.", "with"),
        ("Turn so that you go against the flow of traffic.", "against"),
        ("Go on. Then go with traffic.", ""),
        ("Go with me to the traffic light.", ""),
        ("", ""),
    ],
)
def test_the_first_sentence_says_how_to_begin(instruction: str, what: str) -> None:
    assert said(instruction) == what


def test_ways_are_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A street of three panoramas in which the car drove north."""
    (tmp_path / "nodes.txt").write_text("".join(f"{each},0,40.0,-74.0\n" for each in "abc"))
    (tmp_path / "links.txt").write_text("a,0,b\nb,0,c\nc,180,b\nb,180,a\n")
    routes = [
        ("Go with traffic.", ["a", "b", "c"]),
        ("Go against traffic.", ["c", "b"]),
        ("Go.", ["b", "a"]),
    ]
    rows = [
        {"route_id": at, "navigation_text": text, "route_panoids": way, "start_heading": 0.0}
        for at, (text, way) in enumerate(routes)
    ]
    (tmp_path / "train.json").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    assert main([str(tmp_path), str(tmp_path / "train.json")]) == 0
    assert capsys.readouterr().out == (
        "train: with the traffic go 2 of 4 ways, of the first 1 of 3; 1 of 1 where that is said, "
        "0 of 1 where it is said to go against it\n"
    )
    assert main([str(tmp_path), str(tmp_path / "nowhere.json")]) == 2
