"""Settings as the command line makes them."""

from __future__ import annotations

from lfm.cli import compose

__all__ = ["compose"]
