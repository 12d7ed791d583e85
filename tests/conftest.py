from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

# Before PyTorch is loaded, here and in the processes that tests start: several files of tests run
# side by side, and threads that wait for each other's processors take many times as long.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser

settings.register_profile("lfm", deadline=None)  # a busy machine is no failure
settings.load_profile("lfm")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium without a window; it may take its time, a busy machine is no failure."""
    from playwright.sync_api import expect, sync_playwright

    from experiments.report.benchmark import chromium

    with sync_playwright() as playwright:
        path = chromium(playwright)
        if path is None:
            pytest.skip("no Chromium: install it, or run `playwright install chromium`")
        expect.set_options(timeout=60_000)
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def official_data() -> str:
    """Folder of the official games."""
    folder = Path(os.environ.get("LFM_TEST_DATA") or Path.home() / ".cache" / "lfm-data")
    if not (folder / "json_2.1.1" / "valid_seen").is_dir():
        pytest.skip(f"no official ALFWorld games in {folder} (set LFM_TEST_DATA)")
    return str(folder)


@pytest.fixture(scope="session")
def manhattan_data() -> Path:
    """Folder with Touchdown's street graph and routes."""
    folder = Path(os.environ.get("LFM_TEST_DATA") or Path.home() / ".cache" / "lfm-data")
    if not (folder / "touchdown" / "graph" / "nodes.txt").is_file():
        pytest.skip(f"no Touchdown data in {folder} (set LFM_TEST_DATA)")
    return folder / "touchdown"


@pytest.fixture(scope="session")
def language_data() -> Path:
    """Folder with BIG-Bench Hard and MBPP."""
    folder = Path(os.environ.get("LFM_TEST_DATA") or Path.home() / ".cache" / "lfm-data")
    if not (folder / "language" / "mbpp.jsonl").is_file():
        pytest.skip(f"no BIG-Bench Hard and MBPP in {folder} (set LFM_TEST_DATA)")
    return folder / "language"
