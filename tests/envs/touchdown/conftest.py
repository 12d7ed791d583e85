from __future__ import annotations

from pathlib import Path

import pytest

from envs.touchdown.graph import StreetGraph
from tests.envs.touchdown.walking import write_grid


@pytest.fixture(scope="session")
def manhattan(manhattan_data: Path) -> StreetGraph:
    """Touchdown's street graph."""
    return StreetGraph.load(manhattan_data / "graph")


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Streets of a grid, with a cafe at a crossing, and a few routes."""
    return write_grid(tmp_path_factory.mktemp("grid"))
