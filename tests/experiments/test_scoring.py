"""The benchmark of scoring, on few states."""

from __future__ import annotations

import pytest

from experiments.scoring import benchmark


def test_both_ways_agree_and_one_reads_far_less(capsys: pytest.CaptureFixture[str]) -> None:
    assert benchmark.main(["--states", "12", "--steps", "4"]) == 0
    *lines, agreement, ratio = capsys.readouterr().out.splitlines()
    assert agreement == "agreement: 1.0"
    assert float(ratio.removeprefix("ratio: ")) > 5
    told = dict(line.split(": ", 1) for line in lines if ": " in line)
    read = {way: float(told[way].split()[0]) for way in ("shared", "generated")}
    assert read["generated"] < read["shared"]
    assert float(told["tokens of one forward each over generated"]) > 5
