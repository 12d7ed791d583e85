"""The real server: ``transformers serve`` in a process of its own."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

_PATIENCE = 900.0
"""Seconds for the server to come up; a busy machine takes minutes to load PyTorch."""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def served(model: Path, log: Path, port: int = 0) -> Iterator[str]:
    """Serve a model on loopback until the body ends.

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
    with log.open("w") as said:
        server = subprocess.Popen(command, cwd=model.parent, stdout=said, stderr=subprocess.STDOUT)
    try:
        _wait(f"http://127.0.0.1:{port}/health", server, log)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        server.terminate()
        server.wait(60)


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
