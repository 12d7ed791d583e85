"""Where pretrained policies are trained."""

from __future__ import annotations

import pytest
import torch

from policies.tuning import on_processors


@pytest.mark.parametrize(
    ("accelerator", "mac", "wish", "processes", "found"),
    [
        (False, False, "false", "1", True),
        (True, False, "false", "1", False),
        (True, False, "false", "2", False),
        (True, False, "true", "1", True),
        (True, True, "false", "1", False),
        (True, True, "false", "2", True),
    ],
)
def test_processors_are_for_want_of_anything_else(
    monkeypatch: pytest.MonkeyPatch,
    accelerator: bool,
    mac: bool,
    wish: str,
    processes: str,
    found: bool,
) -> None:
    monkeypatch.setattr(torch.accelerator, "is_available", lambda: accelerator)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mac)
    monkeypatch.setenv("ACCELERATE_USE_CPU", wish)
    monkeypatch.setenv("WORLD_SIZE", processes)
    assert on_processors() is found
