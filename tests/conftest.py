from __future__ import annotations

import os
from pathlib import Path

# Before PyTorch is loaded, here and in the processes that tests start: several files of tests run
# side by side, and threads that wait for each other's processors take many times as long.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import pytest
from hypothesis import settings

settings.register_profile("lfm", deadline=None)  # a busy machine is no failure
settings.load_profile("lfm")


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
