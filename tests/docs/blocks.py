"""The fenced blocks of README and docs, and the commands in those for the shell."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


class Block(NamedTuple):
    """A fenced block: where it begins, the word behind the fence, and what is in it."""

    page: str
    line: int
    language: str
    code: str


class Shown(NamedTuple):
    """A command as a page shows it, word by word."""

    page: str
    words: tuple[str, ...]

    def __str__(self) -> str:
        return " ".join(self.words)


def _blocks(file: Path) -> list[Block]:
    page, text = file.relative_to(ROOT).as_posix(), file.read_text("utf-8")
    assert text.count("\n```") % 2 == 0, f"{page}: a block does not end"
    found = re.finditer(r"^```(\w*)\n(.*?)^```$", text, flags=re.DOTALL | re.MULTILINE)
    return [Block(page, text[: each.start()].count("\n") + 2, each[1], each[2]) for each in found]


def outside(text: str) -> str:
    """A page's text without its blocks for the shell."""
    return re.sub("^```sh$.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)


def commands(block: Block) -> Iterator[Shown]:
    """What a block for the shell gives, one after the other; without what reads its output."""
    for line in block.code.replace("\\\n", " ").splitlines():
        lexer = shlex.shlex(line, posix=True, punctuation_chars="&|;")
        lexer.whitespace_split = True
        words = [*lexer, "&&"]
        while len(words) > 1:
            end = words.index("&&")
            given = words[:end]
            yield Shown(block.page, tuple(given[: [*given, "|"].index("|")]))
            words = words[end + 1 :]


BLOCKS = [block for page in PAGES for block in _blocks(page)]
SHOWN = [shown for block in BLOCKS if block.language == "sh" for shown in commands(block)]


def of(language: str) -> dict[str, list[Block]]:
    """Page -> its blocks in that language."""
    pages: dict[str, list[Block]] = {}
    for block in BLOCKS:
        if block.language == language:
            pages.setdefault(block.page, []).append(block)
    return pages
