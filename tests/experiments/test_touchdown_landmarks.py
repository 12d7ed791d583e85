from __future__ import annotations

import json
from pathlib import Path

import pytest

from experiments.touchdown.landmarks import main, mentioned

NAMES = frozenset({("joe's", "pizza"), ("pizza",), ("chase",), ("cafe", "a")})


@pytest.mark.parametrize(
    ("instruction", "names"),
    [
        ("Stop at Joe's Pizza, then Chase.", {("joe's", "pizza"), ("chase",)}),
        ("A pizza place; Café A!", {("pizza",), ("cafe", "a")}),
        ("Turn left.", set()),
    ],
)
def test_the_longest_names_count(instruction: str, names: set[tuple[str, ...]]) -> None:
    assert mentioned(instruction, NAMES) == names


def test_names_on_the_own_route_and_on_another(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two streets of two panoramas with one place each, and an instruction for each."""
    files = {
        "nodes.txt": "".join(f"{pano},0,40.0,-74.0\n" for pano in "abcd"),
        "links.txt": "a,0,b\nb,180,a\nc,0,d\nd,180,c\n",
        "pois.txt": '1,40.0,-74.0,{"name": "Chase", "amenity": "bank"}\n'
        '2,40.0,-74.0,{"name": "Hamer Hall"}\n3,40.0,-74.0,{"amenity": "bench"}\n',
        "pano_pois.txt": "b,10,5,1\nb,20,5,3\nd,10,5,2\n",
        "train.json": "".join(
            json.dumps(
                {"route_id": n, "navigation_text": text, "route_panoids": way, "start_heading": 0.0}
            )
            + "\n"
            for n, (text, way) in enumerate(
                [("Stop at Chase.", ["a", "b"]), ("Go to Hamer Hall. Chase me.", ["c", "d"])]
            )
        ),
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    assert main([str(tmp_path), str(tmp_path / "train.json")]) == 0
    said = capsys.readouterr().out
    assert "4 panoramas: 50.0% see a place, 0.75 places on average, 2 at most" in said
    assert "train: 2 instructions with 3 names of places; 66.7% are visible on their own" in said
    assert main([str(tmp_path / "nowhere")]) == 2
