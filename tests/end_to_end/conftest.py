from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.commands import train
from tests.end_to_end.hub import Hub, hub


@pytest.fixture(scope="session", autouse=True)
def _no_data_named() -> Iterator[None]:
    """What a run plays does not depend on where it runs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("ALFWORLD_DATA", raising=False)
        yield


@pytest.fixture(scope="session")
def straight(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that nothing disturbed; tests only read it."""
    return train(tmp_path_factory.mktemp("straight") / "run")


@pytest.fixture
def stand_in() -> Iterator[Hub]:
    """A hub on this machine."""
    with hub() as server:
        yield server
