"""Programs that try to get out of the sandbox, or to pass without being right: none does."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from envs.answers.mbpp.sandbox import ISOLATIONS, LIMITS, NAMESPACES, Checks, Sandbox
from envs.errors import UserError
from tests.envs.answers.breakouts import CONTAINED, FORGERIES, HARMLESS, PRELUDE, SECRET, Attempt

CASES = [
    pytest.param(attempt, isolation, id=f"{attempt.name}, {isolation}")
    for attempt in CONTAINED
    for isolation in (ISOLATIONS if attempt.always else (NAMESPACES,))
]


def _sandbox(isolation: str, patience: float = 60.0) -> Sandbox:
    found = Sandbox(isolation, seconds=1, patience=patience, memory_mb=256)
    if isolation == NAMESPACES:
        try:
            found.run("def f(): return 1", Checks("", ("assert f() == 1",), "def f(): pass"))
        except UserError as error:
            pytest.skip(str(error))
    return found


def _program(attempt: Attempt, folder: Path, listener: socket.socket) -> str:
    """What an attempt tries, with the file ``secret`` of a folder and a port of this machine."""
    body = attempt.body.replace("FILE", str(folder / "secret")).replace("FOLDER", str(folder))
    return PRELUDE.replace("BODY", body.replace("PORT", str(listener.getsockname()[1])))


def test_there_are_many() -> None:
    assert len(CONTAINED) + len(FORGERIES) >= 80
    assert len({each.name for each in CONTAINED}) == len(CONTAINED)


@pytest.mark.parametrize(
    "attempt", [pytest.param(e, id=e.name) for e in CONTAINED if e.name in HARMLESS]
)
def test_what_does_not_get_out_gets_out_where_nothing_holds_it(
    attempt: Attempt, tmp_path: Path, listener: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The programs can do what they try; else that none escapes would say nothing."""
    monkeypatch.setenv("LFM_SECRET", SECRET)
    (tmp_path / "secret").write_text(SECRET)
    program = f"{_program(attempt, tmp_path, listener)}\nprint(attempt(), flush=True)"
    (tmp_path / "room").mkdir()
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path / "room", capture_output=True, check=True
    )
    assert b"escaped" in done.stdout, (done.stdout, done.stderr)


def test_harmless_programs_are_many() -> None:
    assert len([each for each in CONTAINED if each.name in HARMLESS]) == len(HARMLESS) >= 20


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.0)
        yield server


@pytest.mark.parametrize(("attempt", "isolation"), CASES)
def test_nothing_gets_out(
    attempt: Attempt,
    isolation: str,
    tmp_path: Path,
    listener: socket.socket,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LFM_SECRET", SECRET)
    tmp_path.chmod(0o777)
    secret = tmp_path / "secret"
    secret.write_text(SECRET)
    secret.chmod(0o666)
    program = _program(attempt, tmp_path, listener)
    tests = Checks("", ("assert attempt() == 'contained'",), "def attempt(): pass")
    # The program has to have lived on and said so: one that never ran would say nothing.
    (why,) = _sandbox(isolation).run(program, tests)
    assert why == "", why
    assert [file.name for file in tmp_path.iterdir()] == ["secret"]
    assert secret.read_text() == SECRET
    with pytest.raises(BlockingIOError):
        listener.accept()


@pytest.mark.parametrize("name", FORGERIES)
def test_no_forgery_passes(name: str) -> None:
    """Isolation plays no part in it: a program is never run where it is judged."""
    tests = Checks(
        "",
        (f"assert attempt() == '{SECRET}'", f"assert set(attempt()) == set('{SECRET}')"),
        "def attempt(): pass",
    )
    sandbox = Sandbox(LIMITS, seconds=1, patience=2.0 if name == "sleeps" else 60.0)
    failures = sandbox.run(FORGERIES[name], tests)
    assert len(failures) == 2
    assert all(failures), failures


@pytest.mark.parametrize("isolation", ISOLATIONS)
def test_nothing_is_left_behind(isolation: str) -> None:
    """Neither a process nor a folder, also of a program that does not end by itself."""
    sandbox = _sandbox(isolation, patience=1.0)
    mark = f"import time; time.sleep(1000)  # {isolation} {time.time()}"
    (why,) = sandbox.run(mark, Checks("", ("assert f()",), "def f(): pass"))
    assert why == "it took too long"
    mine = psutil.Process().children(recursive=True)
    assert not [each for each in mine if "boot.py" in " ".join(each.cmdline())]


def test_what_limits_alone_do_not_hold_is_what_the_docs_say(tmp_path: Path) -> None:
    """Without namespaces a program can read and write what its user can."""
    secret = tmp_path / "secret"
    secret.write_text(SECRET)
    program = f"def f(): return open({str(secret)!r}).read()"
    tests = Checks("", (f"assert f() == '{SECRET}'",), "def f(): pass")
    assert _sandbox(LIMITS).run(program, tests) == ("",)
    assert _sandbox(NAMESPACES).run(program, tests) != ("",)
