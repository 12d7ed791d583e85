"""Fuzzing the readers, in short; and that it would notice."""

from __future__ import annotations

import pytest

from experiments.critic_parsing import run
from experiments.critic_parsing.answers import Asked
from lfm.critics.reading import read
from lfm.critics.reading.base import Label, Reading

ANSWERS = 3000


def test_no_answer_breaks_a_reader(capsys: pytest.CaptureFixture[str]) -> None:
    assert run.main(["--answers", str(ANSWERS), "--seed", "1"]) == 0
    said = capsys.readouterr()
    assert said.out.splitlines()[-1] == f"answers {ANSWERS} exceptions 0 wrong 0"
    assert said.err == ""
    for form in run.FORMS:
        for how in ("parsed", "repaired", "unparseable"):
            assert f"\n{form} {how}: " in f"\n{said.out}"


@pytest.mark.parametrize(
    "reading",
    [
        Reading((Label(99, True, ""),), "", "", "parsed"),
        Reading((Label(1, True, ""), Label(1, True, "")), "", "", "parsed"),
        Reading((), "", "", "parsed"),
        Reading((), "\ud800", "", "unparseable"),
    ],
)
def test_a_broken_promise_is_noticed(reading: Reading) -> None:
    assert not run.keeps_its_promises(reading, Asked("", 1, 20))


def test_an_exception_is_noticed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(text: str, shown: range, complete: bool) -> Reading:
        raise IndexError(text)

    monkeypatch.setattr(read, "READERS", dict.fromkeys(read.READERS, fail))
    assert run.main(["--answers", "8"]) == 1
    assert capsys.readouterr().out.endswith("answers 8 exceptions 8 wrong 0\n")
