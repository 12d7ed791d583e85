"""What people said: the file that only grows, and which verdict counts."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from envs.errors import UserError
from lfm import layout
from lfm.corrections import (
    Correction,
    Overlay,
    fitting,
    import_corrections,
    known_episodes,
    labels_of,
    parse,
    read_corrections,
    standing,
    study,
)
from tests.lfm.conftest import episode

EPISODE = episode(1)
KNOWN = known_episodes([EPISODE])
FIRST = Correction(
    who="Ada",
    when="2026-01-02T03:04:05.678+00:00",
    episode="round1-1",
    digest=KNOWN["round1-1"].digest,
    step=2,
    old="unproductive",
    new="productive",
    note="</script> \u202e\ud800 \n",
    blind=True,
    queue="random",
)


def said(
    minute: int, who: str = "Ada", new: str | None = "productive", step: int = 2
) -> Correction:
    when = f"2026-01-02T04:{minute:02}:00+00:00"
    return replace(FIRST, who=who, when=when, new=new, step=step)


def test_what_was_acknowledged_is_in_the_file(tmp_path: Path) -> None:
    overlay = Overlay(tmp_path)
    overlay.append(FIRST)
    assert read_corrections(tmp_path / layout.CORRECTIONS_FILE) == [FIRST]  # while it is open
    overlay.append(said(1), said(2))
    overlay.close()
    again = Overlay(tmp_path)
    assert list(again.corrections) == [FIRST, said(1), said(2)]
    again.close()


def test_a_line_that_a_kill_cut_off_does_not_count_and_is_not_gone_on_with(tmp_path: Path) -> None:
    overlay = Overlay(tmp_path)
    overlay.append(FIRST)
    overlay.close()
    with overlay.path.open("ab") as file:
        file.write(json.dumps(asdict(said(1))).encode()[:50])
    assert read_corrections(overlay.path) == [FIRST]
    overlay = Overlay(tmp_path)
    overlay.append(said(2))
    overlay.close()
    assert read_corrections(overlay.path) == [FIRST, said(2)]


def test_a_write_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    overlay = Overlay(tmp_path)
    overlay.append(FIRST)
    before = overlay.path.read_bytes()

    def full(file: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("lfm.corrections.os.fsync", full)
        with pytest.raises(UserError, match=r"corrections\.jsonl: the disk is full"):
            overlay.append(said(1))
    assert overlay.path.read_bytes() == before
    overlay.append(said(2))
    assert list(overlay.corrections) == [FIRST, said(2)] == read_corrections(overlay.path)
    overlay.close()


def test_one_process_writes_at_a_time(tmp_path: Path) -> None:
    overlay = Overlay(tmp_path)
    with pytest.raises(UserError, match="another process writes"):
        Overlay(tmp_path)
    overlay.close()
    Overlay(tmp_path).close()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"who": " "}, "1 to 80"),
        ({"who": None}, "must be texts"),
        ({"note": "x" * 2001}, "at most 2000"),
        ({"step": 0}, "from 1"),
        ({"step": True}, "from 1"),
        ({"blind": 1}, "true or false"),
        ({"new": "good"}, "new must be null or one of"),
        ({"queue": "all"}, "queue must be"),
        ({"when": "2026-01-02T03:04:05"}, "UTC"),
        ({"when": "now"}, "isoformat"),
        ({"more": 1}, "the keys must be"),
    ],
)
def test_what_makes_no_sense_is_refused(change: dict[str, object], words: str) -> None:
    assert parse(asdict(FIRST)) == FIRST
    with pytest.raises(ValueError, match=words):
        parse({**asdict(FIRST), **change})


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / layout.CORRECTIONS_FILE
    assert read_corrections(path) == []
    path.write_text("{}\n")
    with pytest.raises(UserError, match="does not hold corrections of version 1"):
        read_corrections(path)
    path.unlink()
    Overlay(tmp_path).close()
    with path.open("a") as file:
        file.write("[]\n")
    with pytest.raises(UserError, match="line 2, is damaged"):
        Overlay(tmp_path)


def test_the_last_verdict_that_was_not_taken_back_stands() -> None:
    ada, bob = said(1), said(2, "Bob", "unproductive")
    assert standing([bob, ada])[ada.place] == bob
    assert standing([ada, bob, said(3, "Bob", None)])[ada.place] == ada
    assert standing([ada, said(3, new=None)]) == {}
    assert labels_of([ada, said(3, new="cannot tell")]) == {}
    assert study([ada, replace(ada, blind=False), replace(ada, queue="differ")]) == [ada]


def test_verdicts_on_an_episode_that_was_played_again_do_not_count() -> None:
    other = replace(EPISODE, steps=EPISODE.steps[:2])
    assert fitting([FIRST, said(1, step=9)], KNOWN) == [FIRST]
    assert fitting([FIRST], known_episodes([other])) == []
    assert fitting([FIRST], {}) == []


def test_another_file_is_taken_in_once(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    source, target = Overlay(tmp_path), Overlay(tmp_path / "one")
    source.append(FIRST, said(1), replace(said(2), episode="other"))
    source.close()
    assert import_corrections(target, source.path, KNOWN) == (2, 0, 1)
    assert import_corrections(target, source.path, KNOWN) == (0, 2, 1)
    assert list(target.corrections) == [FIRST, said(1)]
    with pytest.raises(UserError, match="there is no file"):
        import_corrections(target, tmp_path / "none", KNOWN)
    target.close()
