"""Settings of ``lfm.inspect`` that look at all there is."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

from lfm.reading_config import InspectConfig


def inspecting(**settings: Any) -> InspectConfig:
    """The values of ``conf/inspect.yaml``, but for these; paths are taken as they are."""
    usual: dict[str, Any] = dict.fromkeys(field.name for field in fields(InspectConfig))
    usual |= dict.fromkeys(("list", "json", "disagree", "serve", "blind"), False)
    usual |= {"outcome": "any", "port": 0}
    chosen = {name: str(of) if isinstance(of, Path) else of for name, of in settings.items()}
    return InspectConfig(**{**usual, **chosen})
