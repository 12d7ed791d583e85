"""Episodes kept while a roll-out runs, through any kind of end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from envs.actions import FactoredActions
from envs.errors import UserError
from envs.live import LiveTrajectories
from envs.record import Step, Trajectory
from envs.store import to_row

WRITER = """
import sys
from pathlib import Path
from envs.live import LiveTrajectories
from envs.record import Step, Trajectory

live = LiveTrajectories(Path(sys.argv[1]))
start = len(list(live))
for number in range(start, 1_000_000):
    step = Step("go", "x" * 5000, ("go",), 0.0)
    texts = [str(number), "e", "1", "train", "t", "k", "i", "o"]
    live.append(Trajectory(*texts, (step,), False, "p", 0, False))
    print(number, flush=True)
"""


def one(name: str) -> Trajectory:
    step = Step("go", 'seen "x"\n\u2028', ("go", "look"), 0.5, -1.25)
    return Trajectory(
        name, "toy", "1", "train", "t", "k", "do it", "room", (step,), False, "p", 1, True
    )


def test_appended_episodes_are_read_in_order(tmp_path: Path) -> None:
    with closing(LiveTrajectories(tmp_path / "deep" / "live.jsonl")) as live:
        live.append(one("a"))
        live.append(one("b"), one("c"))
        assert list(live) == [one("a"), one("b"), one("c")]


def test_goes_on_after_a_torn_line(tmp_path: Path) -> None:
    path = tmp_path / "live.jsonl"
    with closing(LiveTrajectories(path)) as live:
        live.append(one("a"), one("b"))
    whole = path.read_bytes()
    for cut in (1, 10, len(whole) // 4):
        path.write_bytes(whole[:-cut])
        with closing(LiveTrajectories(path)) as live:
            assert list(live) == [one("a")]
            live.append(one("c"))
            assert list(live) == [one("a"), one("c")]


def test_a_torn_header_starts_over(tmp_path: Path) -> None:
    path = tmp_path / "live.jsonl"
    path.write_bytes(b'{"schema": "traj')
    with closing(LiveTrajectories(path)) as live:
        assert list(live) == []


def test_a_file_of_version_1_goes_on_in_this_version(tmp_path: Path) -> None:
    path, line = tmp_path / "live.jsonl", json.dumps(to_row(one("a")))
    old = json.dumps({key: value for key, value in json.loads(line).items() if key != "steps"})
    steps = [
        {key: step[key] for key in step if key != "things"} for step in to_row(one("a"))["steps"]
    ]
    header = '{"schema": "trajectories", "version": 1}'
    path.write_text(f'{header}\n{old[:-1]}, "steps": {json.dumps(steps)}}}\n{{"torn')
    factored = Step("open cup", "", FactoredActions(("open OBJ",), ("cup",)), 0.0)
    with closing(LiveTrajectories(path)) as live:
        live.append(replace(one("b"), steps=(factored,)))
        assert list(live) == [one("a"), replace(one("b"), steps=(factored,))]
    assert path.read_text().startswith('{"schema": "trajectories", "version": 2}\n')


def test_a_line_damaged_in_the_middle_is_named(tmp_path: Path) -> None:
    path = tmp_path / "live.jsonl"
    with closing(LiveTrajectories(path)) as live:
        live.append(one("a"), one("b"))
    lines = path.read_text().splitlines()
    lines[1] = lines[1][:50]
    path.write_text("\n".join(lines) + "\n")
    with (
        closing(LiveTrajectories(path)) as live,
        pytest.raises(UserError, match=r"live\.jsonl, line 2, is damaged"),
    ):
        list(live)


@pytest.mark.parametrize("header", ['{"schema": "trajectories", "version": 99}', "hello"])
def test_another_kind_of_file_is_refused(tmp_path: Path, header: str) -> None:
    path = tmp_path / "live.jsonl"
    path.write_text(header + "\n")
    with pytest.raises(UserError, match=r"live\.jsonl does not hold"):
        LiveTrajectories(path)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk always full")
def test_a_full_disk_is_named(tmp_path: Path) -> None:
    path = tmp_path / "live.jsonl"
    live = LiveTrajectories(path)
    full = os.open("/dev/full", os.O_WRONLY)
    os.dup2(full, live._file.fileno())
    with pytest.raises(UserError, match=r"live\.jsonl: the disk is full"):
        live.append(one("a"))
    with pytest.raises(UserError, match=r"live\.jsonl: the disk is full"):
        live.close()
    os.close(full)


def test_nothing_that_was_appended_is_lost_by_kill_9(tmp_path: Path) -> None:
    path = tmp_path / "live.jsonl"
    told = -1
    for pause in (0.0, 0.05, 0.1):
        command = [sys.executable, "-c", WRITER, str(path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            told = int(writer.stdout.readline())
            time.sleep(pause)
            writer.send_signal(signal.SIGKILL)
            rest = writer.stdout.read().splitlines()
            told = int(rest[-1]) if rest else told
        with closing(LiveTrajectories(path)) as live:
            numbers = [int(each.trajectory_id) for each in live]
        assert numbers == list(range(len(numbers)))
        assert len(numbers) >= told + 1
