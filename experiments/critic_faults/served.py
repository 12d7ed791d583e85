"""The real server: ``transformers serve`` in a process of its own."""

from __future__ import annotations

import contextlib
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

_PATIENCE = 900.0
"""Seconds for the server to come up; a busy machine takes minutes to load PyTorch."""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def _ended_in_order() -> Iterator[None]:
    """While the body runs, SIGTERM ends this process as Ctrl-C does: what it began is ended first.

    Python alone would leave at once, and a server that it has started would go on.
    """

    def end(number: int, _: object) -> NoReturn:
        raise SystemExit(128 + number)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextlib.contextmanager
def served(model: Path, log: Path, port: int = 0) -> Iterator[str]:
    """Serve a model on loopback until the body ends, also by SIGTERM or Ctrl-C.

    To be called in the main thread, which alone hears of signals.

    Args:
        model: its folder.
        log: gets what the server says.
        port: where; 0 for any that is free.

    Yields:
        Its address; the model is asked for by the folder's name, ``http://127.0.0.1:PORT/v1``.

    Raises:
        RuntimeError: if the server does not come up; with what it said.
    """
    program = shutil.which("transformers")
    if program is None:
        raise RuntimeError("there is no program 'transformers'; pip install -e .[test]")
    port = port or _free_port()
    # A server answers to the name that it was given, so it is given the folder's own.
    command = [program, "serve", model.name, "--port", str(port), "--device", "cpu"]
    with _ended_in_order():
        with log.open("w") as said:
            server = subprocess.Popen(
                command, cwd=model.parent, stdout=said, stderr=subprocess.STDOUT
            )
        try:
            _wait(f"http://127.0.0.1:{port}/health", server, log)
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            _end(server)


def _end(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    try:
        server.wait(60)
    except subprocess.TimeoutExpired:  # it may be in the middle of an answer
        server.kill()
        server.wait()


def _wait(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until and server.poll() is None:
        with (
            contextlib.suppress(OSError, urllib.error.URLError),
            urllib.request.urlopen(url, timeout=5),
        ):
            return
        time.sleep(0.5)
    raise RuntimeError(f"the server did not come up: {log.read_text('utf-8')[-2000:]}")
