from __future__ import annotations

import os
from pathlib import Path

import pytest

from envs.touchdown.graph import StreetGraph


@pytest.fixture(scope="session")
def manhattan_data() -> Path:
    """Folder with Touchdown's street graph and routes."""
    folder = Path(os.environ.get("LFM_TEST_DATA") or Path.home() / ".cache" / "lfm-data")
    if not (folder / "touchdown" / "graph" / "nodes.txt").is_file():
        pytest.skip(f"no Touchdown data in {folder} (set LFM_TEST_DATA)")
    return folder / "touchdown"


@pytest.fixture(scope="session")
def manhattan(manhattan_data: Path) -> StreetGraph:
    """Touchdown's street graph."""
    return StreetGraph.load(manhattan_data / "graph")
