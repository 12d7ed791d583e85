"""The documentation as a site: built without a network, whole, and fetching nothing."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

ROOT = Path(__file__).parents[2]
_PROGRAM = """
import socket, sys
def refuse(*_):
    raise OSError("the site is built without a network")
socket.socket.connect = socket.getaddrinfo = refuse
from mkdocs.__main__ import cli
cli(sys.argv[1:])
"""
_FETCHED = re.compile(
    r"<(?:script|link|img|iframe|source)\b[^>]*?\b(?:src|href)=[\"']?([^\"'\s>]+)"
)
_IN_STYLES = re.compile(r"(?:url\(|@import\s*)[\"']?((?:https?:)?//[^\"')]+)")

pytestmark = pytest.mark.timeout(600)


def _build(root: Path, site: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", _PROGRAM, "build", "--strict", "--site-dir", str(site)],
        cwd=root,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},  # which the theme would print
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    done = _build(ROOT, folder)
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    return folder


def test_every_page_is_there(site: Path) -> None:
    pages = [*(ROOT / "docs").glob("*.md"), *(ROOT / "experiments").rglob("*.md")]
    for page in pages:
        below = page.relative_to(ROOT).as_posix().removeprefix("docs/")
        built = site / re.sub(r"README\.md$", "index.md", below).replace(".md", ".html")
        assert built.is_file(), page
    assert not list(site.rglob("*.py"))


def test_nothing_is_fetched_from_elsewhere(site: Path) -> None:
    for page in site.rglob("*.html"):
        fetched = _FETCHED.findall(page.read_text("utf-8"))
        assert fetched
        assert [each for each in fetched if "//" in each] == [], page
    for sheet in site.rglob("*.css"):
        assert _IN_STYLES.findall(sheet.read_text("utf-8")) == [], sheet


def test_a_page_that_the_navigation_lacks_is_an_error(tmp_path: Path) -> None:
    for name in ("mkdocs.yml", "docs/site.py", "docs/README.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "docs" / "forgotten.md").write_text("# Forgotten\n")
    done = _build(tmp_path, tmp_path / "site")
    assert done.returncode != 0
    _, _, lacking = done.stderr.partition('not included in the "nav" configuration')
    assert "forgotten.md" in lacking.partition("WARNING")[0]


@pytest.fixture
def address(site: Path) -> Iterator[str]:
    """The site on the loopback interface."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    handler = partial(Quiet, directory=str(site))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/"
        finally:
            server.shutdown()
            thread.join()


def test_a_browser_asks_no_other_host_and_finds_pages(address: str, browser: Browser) -> None:
    asked: list[str] = []
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(60_000)
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address)
    picture = page.get_by_role("img", name="An episode in the report")
    expect(picture).to_have_js_property("complete", True)
    assert picture.evaluate("each => each.naturalWidth") > 600
    page.goto(f"{address}own_critic.html")
    page.locator("input.md-search__input").press_sequentially("adaptation")
    expect(page.locator(".md-search-result__item").first).to_be_visible()
    page.close()
    assert [url for url in asked if not url.startswith((address, "data:", "blob:"))] == []
    assert any("search_index.json" in url for url in asked)
