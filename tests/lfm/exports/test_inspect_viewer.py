"""Logs opened as people open them: in the viewer of Inspect, in a browser."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.lfm.exports.exporting import export

_PATIENCE = 60.0
"""Seconds within which the viewer has to answer."""


@pytest.fixture
def viewer(sample_run: Path, tmp_path: Path) -> Iterator[str]:
    """The address of Inspect's viewer of an exported run."""
    pytest.importorskip("inspect_ai", reason="Inspect needs Python 3.11")
    export(sample_run, "inspect", tmp_path / "logs")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "inspect_ai", "view", "start", "--port", str(port)]
    with (tmp_path / "viewer.log").open("w") as log:
        process = subprocess.Popen(
            [*command, "--log-dir", str(tmp_path / "logs")], stdout=log, stderr=log
        )
    try:
        yield _answering(f"http://127.0.0.1:{port}/", process)
    finally:
        process.terminate()
        process.wait()


def _answering(url: str, process: subprocess.Popen[bytes]) -> str:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(OSError), urllib.request.urlopen(url):
            return url
        time.sleep(0.2)
    raise AssertionError(f"Inspect's viewer does not answer: exit code {process.poll()}")


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page whose scripts must not fail, and which reaches this machine alone."""
    page = browser.new_page()
    page.set_default_timeout(60_000)
    failed: list[str] = []
    page.on("pageerror", lambda error: failed.append(str(error)))
    page.route("**", lambda route: _here(route, failed))
    yield page
    page.close()
    assert failed == []


def _here(route: Route, failed: list[str]) -> None:
    if route.request.url.startswith("http://127.0.0.1:"):
        route.continue_()
    else:
        failed.append(route.request.url)
        route.abort()


def test_an_episode_is_read_in_the_viewer(viewer: str, page: Page) -> None:
    page.goto(viewer)
    expect(page.get_by_text("9 items")).to_be_visible()
    page.get_by_text("rollouts/round1").click()
    page.get_by_text("task-0").first.click()
    for told in (
        "put a mug in cabinet",
        '"action": "go to cabinet 1"',
        '"critic": "productive: reason of the critic 1 [bold]not bold[/] <script>alert(1)</script>',
        '"p_productive": 0.9',
        '"feedback model": "reason of the model 1"',
    ):
        expect(page.get_by_text(told).first).to_be_visible()
