"""Settings as the command line makes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import hydra

from lfm import cli
from lfm.schemas import COMMANDS, register


def compose(command: str, overrides: Sequence[str]) -> Any:
    """The settings of a command with these values."""
    register()
    with hydra.initialize_config_module("conf", version_base="1.3"):
        composed = hydra.compose(command, list(overrides))
    return cli.to_dataclass(composed, COMMANDS[command])
