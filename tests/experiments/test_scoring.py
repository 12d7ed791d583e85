"""The benchmark of scoring, on few states."""

from __future__ import annotations

import pytest

from experiments.scoring import benchmark


def test_ways_agree_and_read_far_less(capsys: pytest.CaptureFixture[str]) -> None:
    assert benchmark.main(["--states", "12", "--steps", "4", "--updates", "20"]) == 0
    *lines, agreement, ratio = capsys.readouterr().out.splitlines()
    assert agreement == "agreement: 1.0"
    assert float(ratio.removeprefix("ratio: ")) > 5
    told = dict(line.split(": ", 1) for line in lines if ": " in line)
    ways = ("generated", "shared", "served", "one forward each")
    read = {way: float(told[way].split()[0]) for way in ways}
    assert [*read.values()] == sorted(read.values())
    kept = float(told["served, were beginnings kept"].split()[0])
    assert 0 < kept < read["served"]
    for way in ("generated", "served"):
        assert float(told[f"tokens of one forward each over {way}"]) > 5


def test_choices_are_compared_state_by_state() -> None:
    options = [["look", "go"], ["look", "go"], ["look", "open"], ["go", "open"], ["go", "look"]]
    best = ["look", "go", "open", "go", "look"]
    generated = ["look", "look", "look", "open", "go"]
    served = ["look", "look", "look", "go", "shut"]
    assert benchmark.compared(options, best, generated, served) == {
        "the generated action has the best score": 0.2,
        "the served action is admissible": 0.8,
        "the served action is the generated one": 0.6,
        "the served action has the best score": 0.4,
    }
