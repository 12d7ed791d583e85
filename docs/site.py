"""Adds the pages of ``experiments/`` to the site; a hook that ``mkdocs.yml`` names.

They lie beside ``docs/`` in the repository and below it in the site, so links between the two lose
or gain a part.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

_ROOT = Path(__file__).resolve().parents[1]
_SUFFIXES = (".md", ".json")
_LARGEST = 100_000
"""Bytes of a file that is copied; larger ones are tables of raw results, to which no page links."""


def on_files(files: Files, config: Any) -> Files:
    """Add the files."""
    for file in sorted((_ROOT / "experiments").rglob("*")):
        if file.suffix in _SUFFIXES and file.stat().st_size <= _LARGEST:
            name = file.relative_to(_ROOT).as_posix()
            files.append(File.generated(config, name, abs_src_path=str(file)))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Mend the links between the two folders."""
    if page.file.src_uri.startswith("experiments/"):
        return markdown.replace("](../../docs/", "](../../").replace("](../docs/", "](../")
    return markdown.replace("](../experiments/", "](experiments/")
