"""Atomic files."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from envs.errors import UserError
from envs.files import read_json, replacing, write_json, write_text


def test_a_json_value_comes_back(tmp_path: Path) -> None:
    write_json(tmp_path / "new" / "a.json", {"ä": [1, None]})
    assert read_json(tmp_path / "new" / "a.json") == {"ä": [1, None]}


def test_a_failing_body_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    write_text(path, "old")

    def fail_half_way() -> None:
        with replacing(path) as temporary:
            temporary.write_text("new")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_half_way()
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["a.txt"]


def test_others_may_read_what_the_umask_allows(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        write_text(tmp_path / "a.txt", "text")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a.txt").stat().st_mode) == 0o644


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match=r"cannot write .*file/a\.json"):
        write_json(tmp_path / "file" / "a.json", 1)


@pytest.mark.parametrize(("content", "words"), [(None, "cannot read"), ("{", "damaged")])
def test_json_that_cannot_be_read_is_named(tmp_path: Path, content: str | None, words: str) -> None:
    path = tmp_path / "a.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(UserError, match=words) as caught:
        read_json(path)
    assert str(path) in str(caught.value)
