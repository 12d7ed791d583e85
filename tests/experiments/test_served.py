"""A server that was started for an experiment ends with it, however that ends."""

from __future__ import annotations

import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from experiments.critic_faults.tiny import make_tiny_chat_model

pytestmark = pytest.mark.timeout(900)  # on a busy machine

_SERVES = """
import signal, sys
from pathlib import Path
from experiments.critic_faults.served import served

signal.signal(signal.SIGINT, signal.default_int_handler)  # also where a shell has switched it off
folder = Path(sys.argv[1])
with served(folder, folder.parent / "server.log") as url:
    print(url, flush=True)
    while True:
        signal.pause()
"""


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 128 + signal.SIGTERM), (signal.SIGINT, -signal.SIGINT)]
)
def test_a_signal_ends_the_server_too(number: signal.Signals, code: int, tmp_path: Path) -> None:
    make_tiny_chat_model(tmp_path / "model")
    command = [sys.executable, "-c", _SERVES, str(tmp_path / "model")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        started: list[psutil.Process] = []
        try:
            assert process.stdout is not None
            assert process.stdout.readline().startswith(b"http://127.0.0.1:")
            started = psutil.Process(process.pid).children(recursive=True)
            assert started
            process.send_signal(number)
            assert process.wait(120) == code
            _, left = psutil.wait_procs(started, timeout=5)
            assert left == []
        finally:
            process.kill()
            for each in started:
                with suppress(psutil.NoSuchProcess):
                    each.kill()
